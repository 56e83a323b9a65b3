// SPDX-License-Identifier: GPL-2.0
/*
 * work_requeued_broken: a work item that is cancelled while its interrupt can queue it.
 *
 * The rule it breaks: as long as the item can be queued, do not release anything that the
 * item uses. When cancel_work_sync() has returned, other code can queue the item again.
 *
 * At the first "command", an event between suspend and resume queues the item, which finds
 * the registers unmapped. Expect:
 *
 *	BUG: kernel NULL pointer dereference, address: 0000000000000000
 *	Workqueue: events work_requeued_bottom [work_requeued_broken]
 *
 * The kernel survives. The worker is killed, and its pool still counts it as running.
 */
#include "bench_work.h"

#define POWER_UP_MS	100

struct work_requeued {
	struct bench_work bh;
	u32 *regs;			/* NULL while the device sleeps */
	u32 bar[16];			/* @regs points here while the device is awake */
};

static void work_requeued_bottom(struct work_struct *work)
{
	struct work_requeued *w = from_work(w, work, bh.work);

	bench_run(w->bh.bdev);
	WRITE_ONCE(w->regs[0], 1);
	bench_done(w->bh.bdev, atomic_xchg(&w->bh.pending, 0));
}

/* The interrupt stays enabled, because it wakes the device. */
static void work_requeued_suspend(struct work_requeued *w)
{
	cancel_work_sync(&w->bh.work);
	w->regs = NULL;
}

static void work_requeued_resume(struct work_requeued *w)
{
	msleep(POWER_UP_MS);
	w->regs = w->bar;
	/* Handle the events that came meanwhile. */
	schedule_work(&w->bh.work);
}

/* Process context: suspends the device, and @n events wake it. */
static int work_requeued_sleep(struct bench_device *bdev, unsigned int n)
{
	struct work_requeued *w = from_bench(w, bdev, bh);

	work_requeued_suspend(w);
	while (n--)
		irq_line_raise(bdev->line);
	work_requeued_resume(w);
	return 0;
}

static int work_requeued_probe(struct bench_device *bdev)
{
	struct work_requeued *w = dev_get_drvdata(&bdev->dev);

	w->regs = w->bar;
	return bench_work_setup(&w->bh, bdev, bench_work_top, work_requeued_bottom);
}

static struct bench_driver work_requeued_driver = {
	.probe = work_requeued_probe,
	.remove = bench_work_remove,
	.priv_size = sizeof(struct work_requeued),
	.command = { work_requeued_sleep, 1, 1000 },
	.breaks = "broken on purpose: a command lets a work item run on a device that sleeps",
};
module_bench_driver(work_requeued_driver);

MODULE_DESCRIPTION("Broken on purpose: a cancelled work item that is queued again");
MODULE_LICENSE("GPL");
