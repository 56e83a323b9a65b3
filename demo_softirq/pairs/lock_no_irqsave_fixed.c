// SPDX-License-Identifier: GPL-2.0
/*
 * lock_no_irqsave_fixed: a task that disables interrupts to take a lock, because a top
 * half takes it too.
 *
 * The rule it keeps: if a top half takes a lock, all other code must take it with
 * spin_lock_irqsave(). The top half itself needs only spin_lock(): on a stock kernel it
 * runs with interrupts off. The same code is correct on PREEMPT_RT: the top half is a
 * thread, spin_lock_irqsave() leaves interrupts on, and both sides may sleep until the lock
 * is free.
 *
 * Expect no message, and every event handled.
 */
#include <linux/spinlock.h>

#include "bench_tasklet.h"

struct lock_no_irqsave {
	struct bench_tasklet bh;
	spinlock_t lock;		/* protects @total, used by top half and tasks */
	u64 total;
};

/*
 * Hard interrupt context with interrupts off. On PREEMPT_RT this is a thread, and
 * spin_lock() sleeps. So spin_lock() is correct in both cases.
 */
static irqreturn_t lock_no_irqsave_top(int irq, void *data)
{
	struct lock_no_irqsave *l = container_of(data, struct lock_no_irqsave, bh);
	unsigned int events = bench_read_events(l->bh.bdev);

	if (!events)
		return IRQ_NONE;
	spin_lock(&l->lock);
	l->total += events;
	spin_unlock(&l->lock);
	return bench_tasklet_request(&l->bh, events);
}

/* Process context: resets the total @n times, each time with an event at the worst moment. */
static int lock_no_irqsave_reset(struct bench_device *bdev, unsigned int n)
{
	struct lock_no_irqsave *l = from_bench(l, bdev, bh);
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
	struct lock_no_irqsave *l = dev_get_drvdata(&bdev->dev);

	spin_lock_init(&l->lock);
	return bench_tasklet_setup(&l->bh, bdev, lock_no_irqsave_top, bench_tasklet_bottom);
}

static struct bench_driver lock_no_irqsave_driver = {
	.probe = lock_no_irqsave_probe,
	.remove = bench_tasklet_remove,
	.priv_size = sizeof(struct lock_no_irqsave),
	.command = { lock_no_irqsave_reset, 1, 1000 },
};
module_bench_driver(lock_no_irqsave_driver);

MODULE_DESCRIPTION("Fixed: a lock shared with a top half, taken with interrupts off");
MODULE_LICENSE("GPL");
