// SPDX-License-Identifier: GPL-2.0
/*
 * irq_no_thread_lock_broken: a spinlock_t in a top half that always runs in a hard
 * interrupt.
 *
 * The rule it breaks: a top half with IRQF_NO_THREAD must not take a spinlock_t. On PREEMPT_RT
 * such a top half still runs in a hard interrupt, and code that waits for a spinlock_t
 * sleeps. Use a raw_spinlock_t, and hold it only for a few instructions. Most drivers should
 * not set this flag.
 *
 * Expect no message from a stock kernel. With CONFIG_PROVE_RAW_LOCK_NESTING, at the first
 * event:
 *
 *	[ BUG: Invalid wait context ]
 *
 * On PREEMPT_RT, expect this message at the first event that comes while the lock is held
 * ("command" raises such an event):
 *
 *	BUG: scheduling while atomic: ...
 *
 * A stock kernel survives.
 */
#include <linux/spinlock.h>

#include "bench.h"

struct irq_no_thread_lock {
	struct bench_device *bdev;
	spinlock_t lock;		/* protects @total, which top half and tasks use */
	u64 total;
};

/* Hard interrupt context, on PREEMPT_RT too. */
static irqreturn_t irq_no_thread_lock_top(int irq, void *data)
{
	struct irq_no_thread_lock *i = data;
	unsigned int events = bench_read_events(i->bdev);

	if (!events)
		return IRQ_NONE;
	bench_run(i->bdev);
	spin_lock(&i->lock);
	i->total += events;
	spin_unlock(&i->lock);
	bench_done(i->bdev, events);
	return IRQ_HANDLED;
}

/*
 * Process context: resets the total @n times, and each time raises an event while the lock
 * is held.
 */
static int irq_no_thread_lock_reset(struct bench_device *bdev, unsigned int n)
{
	struct irq_no_thread_lock *i = dev_get_drvdata(&bdev->dev);
	unsigned long flags;

	while (n--) {
		spin_lock_irqsave(&i->lock, flags);
		irq_line_raise(bdev->line);
		i->total = 0;
		spin_unlock_irqrestore(&i->lock, flags);
	}
	return 0;
}

static int irq_no_thread_lock_probe(struct bench_device *bdev)
{
	struct irq_no_thread_lock *i = dev_get_drvdata(&bdev->dev);

	i->bdev = bdev;
	spin_lock_init(&i->lock);
	return devm_request_irq(&bdev->dev, bdev->irq, irq_no_thread_lock_top,
				IRQF_NO_THREAD, dev_name(&bdev->dev), i);
}

static struct bench_driver irq_no_thread_lock_driver = {
	.probe = irq_no_thread_lock_probe,
	.priv_size = sizeof(struct irq_no_thread_lock),
	.command = { irq_no_thread_lock_reset, 1, 1000 },
	.breaks = "broken on purpose: on PREEMPT_RT a command makes a hard interrupt sleep",
};
module_bench_driver(irq_no_thread_lock_driver);

MODULE_DESCRIPTION("Broken on purpose: a spinlock_t in a top half with IRQF_NO_THREAD");
MODULE_LICENSE("GPL");
