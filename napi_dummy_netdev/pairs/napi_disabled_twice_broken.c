// SPDX-License-Identifier: GPL-2.0
/*
 * napi_disabled_twice_broken: napi_disable() of an instance that is already
 * disabled.
 *
 * The rule it breaks: napi_enable() and napi_disable() must alternate. The first
 * napi_disable() makes itself the owner of the instance, and a second call waits until
 * there is no owner.
 *
 * Expect no message at command 2. The task sleeps in napi_disable() for 20 to 200 us,
 * checks, and sleeps again, forever. No signal ends this loop. The hung-task detector
 * reports nothing, because the task runs between the sleeps. Count its context switches in
 * /proc/PID/status.
 *
 * The kernel survives. The task never releases the locks that it holds. In a real driver,
 * the task would hold RTNL.
 */
#include "bench_napi.h"

struct napi_disabled_twice {
	struct bench_napi nic;
	bool down;			/* commands come one at a time */
};

static void napi_disabled_twice_down(struct napi_disabled_twice *x)
{
	/*
	 * disable_irq() waits for the top half. So no top half schedules the poll during
	 * the change.
	 */
	disable_irq(x->nic.bdev->irq);
	napi_disable(&x->nic.napi);
	x->down = true;
}

static void napi_disabled_twice_up(struct napi_disabled_twice *x)
{
	x->down = false;
	napi_enable(&x->nic.napi);
	/*
	 * If napi_disable() has ended a poll that had not completed, the device's interrupt
	 * is still masked.
	 */
	bench_napi_irq_enable(&x->nic);
	enable_irq(x->nic.bdev->irq);
}

/*
 * Process context: simulates n faults. At each fault the driver stops the device. After
 * the last fault it starts the device again.
 */
static int napi_disabled_twice_faults(struct bench_device *bdev, unsigned int n)
{
	struct napi_disabled_twice *x = from_bench(x, bdev, nic);

	while (n--)
		napi_disabled_twice_down(x);
	napi_disabled_twice_up(x);
	return 0;
}

static int napi_disabled_twice_probe(struct bench_device *bdev)
{
	struct napi_disabled_twice *x = dev_get_drvdata(&bdev->dev);

	return bench_napi_setup(&x->nic, bdev, bench_napi_top, bench_napi_poll);
}

static struct bench_driver napi_disabled_twice_driver = {
	.probe = napi_disabled_twice_probe,
	.remove = bench_napi_remove,
	.priv_size = sizeof(struct napi_disabled_twice),
	.trigger = BENCH_LEVEL,
	.command = { napi_disabled_twice_faults, 1, 100 },
	.breaks = "broken on purpose: a command waits forever",
};
module_bench_driver(napi_disabled_twice_driver);

MODULE_DESCRIPTION("Broken on purpose: a NAPI instance disabled twice");
MODULE_LICENSE("GPL");
