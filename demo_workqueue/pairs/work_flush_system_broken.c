// SPDX-License-Identifier: GPL-2.0
/*
 * work_flush_system_broken: a driver that flushes a system queue.
 *
 * The rule it breaks: a driver never flushes a system queue. The flush waits for the items of
 * all drivers, and one of these items may need a lock that the caller holds.
 *
 * Expect a warning from the compiler, or an error and no module with -Werror:
 *
 *	warning: call to '__warn_flushing_systemwide_wq' declared with attribute warning:
 *	Please avoid flushing system-wide workqueues.
 *
 * This file is not part of Kbuild: selftests/pair_work_flush_system.sh compiles it.
 */
#include "bench_work.h"
#include "compat.h"

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
	flush_workqueue(system_percpu_wq);
}

static struct bench_driver work_flush_system_driver = {
	.probe = work_flush_system_probe,
	.remove = work_flush_system_remove,
	.priv_size = sizeof(struct bench_work),
	.breaks = "broken on purpose: it waits for the work of all other drivers",
};
module_bench_driver(work_flush_system_driver);

MODULE_DESCRIPTION("Broken on purpose: a system queue flushed");
MODULE_LICENSE("GPL");
