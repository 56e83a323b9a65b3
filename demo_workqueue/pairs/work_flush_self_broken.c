// SPDX-License-Identifier: GPL-2.0
/*
 * work_flush_self_broken: a work item that waits for its own end.
 *
 * The rule it breaks: flush_work(), cancel_work_sync() and flush_workqueue() wait
 * for the item. So they must not be called from its own function, nor under a lock
 * that the function takes.
 *
 * Expect, hung_task_timeout_secs (120) after the first event:
 *
 *	INFO: task kworker/1:1:37 blocked for more than 122 seconds.
 *	Workqueue: events work_flush_self_bottom [work_flush_self_broken]
 *
 * CONFIG_PROVE_LOCKING says "possible recursive locking detected" at once.
 *
 * The kernel survives. The worker is lost, and so is every task that waits for the
 * item.
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
	work_flush_self_report(w->bdev, 1);
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
	.breaks = "broken on purpose: the first event makes a work item wait for itself",
	.mechanism = BH_WORK,
};
module_bench_driver(work_flush_self_driver);

MODULE_DESCRIPTION("Broken on purpose: a work item that waits for its own end");
MODULE_LICENSE("GPL");
