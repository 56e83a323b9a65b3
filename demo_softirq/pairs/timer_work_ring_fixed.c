// SPDX-License-Identifier: GPL-2.0
/*
 * timer_work_ring_fixed: a timer and a work item that start each other, and are stopped
 * permanently.
 *
 * The rule it keeps: if two parts start each other, the part that still runs must not
 * restart the part that was stopped first. After timer_shutdown_sync() the timer cannot
 * be armed: timer_reduce() and mod_timer() do nothing. So the timer cannot queue the work
 * item again, and the run that cancel_work_sync() waits for is the last run.
 *
 * Expect no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "bench_timer.h"

struct timer_work_ring {
	struct bench_timer bh;		/* its timer queues the work item */
	struct work_struct work;	/* arms the timer */
	u32 samples[16384];		/* large, so this struct is in vmalloc() memory */
};

static ushort transfer_ms = 20;
module_param(transfer_ms, ushort, 0444);
MODULE_PARM_DESC(transfer_ms, "how long the worker waits for the device (20)");

static ushort poll_ms = 1000;
module_param(poll_ms, ushort, 0444);
MODULE_PARM_DESC(poll_ms, "time until the device is asked again if no event comes, in ms (1000)");

/* Softirq context, so this function must not wait for the device. The work item waits. */
static void timer_work_ring_timer(struct timer_list *timer)
{
	struct timer_work_ring *t = container_of(timer, struct timer_work_ring, bh.timer);

	schedule_work(&t->work);
}

static void timer_work_ring_bottom(struct work_struct *work)
{
	struct timer_work_ring *t = from_work(t, work, work);

	bench_run(t->bh.bdev);
	msleep(transfer_ms);
	bench_timer_handle(&t->bh);
	/* Ask the device again later. An event makes the timer expire sooner. */
	timer_reduce(&t->bh.timer, jiffies + msecs_to_jiffies(poll_ms));
}

static int timer_work_ring_probe(struct bench_device *bdev)
{
	struct timer_work_ring *t = vzalloc(sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	INIT_WORK(&t->work, timer_work_ring_bottom);
	err = bench_timer_setup(&t->bh, bdev, bench_timer_top, timer_work_ring_timer);
	if (err)
		vfree(t);
	return err;
}

static void timer_work_ring_remove(struct bench_device *bdev)
{
	struct timer_work_ring *t = from_bench(t, bdev, bh);

	/* After free_irq() only the work item arms the timer. */
	free_irq(bdev->irq, &t->bh);
	timer_shutdown_sync(&t->bh.timer);
	cancel_work_sync(&t->work);
	/* Handle the events that the cancelled work item has not handled. */
	bench_timer_handle(&t->bh);
	vfree(t);
}

static struct bench_driver timer_work_ring_driver = {
	.probe = timer_work_ring_probe,
	.remove = timer_work_ring_remove,
	.mechanism = BH_WORK,
};
module_bench_driver(timer_work_ring_driver);

MODULE_DESCRIPTION("Fixed: a timer that a work item cannot arm any more");
MODULE_LICENSE("GPL");
