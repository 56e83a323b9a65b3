// SPDX-License-Identifier: GPL-2.0
/*
 * work_flush_self_fixed: a work item that does not wait for its own end.
 *
 * The rule it keeps: call flush_work() only from outside the item. The item's own function
 * need not wait: an item does not run on two CPUs at the same time, and if events are read
 * while it runs, the top half queues it again. After flush_work() has returned, the item may
 * run again. So flush_work() does not protect the total, and a lock is needed.
 *
 * Expect no message, and every event handled.
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
	work_flush_self_print(w);
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
};
module_bench_driver(work_flush_self_driver);

MODULE_DESCRIPTION("Fixed: a work item that does not wait for its own end");
MODULE_LICENSE("GPL");
