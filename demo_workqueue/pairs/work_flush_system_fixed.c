// SPDX-License-Identifier: GPL-2.0
/*
 * work_flush_system_fixed: a driver that waits for its own work item only.
 *
 * The rule it keeps: a driver never flushes a system queue, because the queue also holds the
 * items of other drivers. A driver flushes or cancels only its own items, with flush_work()
 * or cancel_work_sync(). A driver that must flush a whole queue creates its own queue.
 *
 * Expect no warning, no message, and every event handled.
 */
#include "bench_work.h"

static void work_flush_system_bottom(struct work_struct *work)
{
	struct bench_work *w = from_work(w, work, work);

	bench_run(w->bdev);
	bench_done(w->bdev, atomic_xchg(&w->pending, 0));
}

static int work_flush_system_probe(struct bench_device *bdev)
{
	return bench_work_probe(bdev, work_flush_system_bottom);
}

static void work_flush_system_remove(struct bench_device *bdev)
{
	struct bench_work *w = dev_get_drvdata(&bdev->dev);

	/* After free_irq() nothing queues the item. */
	free_irq(bdev->irq, w);
	flush_work(&w->work);
}

static struct bench_driver work_flush_system_driver = {
	.probe = work_flush_system_probe,
	.remove = work_flush_system_remove,
	.priv_size = sizeof(struct bench_work),
};
module_bench_driver(work_flush_system_driver);

MODULE_DESCRIPTION("Fixed: a work item flushed");
MODULE_LICENSE("GPL");
