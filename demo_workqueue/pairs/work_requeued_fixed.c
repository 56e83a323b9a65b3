// SPDX-License-Identifier: GPL-2.0
/*
 * work_requeued_fixed: a work item that is disabled while it must not run.
 *
 * The rule it keeps: as long as the item can be queued, do not release anything that the
 * item uses. disable_work_sync() (since 6.10) does the same as cancel_work_sync(), and also
 * disables the item. After this call, schedule_work() does nothing and returns false until
 * enable_work() is called. Events that came meanwhile are still pending, so the code that
 * resumes the device queues the item.
 *
 * Expect no message, and every event handled.
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
	disable_work_sync(&w->bh.work);
	w->regs = NULL;
}

static void work_requeued_resume(struct work_requeued *w)
{
	msleep(POWER_UP_MS);
	w->regs = w->bar;
	enable_work(&w->bh.work);
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
};
module_bench_driver(work_requeued_driver);

MODULE_DESCRIPTION("Fixed: a work item that is disabled while it must not run");
MODULE_LICENSE("GPL");
