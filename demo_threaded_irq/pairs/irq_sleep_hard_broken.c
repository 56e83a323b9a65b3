// SPDX-License-Identifier: GPL-2.0
/*
 * irq_sleep_hard_broken: a top half that sleeps.
 *
 * The rule it breaks: a top half must not sleep, because it runs on top of the interrupted
 * task, with interrupts off. Code that must sleep belongs in a thread.
 *
 * Expect these messages at the first event:
 *
 *	BUG: scheduling while atomic: TASK/PID/0x00010001
 *	irq 41 handler irq_sleep_hard_top+0x0/0x... enabled interrupts
 *
 * A stock kernel survives if the interrupt came while a task was running. A write to "raise"
 * causes such an interrupt. On PREEMPT_RT the handler runs in a thread with BH disabled.
 * There the message is "Voluntary context switch within RCU read-side critical section!",
 * and on 6.12 the CPU usually hangs.
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

static irqreturn_t irq_sleep_hard_top(int irq, void *data)
{
	struct irq_sleep_hard *i = data;
	unsigned int events = bench_read_events(i->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &i->pending);
	bench_raise(i->bdev);
	return IRQ_RETVAL(irq_sleep_hard_transfer(i));
}

static int irq_sleep_hard_probe(struct bench_device *bdev)
{
	struct irq_sleep_hard *i = dev_get_drvdata(&bdev->dev);

	i->bdev = bdev;
	return devm_request_irq(&bdev->dev, bdev->irq, irq_sleep_hard_top, 0,
				dev_name(&bdev->dev), i);
}

static struct bench_driver irq_sleep_hard_driver = {
	.probe = irq_sleep_hard_probe,
	.priv_size = sizeof(struct irq_sleep_hard),
	.mechanism = BH_IRQ_THREAD,
	.breaks = "broken on purpose: the first event makes a top half sleep",
};
module_bench_driver(irq_sleep_hard_driver);

MODULE_DESCRIPTION("Broken on purpose: a top half that sleeps");
MODULE_LICENSE("GPL");
