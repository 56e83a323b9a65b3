// SPDX-License-Identifier: GPL-2.0
/*
 * irq_sleep_hard_fixed: a top half that leaves the sleeping to a thread.
 *
 * The rule it keeps: a top half must not sleep, because it runs on top of the interrupted
 * task, with interrupts off. Code that must sleep belongs in a thread.
 *
 * Expect no message, and every event handled.
 */
#include <linux/delay.h>

#include "bench.h"

struct irq_sleep_hard {
	struct bench_device *bdev;
	atomic_t pending;		/* events read, not yet handled */
};

/* Fetches the data of the events over a slow bus, and sleeps. Returns the number of events. */
static unsigned int irq_sleep_hard_transfer(struct irq_sleep_hard *i)
{
	unsigned int events = atomic_xchg(&i->pending, 0);

	bench_run(i->bdev);
	usleep_range(20000, 30000);
	bench_done(i->bdev, events);
	return events;
}

/*
 * The bottom half: a task. The top half of an edge interrupt may run at the same time.
 */
static irqreturn_t irq_sleep_hard_thread(int irq, void *data)
{
	return IRQ_RETVAL(irq_sleep_hard_transfer(data));
}

static irqreturn_t irq_sleep_hard_top(int irq, void *data)
{
	struct irq_sleep_hard *i = data;
	unsigned int events = bench_read_events(i->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &i->pending);
	bench_raise(i->bdev);
	return IRQ_WAKE_THREAD;
}

static int irq_sleep_hard_probe(struct bench_device *bdev)
{
	struct irq_sleep_hard *i = dev_get_drvdata(&bdev->dev);

	i->bdev = bdev;
	return devm_request_threaded_irq(&bdev->dev, bdev->irq, irq_sleep_hard_top,
					 irq_sleep_hard_thread, 0,
					 dev_name(&bdev->dev), i);
}

static struct bench_driver irq_sleep_hard_driver = {
	.probe = irq_sleep_hard_probe,
	.priv_size = sizeof(struct irq_sleep_hard),
	.mechanism = BH_IRQ_THREAD,
};
module_bench_driver(irq_sleep_hard_driver);

MODULE_DESCRIPTION("Fixed: a top half that leaves the sleeping to a thread");
MODULE_LICENSE("GPL");
