// SPDX-License-Identifier: GPL-2.0
/*
 * work_flush_self_fixed: a work item that does not wait for its own end.
 *
 * The rule it keeps: flush_work() is called from outside the item. Its own function
 * has no need to wait: an item does not run on two CPUs at a time, and events that
 * are read meanwhile have queued it again. flush_work() protects nothing once it has
 * returned, since the item may run again. So the total has a lock.
 *
 * Expect no message, and every event handled.
 */
#include <linux/workqueue.h>

#include "bench.h"

struct work_flush_self {
	struct bench_device *bdev;
	struct work_struct work;
	atomic_t pending;
	struct mutex lock;		/* protects total: the item against "command" */
	u64 total;
};

/* Process context. */
static void work_flush_self_print(struct work_flush_self *w)
{
	guard(mutex)(&w->lock);
	dev_dbg(&w->bdev->dev, "%llu events\n", w->total);
}

/* Process context: waits, so that what was queued before is in the total. */
static int work_flush_self_report(struct bench_device *bdev, unsigned int unused)
{
	struct work_flush_self *w = dev_get_drvdata(&bdev->dev);

	flush_work(&w->work);
	work_flush_self_print(w);
	return 0;
}

static void work_flush_self_bottom(struct work_struct *work)
{
	struct work_flush_self *w = from_work(w, work, work);
	unsigned int events;

	bench_run(w->bdev);
	events = atomic_xchg(&w->pending, 0);
	scoped_guard(mutex, &w->lock)
		w->total += events;
	bench_done(w->bdev, events);
	work_flush_self_print(w);
}

static irqreturn_t work_flush_self_top(int irq, void *data)
{
	struct work_flush_self *w = data;
	unsigned int events = bench_read_events(w->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &w->pending);
	bench_raise(w->bdev);
	schedule_work(&w->work);
	return IRQ_HANDLED;
}

static int work_flush_self_probe(struct bench_device *bdev)
{
	struct work_flush_self *w = devm_kzalloc(&bdev->dev, sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	w->bdev = bdev;
	mutex_init(&w->lock);
	INIT_WORK(&w->work, work_flush_self_bottom);
	dev_set_drvdata(&bdev->dev, w);
	return request_irq(bdev->irq, work_flush_self_top, 0, dev_name(&bdev->dev), w);
}

static void work_flush_self_remove(struct bench_device *bdev)
{
	struct work_flush_self *w = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, w);
	flush_work(&w->work);
}

static struct bench_driver work_flush_self_driver = {
	.probe = work_flush_self_probe,
	.remove = work_flush_self_remove,
	.command = work_flush_self_report,
	.command_min = 1,
	.command_max = 1,
	.mechanism = BH_WORK,
};
module_bench_driver(work_flush_self_driver);

MODULE_DESCRIPTION("Fixed: a work item that does not wait for its own end");
MODULE_LICENSE("GPL");
