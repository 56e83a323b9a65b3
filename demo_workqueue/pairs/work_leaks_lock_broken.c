// SPDX-License-Identifier: GPL-2.0
/*
 * work_leaks_lock_broken: an early return from a work function with a lock held.
 *
 * The rule it breaks: a work function returns its worker as it got it: no lock held;
 * preemption, bottom halves and interrupts enabled.
 *
 * Expect, at the first event (kernel/workqueue.c:process_one_work()):
 *
 *	BUG: workqueue leaked atomic, lock or RCU: kworker/1:1[37]
 *	BUG: scheduling while atomic: kworker/1:1/37/0x00000002
 *
 * (6.1: "leaked lock or atomic".) The kernel survives until a task takes the lock,
 * by the next event or a "command": it is held forever.
 */
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "bench.h"

struct work_leaks_lock {
	struct bench_device *bdev;
	struct work_struct work;
	atomic_t pending;
	spinlock_t lock;		/* protects transfers: the item against "command" */
	unsigned int transfers;
};

/* Called with the lock held. Every second transfer has failed, beginning with the first. */
static bool transfer_failed(struct work_leaks_lock *w)
{
	return w->transfers++ % 2 == 0;
}

static void work_leaks_lock_bottom(struct work_struct *work)
{
	struct work_leaks_lock *w = from_work(w, work, work);

	bench_run(w->bdev);
	bench_done(w->bdev, atomic_xchg(&w->pending, 0));
	spin_lock(&w->lock);
	if (transfer_failed(w)) {
		/* No code. It keeps sparse quiet, which would see the bug. */
		__release(&w->lock);
		return;
	}
	dev_dbg(&w->bdev->dev, "transfer %u is complete\n", w->transfers);
	spin_unlock(&w->lock);
}

static irqreturn_t work_leaks_lock_top(int irq, void *data)
{
	struct work_leaks_lock *w = data;
	unsigned int events = bench_read_events(w->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &w->pending);
	bench_raise(w->bdev);
	schedule_work(&w->work);
	return IRQ_HANDLED;
}

/* Process context: the next transfer is number @n. */
static int work_leaks_lock_preset(struct bench_device *bdev, unsigned int n)
{
	struct work_leaks_lock *w = dev_get_drvdata(&bdev->dev);

	guard(spinlock)(&w->lock);
	w->transfers = n;
	return 0;
}

static int work_leaks_lock_probe(struct bench_device *bdev)
{
	struct work_leaks_lock *w = devm_kzalloc(&bdev->dev, sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	w->bdev = bdev;
	spin_lock_init(&w->lock);
	INIT_WORK(&w->work, work_leaks_lock_bottom);
	dev_set_drvdata(&bdev->dev, w);
	return request_irq(bdev->irq, work_leaks_lock_top, 0, dev_name(&bdev->dev), w);
}

static void work_leaks_lock_remove(struct bench_device *bdev)
{
	struct work_leaks_lock *w = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, w);
	flush_work(&w->work);
}

static struct bench_driver work_leaks_lock_driver = {
	.probe = work_leaks_lock_probe,
	.remove = work_leaks_lock_remove,
	.command = work_leaks_lock_preset,
	.command_max = UINT_MAX,
	.breaks = "broken on purpose: the first event leaves a lock held",
	.mechanism = BH_WORK,
};
module_bench_driver(work_leaks_lock_driver);

MODULE_DESCRIPTION("Broken on purpose: an early return that leaves a lock held");
MODULE_LICENSE("GPL");
