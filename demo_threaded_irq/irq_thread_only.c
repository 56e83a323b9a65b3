// SPDX-License-Identifier: GPL-2.0
/*
 * irq_thread_only: there is no top half, and the thread does everything.
 *
 * A device behind a slow bus cannot be read in hard interrupt context, so
 * request_threaded_irq() gets NULL for the top half. The kernel then uses
 * irq_default_primary_handler(), which only wakes the thread. When this handler returns,
 * the device still asserts its interrupt. IRQF_ONESHOT keeps the interrupt masked until the
 * thread has read the device. Without this flag the kernel refuses the request.
 */
#include "bench.h"
#include "slow_bus.h"

struct irq_thread_only {
	struct bench_device *bdev;
	struct slow_bus bus;
};

/*
 * Top half and bottom half in one function, in a task. The interrupt is asserted and
 * masked.
 */
static irqreturn_t irq_thread_only_thread(int irq, void *data)
{
	struct irq_thread_only *only = data;
	unsigned int events;

	bench_run(only->bdev);
	/*
	 * To read a register of the device, the driver must sleep. So the driver cannot
	 * have a top half.
	 */
	slow_bus_transfer(&only->bus);
	events = bench_read_events(only->bdev);
	bench_done(only->bdev, events);
	/*
	 * The interrupt is now deasserted. irq_finalize_oneshot() unmasks it when this
	 * function has returned.
	 */
	return IRQ_RETVAL(events);
}

static int irq_thread_only_probe(struct bench_device *bdev)
{
	struct irq_thread_only *only = devm_kzalloc(&bdev->dev, sizeof(*only), GFP_KERNEL);
	int err;

	if (!only)
		return -ENOMEM;
	only->bdev = bdev;
	slow_bus_init(&only->bus);
	dev_set_drvdata(&bdev->dev, &only->bus);
	err = devm_request_threaded_irq(&bdev->dev, bdev->irq, NULL, irq_thread_only_thread,
					IRQF_ONESHOT, dev_name(&bdev->dev), only);
	if (err)
		return err;
	/*
	 * This action is registered after the interrupt was requested, so devm closes the bus
	 * before it calls free_irq(), which waits for the thread.
	 */
	return devm_add_action_or_reset(&bdev->dev, slow_bus_close, &only->bus);
}

static struct bench_driver irq_thread_only_driver = {
	.probe = irq_thread_only_probe,
	.files = slow_bus_files,
	.trigger = BENCH_LEVEL,
	.mechanism = BH_IRQ_THREAD,
};
module_bench_driver(irq_thread_only_driver);

MODULE_DESCRIPTION("Bottom halves: a threaded handler without a top half");
MODULE_LICENSE("GPL");
