// SPDX-License-Identifier: GPL-2.0
/*
 * work_leaks_lock_fixed: guard() releases the lock on every way out.
 *
 * The rule it keeps: a work function returns its worker as it got it: no lock held;
 * preemption, bottom halves and interrupts enabled. guard() takes the lock, and the
 * compiler releases it wherever the function returns.
 *
 * Expect no message, and every event handled.
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
	guard(spinlock)(&w->lock);
	if (transfer_failed(w))
		return;
	dev_dbg(&w->bdev->dev, "transfer %u is complete\n", w->transfers);
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
	.mechanism = BH_WORK,
};
module_bench_driver(work_leaks_lock_driver);

MODULE_DESCRIPTION("Fixed: a lock that guard() releases on every way out");
MODULE_LICENSE("GPL");
