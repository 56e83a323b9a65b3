// SPDX-License-Identifier: GPL-2.0
/*
 * irq_null_handler_fixed: a request with a thread but no top half, and with IRQF_ONESHOT.
 *
 * The rule it keeps: without a top half, the interrupt must stay masked until the thread
 * has returned, because no code accesses the device before the thread runs. IRQF_ONESHOT
 * keeps the interrupt masked.
 *
 * Expect no message, and every event handled.
 */
#include "bench.h"

/*
 * Top half and bottom half in one function, in a task. Reading the events deasserts the
 * interrupt.
 */
static irqreturn_t irq_null_handler_thread(int irq, void *data)
{
	struct bench_device *bdev = data;
	unsigned int events;

	bench_run(bdev);
	events = bench_read_events(bdev);
	bench_done(bdev, events);
	return IRQ_RETVAL(events);
}

static int irq_null_handler_probe(struct bench_device *bdev)
{
	return devm_request_threaded_irq(&bdev->dev, bdev->irq, NULL,
					 irq_null_handler_thread, IRQF_ONESHOT,
					 dev_name(&bdev->dev), bdev);
}

static struct bench_driver irq_null_handler_driver = {
	.probe = irq_null_handler_probe,
	.trigger = BENCH_LEVEL,
	.mechanism = BH_IRQ_THREAD,
};
module_bench_driver(irq_null_handler_driver);

MODULE_DESCRIPTION("Fixed: a thread without a top half, but with IRQF_ONESHOT");
MODULE_LICENSE("GPL");
