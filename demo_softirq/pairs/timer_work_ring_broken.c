// SPDX-License-Identifier: GPL-2.0
/*
 * timer_work_ring_broken: a timer and a work item that start each other, and are stopped
 * one after the other.
 *
 * The rule it breaks: if two parts start each other, the part that still runs must not
 * restart the part that was stopped first. After timer_delete_sync() the timer can still
 * be armed. The work item may run until cancel_work_sync() returns, and at its end it arms
 * the timer. If the driver cancelled the item first, the timer could queue it again.
 *
 * Raise an event, and remove the module while the item runs. The wheel then holds a timer
 * whose memory was freed. Expect:
 *
 *	BUG: unable to handle page fault for address: ffffc900...
 *	Kernel panic - not syncing: Fatal exception in interrupt
 *
 * The kernel does not survive. CONFIG_DEBUG_OBJECTS_TIMERS says "ODEBUG: free active" when
 * the memory is freed, and removes the timer from the wheel. So such a kernel survives.
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
	timer_delete_sync(&t->bh.timer);
	cancel_work_sync(&t->work);
	/* Handle the events that the cancelled work item has not handled. */
	bench_timer_handle(&t->bh);
	vfree(t);
}

static struct bench_driver timer_work_ring_driver = {
	.probe = timer_work_ring_probe,
	.remove = timer_work_ring_remove,
	.breaks = "broken on purpose: an unload after an event leaves a timer armed",
	.mechanism = BH_WORK,
};
module_bench_driver(timer_work_ring_driver);

MODULE_DESCRIPTION("Broken on purpose: a timer that a work item arms once more");
MODULE_LICENSE("GPL");
