// SPDX-License-Identifier: GPL-2.0
/*
 * napi_enabled_twice_broken: napi_enable() of an instance that is already
 * enabled.
 *
 * The rule it breaks: napi_enable() and napi_disable() must alternate. For ndo_open() and
 * ndo_stop() the network core ensures this order. For a reset the driver must ensure this
 * order.
 *
 * Expect the BUG_ON() of napi_enable() (net/core/dev.c) at the first "command":
 *
 *	kernel BUG at net/core/dev.c:6904!
 *
 * The kernel survives. The task is killed, and the locks that it held stay locked. In a
 * real driver, the task would hold RTNL. A second napi_disable() waits forever instead:
 * see napi_disabled_twice.
 */
#include "bench_napi.h"

/* Process context: resets the device n times, as if it had stopped answering. */
static int napi_enabled_twice_reset(struct bench_device *bdev, unsigned int n)
{
	struct bench_napi *nic = dev_get_drvdata(&bdev->dev);

	while (n--) {
		/*
		 * disable_irq() waits for the top half. So no top half schedules the poll
		 * during the change.
		 */
		disable_irq(bdev->irq);
		/* A real driver would reset its device here. */
		napi_enable(&nic->napi);
		/*
		 * If napi_disable() has ended a poll that had not completed, the device's interrupt
		 * is still masked.
		 */
		bench_napi_irq_enable(nic);
		enable_irq(bdev->irq);
	}
	return 0;
}

static int napi_enabled_twice_probe(struct bench_device *bdev)
{
	return bench_napi_probe(bdev, bench_napi_top, bench_napi_poll);
}

static struct bench_driver napi_enabled_twice_driver = {
	.probe = napi_enabled_twice_probe,
	.remove = bench_napi_remove,
	.priv_size = sizeof(struct bench_napi),
	.trigger = BENCH_LEVEL,
	.command = { napi_enabled_twice_reset, 1, 100 },
	.breaks = "broken on purpose: a command enables a NAPI instance that is enabled",
};
module_bench_driver(napi_enabled_twice_driver);

MODULE_DESCRIPTION("Broken on purpose: a NAPI instance enabled twice");
MODULE_LICENSE("GPL");
