// SPDX-License-Identifier: GPL-2.0
/*
 * irq_enables_irqs_broken: spin_unlock_irq() in a top half.
 *
 * The rule it breaks: a top half must not enable interrupts, so it calls spin_lock().
 * spin_unlock_irq() always enables interrupts. So only code that runs with interrupts on,
 * such as a task, may call spin_lock_irq() and spin_unlock_irq().
 *
 * Expect this message at the first event only:
 *
 *	irq 41 handler irq_enables_irqs_top+0x0/0x... enabled interrupts
 *
 * With CONFIG_PROVE_LOCKING, lockdep already warns in spin_unlock_irq():
 * "lockdep_hardirq_context()". The kernel disables interrupts again and survives. On
 * PREEMPT_RT there is no message: the top half runs in a thread, and spin_lock_irq() does
 * not disable or enable interrupts.
 */
#include <linux/spinlock.h>

#include "bench.h"

struct irq_enables_irqs {
	spinlock_t lock;		/* protects @total, which top half and tasks use */
	u64 total;
};

static irqreturn_t irq_enables_irqs_top(int irq, void *data)
{
	struct bench_device *bdev = data;
	struct irq_enables_irqs *i = dev_get_drvdata(&bdev->dev);
	unsigned int events = bench_read_events(bdev);

	if (!events)
		return IRQ_NONE;
	bench_run(bdev);
	spin_lock_irq(&i->lock);
	i->total += events;
	spin_unlock_irq(&i->lock);
	bench_done(bdev, events);
	return IRQ_HANDLED;
}

/* Process context: resets the total @n times, and raises an event each time. */
static int irq_enables_irqs_reset(struct bench_device *bdev, unsigned int n)
{
	struct irq_enables_irqs *i = dev_get_drvdata(&bdev->dev);

	while (n--) {
		spin_lock_irq(&i->lock);
		irq_line_raise(bdev->line);
		i->total = 0;
		spin_unlock_irq(&i->lock);
	}
	return 0;
}

static int irq_enables_irqs_probe(struct bench_device *bdev)
{
	struct irq_enables_irqs *i = dev_get_drvdata(&bdev->dev);

	spin_lock_init(&i->lock);
	return bench_irq_setup(bdev, irq_enables_irqs_top);
}

static struct bench_driver irq_enables_irqs_driver = {
	.probe = irq_enables_irqs_probe,
	.priv_size = sizeof(struct irq_enables_irqs),
	.command = { irq_enables_irqs_reset, 1, 1000 },
	.breaks = "broken on purpose: at the first event a top half enables interrupts",
};
module_bench_driver(irq_enables_irqs_driver);

MODULE_DESCRIPTION("Broken on purpose: a top half that enables interrupts");
MODULE_LICENSE("GPL");
