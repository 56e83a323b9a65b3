// SPDX-License-Identifier: GPL-2.0
/*
 * work_freed_fixed: an object that is freed only when its work item has ended.
 *
 * The rule it keeps: before you free an object that contains a work item, make
 * sure that nothing queues the item any more. Then wait for the item.
 *
 * Expect no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "bench.h"

struct session {
	struct work_struct work;
	struct bench_device *bdev;
	u8 frames[4][1500];
	atomic_t pending;
};

struct work_freed {
	struct workqueue_struct *wq;
	struct session *session;	/* changes only while the interrupt is disabled */
};

static ushort transfer_ms = 20;
module_param(transfer_ms, ushort, 0444);
MODULE_PARM_DESC(transfer_ms, "how long the worker waits for the device (20)");

static void work_freed_bottom(struct work_struct *work)
{
	struct session *session = from_work(session, work, work);
	struct bench_device *bdev = session->bdev;

	bench_run(bdev);
	msleep(transfer_ms);
	bench_done(bdev, atomic_xchg(&session->pending, 0));
}

static irqreturn_t work_freed_top(int irq, void *data)
{
	struct work_freed *w = data;
	struct session *session = w->session;
	unsigned int events = bench_read_events(session->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &session->pending);
	bench_raise(session->bdev);
	queue_work(w->wq, &session->work);
	return IRQ_HANDLED;
}

static struct session *session_open(struct bench_device *bdev)
{
	struct session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (session) {
		session->bdev = bdev;
		INIT_WORK(&session->work, work_freed_bottom);
	}
	return session;
}

/* Process context: opens a new session, then erases and frees the old session. */
static int session_reopen(struct bench_device *bdev, unsigned int unused)
{
	struct work_freed *w = dev_get_drvdata(&bdev->dev);
	struct session *old = w->session, *new = session_open(bdev);

	if (!new)
		return -ENOMEM;
	/* Waits for the handler. From here on nothing queues the old item. */
	disable_irq(bdev->irq);
	w->session = new;
	enable_irq(bdev->irq);
	flush_work(&old->work);
	kfree_sensitive(old);
	return 0;
}

static void work_freed_close(void *data)
{
	struct work_freed *w = data;

	/* Waits for all items that are queued or running. */
	if (w->wq)
		destroy_workqueue(w->wq);
	kfree_sensitive(w->session);
}

static int work_freed_probe(struct bench_device *bdev)
{
	struct work_freed *w = dev_get_drvdata(&bdev->dev);
	int err;

	err = devm_add_action_or_reset(&bdev->dev, work_freed_close, w);
	if (err)
		return err;
	w->wq = alloc_workqueue(KBUILD_MODNAME, WQ_UNBOUND, 0);
	w->session = session_open(bdev);
	if (!w->wq || !w->session)
		return -ENOMEM;
	/*
	 * devm frees the interrupt before it closes the session, so by then nothing queues
	 * an item.
	 */
	return devm_request_irq(&bdev->dev, bdev->irq, work_freed_top, 0,
				dev_name(&bdev->dev), w);
}

static struct bench_driver work_freed_driver = {
	.probe = work_freed_probe,
	.priv_size = sizeof(struct work_freed),
	.command = { session_reopen },
	.mechanism = BH_WORK,
};
module_bench_driver(work_freed_driver);

MODULE_DESCRIPTION("Fixed: an object freed after its work item has finished");
MODULE_LICENSE("GPL");
