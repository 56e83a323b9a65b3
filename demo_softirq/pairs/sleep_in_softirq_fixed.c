// SPDX-License-Identifier: GPL-2.0
/*
 * sleep_in_softirq_fixed: a softirq handler that leaves the sleeping to a work item.
 *
 * The rule it keeps: no code in a softirq may call schedule(). A softirq runs on top of the
 * interrupted task, with preemption off. Code that must sleep belongs in a task.
 *
 * Expect no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/workqueue.h>

#include "bench_tasklet.h"

struct sleep_in_softirq {
	struct bench_tasklet bh;
	struct work_struct work;
};

/* Fetches the data of the events by DMA: starts the transfer, and sleeps until it ends. */
static void sleep_in_softirq_transfer(struct sleep_in_softirq *s)
{
	unsigned int events = atomic_xchg(&s->bh.pending, 0);

	might_sleep();
	msleep(20);
	bench_done(s->bh.bdev, events);
}

/* Runs in a kworker, so it may sleep. from_work() finds the struct that contains the work item. */
static void sleep_in_softirq_work(struct work_struct *work)
{
	struct sleep_in_softirq *s = from_work(s, work, work);

	sleep_in_softirq_transfer(s);
}

/* The bottom half: softirq context. */
static void sleep_in_softirq_bottom(struct tasklet_struct *tasklet)
{
	struct sleep_in_softirq *s = from_tasklet(s, tasklet, bh.tasklet);

	bench_run(s->bh.bdev);
	/*
	 * If the item is already queued, this call does nothing. Then the queued run
	 * handles these events too.
	 */
	schedule_work(&s->work);
}

static int sleep_in_softirq_probe(struct bench_device *bdev)
{
	struct sleep_in_softirq *s = dev_get_drvdata(&bdev->dev);

	INIT_WORK(&s->work, sleep_in_softirq_work);
	return bench_tasklet_setup(&s->bh, bdev, bench_tasklet_top, sleep_in_softirq_bottom);
}

static void sleep_in_softirq_remove(struct bench_device *bdev)
{
	struct sleep_in_softirq *s = from_bench(s, bdev, bh);

	free_irq(bdev->irq, &s->bh);
	tasklet_kill(&s->bh.tasklet);
	/*
	 * After tasklet_kill() the tasklet can no longer queue the work item. Flush the
	 * item, because events may be pending.
	 */
	flush_work(&s->work);
}

static struct bench_driver sleep_in_softirq_driver = {
	.probe = sleep_in_softirq_probe,
	.remove = sleep_in_softirq_remove,
	.priv_size = sizeof(struct sleep_in_softirq),
};
module_bench_driver(sleep_in_softirq_driver);

MODULE_DESCRIPTION("Fixed: a softirq handler that leaves the sleeping to a work item");
MODULE_LICENSE("GPL");
