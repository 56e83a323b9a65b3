// SPDX-License-Identifier: GPL-2.0
/*
 * napi_not_enabled_fixed: input is checked before NAPI is disabled.
 *
 * The rule it keeps: on every path out, a function enables again what it has disabled. So
 * check the input before you disable anything.
 *
 * Expect no message, and every event handled.
 */
#include <linux/log2.h>

#include "bench_napi.h"

#define RING_SIZE_MAX	8

struct napi_not_enabled {
	struct bench_napi nic;
	int ring_size;			/* changes while NAPI is disabled */
};

static int napi_not_enabled_poll(struct napi_struct *napi, int budget)
{
	struct napi_not_enabled *x = container_of(napi, struct napi_not_enabled, nic.napi);
	int done;

	bench_run(x->nic.bdev);
	/*
	 * The ring holds at most ring_size frames. The frames that are left raise
	 * another interrupt.
	 */
	done = bench_napi_receive(&x->nic, min(budget, x->ring_size));
	return bench_napi_complete(&x->nic, done, budget);
}

/* Process context: changes the size of the ring, which must be a power of two. */
static int napi_not_enabled_resize(struct bench_device *bdev, unsigned int n)
{
	struct bench_napi *nic = dev_get_drvdata(&bdev->dev);

	if (!is_power_of_2(n))
		return -EINVAL;
	/*
	 * disable_irq() waits for the top half. So no top half schedules the poll during
	 * the change.
	 */
	disable_irq(bdev->irq);
	napi_disable(&nic->napi);
	container_of(nic, struct napi_not_enabled, nic)->ring_size = n;
	napi_enable(&nic->napi);
	/*
	 * If napi_disable() has ended a poll that had not completed, the device's interrupt
	 * is still masked.
	 */
	bench_napi_irq_enable(nic);
	enable_irq(bdev->irq);
	return 0;
}

static int napi_not_enabled_probe(struct bench_device *bdev)
{
	struct napi_not_enabled *x = dev_get_drvdata(&bdev->dev);

	x->ring_size = RING_SIZE_MAX;
	return bench_napi_setup(&x->nic, bdev, bench_napi_top, napi_not_enabled_poll);
}

static struct bench_driver napi_not_enabled_driver = {
	.probe = napi_not_enabled_probe,
	.remove = bench_napi_remove,
	.priv_size = sizeof(struct napi_not_enabled),
	.trigger = BENCH_LEVEL,
	.command = { napi_not_enabled_resize, 1, RING_SIZE_MAX },
};
module_bench_driver(napi_not_enabled_driver);

MODULE_DESCRIPTION("Fixed: input checked before NAPI is disabled");
MODULE_LICENSE("GPL");
