// SPDX-License-Identifier: GPL-2.0
/*
 * preempt_not_bh_broken: preempt_disable() used against a softirq.
 *
 * The rule it breaks: data that a task shares with a softirq needs spin_lock_bh().
 * preempt_disable() only keeps other tasks off this CPU. Interrupts still arrive, and
 * softirqs run at the end of an interrupt.
 *
 * Expect no message from any kernel, and no report from a checker. But events are lost: at
 * unload the testbench reports "3 of 4 events lost".
 *
 * The kernel survives. In a real driver the data could be a list, and this bug would
 * corrupt it. On PREEMPT_RT softirqs run in threads, and preempt_disable() keeps other
 * threads off this CPU: no event is lost there.
 */
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "bench_tasklet.h"

struct preempt_not_bh {
	struct bench_tasklet bh;
	struct work_struct work;	/* fetches */
	unsigned int received;		/* added by the tasklet, not yet fetched */
	atomic_t late;			/* events that will come during a fetch */
};

/* Softirq context. */
static void preempt_not_bh_bottom(struct tasklet_struct *tasklet)
{
	struct preempt_not_bh *p = from_tasklet(p, tasklet, bh.tasklet);

	bench_run(p->bh.bdev);
	p->received += atomic_xchg(&p->bh.pending, 0);
	schedule_work(&p->work);
}

/* Process context. */
static void preempt_not_bh_fetch(struct work_struct *work)
{
	struct preempt_not_bh *p = from_work(p, work, work);
	unsigned int events;

	preempt_disable();
	events = p->received;
	/* This is the worst moment for an event. */
	if (atomic_dec_if_positive(&p->late) >= 0)
		irq_line_raise(p->bh.bdev->line);
	p->received = 0;
	preempt_enable();
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
	.breaks = "broken on purpose: events that come during a fetch are lost",
};
module_bench_driver(preempt_not_bh_driver);

MODULE_DESCRIPTION("Broken on purpose: preempt_disable() against a softirq");
MODULE_LICENSE("GPL");
