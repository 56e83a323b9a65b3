// SPDX-License-Identifier: GPL-2.0
/*
 * napi_not_disabled_broken: a driver is removed while its NAPI instance is scheduled.
 *
 * The rule it breaks: call napi_disable() before you free memory or code that a poll
 * uses. napi_disable() waits until the instance has no owner. netif_napi_del() and
 * free_netdev() do not wait: they remove the instance from the device, but not from the
 * CPU's poll list.
 *
 * If the module is unloaded while its poll is scheduled, net_rx_action() still calls the
 * poll, whose code is gone. Expect:
 *
 *	BUG: unable to handle page fault for address: ffffffffc0...
 *	Kernel panic - not syncing: Fatal exception in interrupt
 *
 * The kernel panics.
 */
#include <linux/jiffies.h>

#include "bench_napi.h"

struct napi_not_disabled {
	struct bench_napi nic;
	unsigned long sent;		/* when the last answer is sent (jiffies) */
};

/*
 * There is only one device, so its state is part of the module, and is freed with the
 * module.
 */
static struct napi_not_disabled napi_not_disabled_state;

static ushort transfer_ms = 20;
module_param(transfer_ms, ushort, 0444);
MODULE_PARM_DESC(transfer_ms, "how long it takes to send the answer to a frame (20)");

static int napi_not_disabled_poll(struct napi_struct *napi, int budget)
{
	struct napi_not_disabled *x = container_of(napi, struct napi_not_disabled, nic.napi);
	int done;

	/* The answer to the last frames has not been sent yet: ask to be called again. */
	if (time_before(jiffies, x->sent))
		return budget;
	bench_run(x->nic.bdev);
	done = bench_napi_receive(&x->nic, budget);
	if (done) {
		x->sent = jiffies + msecs_to_jiffies(transfer_ms);
		return budget;
	}
	return bench_napi_complete(&x->nic, done, budget);
}

static int napi_not_disabled_probe(struct bench_device *bdev)
{
	struct napi_not_disabled *x = &napi_not_disabled_state;

	*x = (struct napi_not_disabled){ .sent = jiffies };
	return bench_napi_setup(&x->nic, bdev, bench_napi_top, napi_not_disabled_poll);
}

static void napi_not_disabled_remove(struct bench_device *bdev)
{
	struct bench_napi *nic = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, nic);
	bench_napi_destroy(nic);
}

static struct bench_driver napi_not_disabled_driver = {
	.probe = napi_not_disabled_probe,
	.remove = napi_not_disabled_remove,
	.trigger = BENCH_LEVEL,
	.breaks = "broken on purpose: unloading it soon after an event makes the kernel panic",
};
module_bench_driver(napi_not_disabled_driver);

MODULE_DESCRIPTION("Broken on purpose: a NAPI instance not disabled at unload");
MODULE_LICENSE("GPL");
