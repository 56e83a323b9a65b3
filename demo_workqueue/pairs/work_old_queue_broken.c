// SPDX-License-Identifier: GPL-2.0
/*
 * work_old_queue_broken: a work item on a system queue whose name is
 * deprecated.
 *
 * The rule it breaks: do not use system_wq and system_unbound_wq, which are deprecated.
 * Choose the queue by what the item needs: system_percpu_wq runs the item on this CPU, and
 * system_dfl_wq runs it on any CPU. Both queues exist since 6.17.
 *
 * Since 7.2, expect this message once per boot, at the first event:
 *
 *	workqueue: work func work_old_queue_bottom [work_old_queue_broken] enqueued on
 *	deprecated workqueue. Use system_{percpu|dfl}_wq instead.
 *
 * Older kernels say nothing. The event is handled on all kernels.
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
	queue_work(system_wq, &w->work);
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
	.breaks = "broken on purpose: the first event queues work on a deprecated queue",
};
module_bench_driver(work_old_queue_driver);

MODULE_DESCRIPTION("Broken on purpose: a work item on a deprecated system queue");
MODULE_LICENSE("GPL");
