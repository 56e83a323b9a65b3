// SPDX-License-Identifier: GPL-2.0
/*
 * work_old_queue_fixed: a work item on a system queue whose name says where items run.
 *
 * The rule it keeps: choose the queue by what the item needs. system_percpu_wq runs the item
 * on this CPU, and system_dfl_wq runs it on any CPU. A driver that calls schedule_work()
 * needs no change: this function uses system_percpu_wq.
 *
 * Expect no message, and every event handled.
 */
#include "bench_work.h"
#include "compat.h"

static void work_old_queue_bottom(struct work_struct *work)
{
	struct bench_work *w = from_work(w, work, work);

	bench_run(w->bdev);
	bench_done(w->bdev, atomic_xchg(&w->pending, 0));
}

static irqreturn_t work_old_queue_top(int irq, void *data)
{
	struct bench_work *w = data;
	unsigned int events = bench_read_events(w->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &w->pending);
	bench_raise(w->bdev);
	queue_work(system_percpu_wq, &w->work);
	return IRQ_HANDLED;
}

static int work_old_queue_probe(struct bench_device *bdev)
{
	struct bench_work *w = dev_get_drvdata(&bdev->dev);

	return bench_work_setup(w, bdev, work_old_queue_top, work_old_queue_bottom);
}

static struct bench_driver work_old_queue_driver = {
	.probe = work_old_queue_probe,
	.remove = bench_work_remove,
	.priv_size = sizeof(struct bench_work),
};
module_bench_driver(work_old_queue_driver);

MODULE_DESCRIPTION("Fixed: a work item on the per-CPU system queue");
MODULE_LICENSE("GPL");
