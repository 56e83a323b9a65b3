// SPDX-License-Identifier: GPL-2.0
/*
 * work_not_cancelled_fixed: a driver that waits for its work item when it is unbound.
 *
 * The rule it keeps: before you free the memory or the code of a work item, wait for the
 * item. cancel_work_sync() removes the item from the queue, and waits if it is running.
 * flush_work() waits for a queued item and for a running item, so all events that were read
 * are handled.
 *
 * Expect no message, and every event handled.
 */
#include <linux/delay.h>

#include "bench_work.h"

static ushort transfer_ms = 20;
module_param(transfer_ms, ushort, 0444);
MODULE_PARM_DESC(transfer_ms, "how long the worker waits for the device (20)");

static void work_not_cancelled_bottom(struct work_struct *work)
{
	struct bench_work *w = from_work(w, work, work);

	bench_run(w->bdev);
	msleep(transfer_ms);
	bench_done(w->bdev, atomic_xchg(&w->pending, 0));
}

static int work_not_cancelled_probe(struct bench_device *bdev)
{
	return bench_work_probe(bdev, work_not_cancelled_bottom);
}

static void work_not_cancelled_remove(struct bench_device *bdev)
{
	struct bench_work *w = dev_get_drvdata(&bdev->dev);

	/* After free_irq() nothing queues the item. */
	free_irq(bdev->irq, w);
	flush_work(&w->work);
}

static struct bench_driver work_not_cancelled_driver = {
	.probe = work_not_cancelled_probe,
	.remove = work_not_cancelled_remove,
	.priv_size = sizeof(struct bench_work),
};
module_bench_driver(work_not_cancelled_driver);

MODULE_DESCRIPTION("Fixed: at unload the driver waits for its work item");
MODULE_LICENSE("GPL");
