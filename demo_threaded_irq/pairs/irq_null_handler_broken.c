// SPDX-License-Identifier: GPL-2.0
/*
 * irq_null_handler_broken: a request with a thread but no top half, and without
 * IRQF_ONESHOT.
 *
 * The rule it breaks: without a top half, the interrupt must stay masked until the thread
 * has returned, because no code accesses the device before the thread runs. IRQF_ONESHOT
 * keeps the interrupt masked.
 *
 * Expect request_threaded_irq() to fail with -EINVAL at load
 * (kernel/irq/manage.c:__setup_irq()). The request fails for an edge interrupt as well,
 * unless the interrupt chip has the flag IRQCHIP_ONESHOT_SAFE:
 *
 *	Threaded irq requested with handler=NULL and !ONESHOT for ...
 *
 * The module is not loaded, and nothing is damaged.
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
					 irq_null_handler_thread, 0,
					 dev_name(&bdev->dev), bdev);
}

static struct bench_driver irq_null_handler_driver = {
	.probe = irq_null_handler_probe,
	.trigger = BENCH_LEVEL,
	.mechanism = BH_IRQ_THREAD,
	.breaks = "broken on purpose: it asks for a thread that the kernel refuses",
};
module_bench_driver(irq_null_handler_driver);

MODULE_DESCRIPTION("Broken on purpose: a thread without a top half and without IRQF_ONESHOT");
MODULE_LICENSE("GPL");
