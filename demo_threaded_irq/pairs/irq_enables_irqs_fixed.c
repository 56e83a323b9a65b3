// SPDX-License-Identifier: GPL-2.0
/*
 * irq_enables_irqs_fixed: spin_lock() and spin_unlock() in a top half.
 *
 * The rule it keeps: a top half must not enable interrupts, so it calls spin_lock().
 * spin_unlock_irq() always enables interrupts. So only code that runs with interrupts on,
 * such as a task, may call spin_lock_irq() and spin_unlock_irq().
 *
 * Expect no message, and every event handled.
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
	spin_lock(&i->lock);
	i->total += events;
	spin_unlock(&i->lock);
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
};
module_bench_driver(irq_enables_irqs_driver);

MODULE_DESCRIPTION("Fixed: a top half that leaves interrupts off");
MODULE_LICENSE("GPL");
