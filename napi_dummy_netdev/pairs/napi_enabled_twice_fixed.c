// SPDX-License-Identifier: GPL-2.0
/*
 * napi_enabled_twice_fixed: a reset that disables NAPI before it enables it.
 *
 * The rule it keeps: napi_enable() and napi_disable() must alternate. For ndo_open() and
 * ndo_stop() the network core ensures this order. For a reset the driver must ensure this
 * order.
 *
 * Expect no message, and every event handled.
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
		napi_disable(&nic->napi);
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
};
module_bench_driver(napi_enabled_twice_driver);

MODULE_DESCRIPTION("Fixed: a NAPI instance disabled before it is enabled");
MODULE_LICENSE("GPL");
