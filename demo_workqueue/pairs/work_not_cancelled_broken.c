// SPDX-License-Identifier: GPL-2.0
/*
 * work_not_cancelled_broken: a driver that is unbound while its work item runs.
 *
 * The rule it breaks: before you free the memory or the code of a work item, wait for the
 * item, with cancel_work_sync() or flush_work(). cancel_work() removes an item from the
 * queue, but does not wait for an item that is running.
 *
 * Raise an event, and remove the module while the worker sleeps. The worker then returns
 * into code that was unloaded. Expect:
 *
 *	BUG: unable to handle page fault for address: ffffffffc0...
 *	#PF: supervisor instruction fetch in kernel mode
 *
 * The kernel survives. The worker is killed, and its pool still counts it as running.
 * 7.3 says "Oops: int3" and panics.
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
	cancel_work(&w->work);
}

static struct bench_driver work_not_cancelled_driver = {
	.probe = work_not_cancelled_probe,
	.remove = work_not_cancelled_remove,
	.priv_size = sizeof(struct bench_work),
	.breaks = "broken on purpose: if it is unloaded after an event, it leaves a worker behind",
};
module_bench_driver(work_not_cancelled_driver);

MODULE_DESCRIPTION("Broken on purpose: a work item not waited for at unload");
MODULE_LICENSE("GPL");
