// SPDX-License-Identifier: GPL-2.0
/*
 * irq_wake_no_thread_broken: a handler that wakes a thread that the driver did not request.
 *
 * The rule it breaks: a handler may return IRQ_WAKE_THREAD only if the driver passed a thread
 * function to request_threaded_irq().
 *
 * Expect one message of warn_no_thread() (kernel/irq/handle.c), at the first event:
 *
 *	IRQ 41 device irq_wake_no_thread_broken returned IRQ_WAKE_THREAD but no
 *		thread function available.
 *
 * On PREEMPT_RT there is a WARNING at kernel/irq/manage.c instead. The kernel survives. The
 * events are lost.
 */
#include "bench.h"

struct irq_wake_no_thread {
	struct bench_device *bdev;
	atomic_t pending;		/* events read, not yet handled */
};

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
	return devm_request_irq(&bdev->dev, bdev->irq, irq_wake_no_thread_top, 0,
				dev_name(&bdev->dev), i);
}

static struct bench_driver irq_wake_no_thread_driver = {
	.probe = irq_wake_no_thread_probe,
	.priv_size = sizeof(struct irq_wake_no_thread),
	.mechanism = BH_IRQ_THREAD,
	.breaks = "broken on purpose: the first event wakes a thread that does not exist",
};
module_bench_driver(irq_wake_no_thread_driver);

MODULE_DESCRIPTION("Broken on purpose: IRQ_WAKE_THREAD without a thread");
MODULE_LICENSE("GPL");
