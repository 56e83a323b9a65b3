// SPDX-License-Identifier: GPL-2.0
/*
 * work_flush_self_broken: a work item that waits for its own end.
 *
 * The rule it breaks: do not call flush_work(), cancel_work_sync() or flush_workqueue()
 * from the item's own function, or while you hold a lock that the function takes. These
 * calls wait for the item.
 *
 * Expect this report 120 seconds (hung_task_timeout_secs) after the first event:
 *
 *	INFO: task kworker/1:1:37 blocked for more than 122 seconds.
 *	Workqueue: events work_flush_self_bottom [work_flush_self_broken]
 *
 * CONFIG_PROVE_LOCKING says "possible recursive locking detected" at once.
 *
 * The kernel survives. The worker is lost, and so is every task that waits for the
 * item.
 */
#include "bench_work.h"

struct work_flush_self {
	struct bench_work bh;
	struct mutex lock;		/* protects @total, used by the item and "command" */
	u64 total;
};

/* Process context. */
static void work_flush_self_print(struct work_flush_self *w)
{
	guard(mutex)(&w->lock);
	dev_dbg(&w->bh.bdev->dev, "%llu events\n", w->total);
}

/* Process context: waits for the item, so that the total includes all earlier events. */
static int work_flush_self_report(struct bench_device *bdev, unsigned int unused)
{
	struct work_flush_self *w = from_bench(w, bdev, bh);

	flush_work(&w->bh.work);
	work_flush_self_print(w);
	return 0;
}

static void work_flush_self_bottom(struct work_struct *work)
{
	struct work_flush_self *w = from_work(w, work, bh.work);
	unsigned int events = atomic_xchg(&w->bh.pending, 0);

	bench_run(w->bh.bdev);
	scoped_guard(mutex, &w->lock)
		w->total += events;
	bench_done(w->bh.bdev, events);
	work_flush_self_report(w->bh.bdev, 1);
}

static int work_flush_self_probe(struct bench_device *bdev)
{
	struct work_flush_self *w = dev_get_drvdata(&bdev->dev);

	mutex_init(&w->lock);
	return bench_work_setup(&w->bh, bdev, bench_work_top, work_flush_self_bottom);
}

static struct bench_driver work_flush_self_driver = {
	.probe = work_flush_self_probe,
	.remove = bench_work_remove,
	.priv_size = sizeof(struct work_flush_self),
	.command = { work_flush_self_report },
	.breaks = "broken on purpose: the first event makes a work item wait for itself",
};
module_bench_driver(work_flush_self_driver);

MODULE_DESCRIPTION("Broken on purpose: a work item that waits for its own end");
MODULE_LICENSE("GPL");
