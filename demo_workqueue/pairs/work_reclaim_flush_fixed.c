// SPDX-License-Identifier: GPL-2.0
/*
 * work_reclaim_flush_fixed: a WQ_MEM_RECLAIM queue that waits for another WQ_MEM_RECLAIM
 * queue.
 *
 * The rule it keeps: if a WQ_MEM_RECLAIM queue waits for another queue, that queue must be
 * WQ_MEM_RECLAIM too. Then both queues have a rescuer, a worker that was created
 * beforehand.
 *
 * Expect no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/workqueue.h>

#include "bench.h"

struct work_reclaim_flush {
	struct bench_device *bdev;
	struct workqueue_struct *reclaim, *helper;
	struct work_struct work, helper_work;
	atomic_t pending;
};

static void helper_bottom(struct work_struct *work)
{
	struct work_reclaim_flush *w = from_work(w, work, helper_work);

	/* Simulates a slow disk, so that flush_work() must wait for this item. */
	msleep(200);
	bench_done(w->bdev, atomic_xchg(&w->pending, 0));
}

/* Stands for work that frees memory, such as writing out pages. */
static void work_reclaim_flush_bottom(struct work_struct *work)
{
	struct work_reclaim_flush *w = from_work(w, work, work);

	bench_run(w->bdev);
	queue_work(w->helper, &w->helper_work);
	flush_work(&w->helper_work);
}

static irqreturn_t work_reclaim_flush_top(int irq, void *data)
{
	struct work_reclaim_flush *w = data;
	unsigned int events = bench_read_events(w->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &w->pending);
	bench_raise(w->bdev);
	queue_work(w->reclaim, &w->work);
	return IRQ_HANDLED;
}

static void work_reclaim_flush_close(void *data)
{
	struct work_reclaim_flush *w = data;

	/* Keep this order, because an item on the first queue adds an item to the second queue. */
	if (w->reclaim)
		destroy_workqueue(w->reclaim);
	if (w->helper)
		destroy_workqueue(w->helper);
}

static int work_reclaim_flush_probe(struct bench_device *bdev)
{
	struct work_reclaim_flush *w = dev_get_drvdata(&bdev->dev);
	int err;

	w->bdev = bdev;
	INIT_WORK(&w->work, work_reclaim_flush_bottom);
	INIT_WORK(&w->helper_work, helper_bottom);
	err = devm_add_action_or_reset(&bdev->dev, work_reclaim_flush_close, w);
	if (err)
		return err;
	w->reclaim = alloc_workqueue("reclaim", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	w->helper = alloc_workqueue("helper", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!w->reclaim || !w->helper)
		return -ENOMEM;
	/*
	 * devm frees the interrupt before it destroys the queues, so by then nothing queues
	 * an item.
	 */
	return devm_request_irq(&bdev->dev, bdev->irq, work_reclaim_flush_top, 0,
				dev_name(&bdev->dev), w);
}

static struct bench_driver work_reclaim_flush_driver = {
	.probe = work_reclaim_flush_probe,
	.priv_size = sizeof(struct work_reclaim_flush),
	.mechanism = BH_WORK,
};
module_bench_driver(work_reclaim_flush_driver);

MODULE_DESCRIPTION("Fixed: a WQ_MEM_RECLAIM queue that waits for another one");
MODULE_LICENSE("GPL");
