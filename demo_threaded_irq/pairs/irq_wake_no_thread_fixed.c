// SPDX-License-Identifier: GPL-2.0
/*
 * irq_wake_no_thread_fixed: a handler that wakes the thread that the driver requested.
 *
 * The rule it keeps: a handler may return IRQ_WAKE_THREAD only if the driver passed a thread
 * function to request_threaded_irq().
 *
 * Expect no message, and every event handled.
 */
#include "bench.h"

struct irq_wake_no_thread {
	struct bench_device *bdev;
	atomic_t pending;		/* events read, not yet handled */
};

/*
 * The bottom half: a task. The top half of an edge interrupt may run at the same time.
 */
static irqreturn_t irq_wake_no_thread_thread(int irq, void *data)
{
	struct irq_wake_no_thread *i = data;
	unsigned int events;

	bench_run(i->bdev);
	events = atomic_xchg(&i->pending, 0);
	bench_done(i->bdev, events);
	return IRQ_RETVAL(events);
}

static irqreturn_t irq_wake_no_thread_top(int irq, void *data)
{
	struct irq_wake_no_thread *i = data;
	unsigned int events = bench_read_events(i->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &i->pending);
	bench_raise(i->bdev);
	return IRQ_WAKE_THREAD;
}

static int irq_wake_no_thread_probe(struct bench_device *bdev)
{
	struct irq_wake_no_thread *i = dev_get_drvdata(&bdev->dev);

	i->bdev = bdev;
	return devm_request_threaded_irq(&bdev->dev, bdev->irq, irq_wake_no_thread_top,
					 irq_wake_no_thread_thread, 0,
					 dev_name(&bdev->dev), i);
}

static struct bench_driver irq_wake_no_thread_driver = {
	.probe = irq_wake_no_thread_probe,
	.priv_size = sizeof(struct irq_wake_no_thread),
	.mechanism = BH_IRQ_THREAD,
};
module_bench_driver(irq_wake_no_thread_driver);

MODULE_DESCRIPTION("Fixed: IRQ_WAKE_THREAD with a thread");
MODULE_LICENSE("GPL");
