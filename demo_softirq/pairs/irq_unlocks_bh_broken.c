// SPDX-License-Identifier: GPL-2.0
/*
 * irq_unlocks_bh_broken: spin_lock_bh() in a top half.
 *
 * The rule it breaks: do not call a function with _bh in its name in a hard interrupt.
 * Softirqs cannot run there, but local_bh_enable() runs pending softirqs.
 *
 * Expect this message at the first event only:
 *
 *	WARNING: ... kernel/softirq.c ... __local_bh_enable_ip
 *
 * The kernel survives. On PREEMPT_RT nothing goes wrong: the top half is a thread.
 */
#include <linux/spinlock.h>

#include "bench_tasklet.h"

struct irq_unlocks_bh {
	struct bench_tasklet bh;
	spinlock_t lock;		/* protects @total, used by top half, tasklet and tasks */
	u64 total;
};

/* Softirq context: interrupts are on, so the top half may interrupt the tasklet at any time. */
static void irq_unlocks_bh_bottom(struct tasklet_struct *tasklet)
{
	struct irq_unlocks_bh *i = from_tasklet(i, tasklet, bh.tasklet);

	bench_run(i->bh.bdev);
	spin_lock_irq(&i->lock);
	i->total -= bench_tasklet_handle(&i->bh);
	spin_unlock_irq(&i->lock);
}

/* Hard interrupt context; on PREEMPT_RT a thread. */
static irqreturn_t irq_unlocks_bh_top(int irq, void *data)
{
	struct irq_unlocks_bh *i = container_of(data, struct irq_unlocks_bh, bh);
	unsigned int events = bench_read_events(i->bh.bdev);

	if (!events)
		return IRQ_NONE;
	spin_lock_bh(&i->lock);
	i->total += events;
	spin_unlock_bh(&i->lock);
	return bench_tasklet_request(&i->bh, events);
}

static int irq_unlocks_bh_probe(struct bench_device *bdev)
{
	struct irq_unlocks_bh *i = dev_get_drvdata(&bdev->dev);

	spin_lock_init(&i->lock);
	return bench_tasklet_setup(&i->bh, bdev, irq_unlocks_bh_top, irq_unlocks_bh_bottom);
}

static struct bench_driver irq_unlocks_bh_driver = {
	.probe = irq_unlocks_bh_probe,
	.remove = bench_tasklet_remove,
	.priv_size = sizeof(struct irq_unlocks_bh),
	.breaks = "broken on purpose: at the first event a top half enables BH",
};
module_bench_driver(irq_unlocks_bh_driver);

MODULE_DESCRIPTION("Broken on purpose: a top half that takes a lock with _bh");
MODULE_LICENSE("GPL");
