// SPDX-License-Identifier: GPL-2.0
/*
 * preempt_not_bh_fixed: spin_lock_bh() used against a softirq.
 *
 * The rule it keeps: data that a task shares with a softirq needs spin_lock_bh().
 * preempt_disable() only keeps other tasks off this CPU. Interrupts still arrive, and
 * softirqs run at the end of an interrupt.
 *
 * Expect no message, and every event handled.
 */
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "bench_tasklet.h"

struct preempt_not_bh {
	struct bench_tasklet bh;
	struct work_struct work;	/* fetches */
	spinlock_t lock;		/* protects @received, used by tasklet and work item */
	unsigned int received;		/* added by the tasklet, not yet fetched */
	atomic_t late;			/* events that will come during a fetch */
};

/* Softirq context. */
static void preempt_not_bh_bottom(struct tasklet_struct *tasklet)
{
	struct preempt_not_bh *p = from_tasklet(p, tasklet, bh.tasklet);

	bench_run(p->bh.bdev);
	spin_lock(&p->lock);
	p->received += atomic_xchg(&p->bh.pending, 0);
	spin_unlock(&p->lock);
	schedule_work(&p->work);
}

/* Process context. */
static void preempt_not_bh_fetch(struct work_struct *work)
{
	struct preempt_not_bh *p = from_work(p, work, work);
	unsigned int events;

	spin_lock_bh(&p->lock);
	events = p->received;
	/* This is the worst moment for an event. */
	if (atomic_dec_if_positive(&p->late) >= 0)
		irq_line_raise(p->bh.bdev->line);
	p->received = 0;
	spin_unlock_bh(&p->lock);
	bench_done(p->bh.bdev, events);
}

/* Process context: raises an event. Then each of the next @n fetches raises one more event. */
static int preempt_not_bh_late(struct bench_device *bdev, unsigned int n)
{
	struct preempt_not_bh *p = from_bench(p, bdev, bh);

	atomic_set(&p->late, n);
	irq_line_raise(bdev->line);
	return 0;
}

static int preempt_not_bh_probe(struct bench_device *bdev)
{
	struct preempt_not_bh *p = dev_get_drvdata(&bdev->dev);

	spin_lock_init(&p->lock);
	INIT_WORK(&p->work, preempt_not_bh_fetch);
	return bench_tasklet_setup(&p->bh, bdev, bench_tasklet_top, preempt_not_bh_bottom);
}

static void preempt_not_bh_remove(struct bench_device *bdev)
{
	struct preempt_not_bh *p = from_bench(p, bdev, bh);

	bench_tasklet_remove(bdev);
	/* After tasklet_kill() the tasklet can no longer queue the work item. */
	flush_work(&p->work);
}

static struct bench_driver preempt_not_bh_driver = {
	.probe = preempt_not_bh_probe,
	.remove = preempt_not_bh_remove,
	.priv_size = sizeof(struct preempt_not_bh),
	.command = { preempt_not_bh_late, 1, 1000 },
};
module_bench_driver(preempt_not_bh_driver);

MODULE_DESCRIPTION("Fixed: spin_lock_bh() against a softirq");
MODULE_LICENSE("GPL");
