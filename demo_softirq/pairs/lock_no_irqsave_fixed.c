// SPDX-License-Identifier: GPL-2.0
/*
 * lock_no_irqsave_fixed: a task that takes a lock shared with a top half with interrupts
 * off.
 *
 * The rule it keeps: a lock that a top half takes, all other code takes with
 * spin_lock_irqsave(). The top half itself needs only spin_lock(): on a stock kernel it
 * runs with interrupts off. On PREEMPT_RT it is a thread, spin_lock_irqsave() leaves
 * interrupts on, and both sides may sleep for the lock. The same code is right there.
 *
 * Expect no message, and every event handled.
 */
#include <linux/spinlock.h>

#include "bench.h"

struct lock_no_irqsave {
	struct bench_device *bdev;
	struct tasklet_struct tasklet;
	atomic_t pending;		/* events read, not yet dealt with */
	spinlock_t lock;		/* protects total: top half against tasks */
	u64 total;
};

static void lock_no_irqsave_bottom(struct tasklet_struct *tasklet)
{
	struct lock_no_irqsave *l = from_tasklet(l, tasklet, tasklet);

	bench_run(l->bdev);
	bench_done(l->bdev, atomic_xchg(&l->pending, 0));
}

/*
 * Hard interrupt context, interrupts off; on PREEMPT_RT a thread, and the lock sleeps.
 * spin_lock() is right in both.
 */
static irqreturn_t lock_no_irqsave_top(int irq, void *data)
{
	struct lock_no_irqsave *l = data;
	unsigned int events = bench_read_events(l->bdev);

	if (!events)
		return IRQ_NONE;
	spin_lock(&l->lock);
	l->total += events;
	spin_unlock(&l->lock);
	atomic_add(events, &l->pending);
	bench_raise(l->bdev);
	tasklet_schedule(&l->tasklet);
	return IRQ_HANDLED;
}

/* Process context: resets the total @n times, at the worst moment for an event. */
static int lock_no_irqsave_reset(struct bench_device *bdev, unsigned int n)
{
	struct lock_no_irqsave *l = dev_get_drvdata(&bdev->dev);
	unsigned long flags;

	while (n--) {
		spin_lock_irqsave(&l->lock, flags);
		irq_line_raise(bdev->line);
		l->total = 0;
		spin_unlock_irqrestore(&l->lock, flags);
	}
	return 0;
}

static int lock_no_irqsave_probe(struct bench_device *bdev)
{
	struct lock_no_irqsave *l = devm_kzalloc(&bdev->dev, sizeof(*l), GFP_KERNEL);

	if (!l)
		return -ENOMEM;
	l->bdev = bdev;
	spin_lock_init(&l->lock);
	tasklet_setup(&l->tasklet, lock_no_irqsave_bottom);
	dev_set_drvdata(&bdev->dev, l);
	return request_irq(bdev->irq, lock_no_irqsave_top, 0, dev_name(&bdev->dev), l);
}

static void lock_no_irqsave_remove(struct bench_device *bdev)
{
	struct lock_no_irqsave *l = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, l);
	tasklet_kill(&l->tasklet);
}

static struct bench_driver lock_no_irqsave_driver = {
	.probe = lock_no_irqsave_probe,
	.remove = lock_no_irqsave_remove,
	.command = lock_no_irqsave_reset,
	.command_min = 1,
	.command_max = 1000,
	.mechanism = BH_TASKLET,
};
module_bench_driver(lock_no_irqsave_driver);

MODULE_DESCRIPTION("Fixed: a lock shared with a top half, taken with interrupts off");
MODULE_LICENSE("GPL");
