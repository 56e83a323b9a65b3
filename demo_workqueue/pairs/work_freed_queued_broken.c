// SPDX-License-Identifier: GPL-2.0
/*
 * work_freed_queued_broken: an object that is freed while its work item is queued.
 *
 * The rule it breaks: free an object only if its work item is neither running nor queued.
 * If you can take the lock of the work function, you know only that the item is not
 * running. flush_work() and cancel_work_sync() also wait for a queued item.
 *
 * A "command" erases the old object. The work item is part of this object, so its list_head
 * is erased too, although the item is still on the list of the queue. Expect:
 *
 *	list_del corruption, ffff...->next is NULL
 *	kernel BUG at lib/list_debug.c:52!
 *	Workqueue: work_freed_queued_broken ...
 *
 * 6.1 reports "BUG: kernel NULL pointer dereference" instead. The worker dies with interrupts
 * off, while it holds the lock of its pool. Every CPU that then takes this lock spins forever:
 * first one CPU is lost, then the kernel.
 */
#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "bench.h"

struct session {
	struct work_struct work;
	struct bench_device *bdev;
	struct mutex lock;		/* protects @frames */
	u8 frames[4][1500];
	atomic_t pending;
};

struct work_freed_queued {
	struct workqueue_struct *wq;	/* ordered: one item at a time */
	struct work_struct housekeeping;
	struct session *session;	/* changes only while the interrupt is disabled */
};

static ushort transfer_ms = 20;
module_param(transfer_ms, ushort, 0444);
MODULE_PARM_DESC(transfer_ms, "how long other work on the queue takes (20)");

/* Keeps the queue busy, so that the item of a session must wait. */
static void work_freed_queued_housekeeping(struct work_struct *work)
{
	msleep(transfer_ms);
}

static void work_freed_queued_bottom(struct work_struct *work)
{
	struct session *session = from_work(session, work, work);

	guard(mutex)(&session->lock);
	bench_run(session->bdev);
	bench_done(session->bdev, atomic_xchg(&session->pending, 0));
}

static irqreturn_t work_freed_queued_top(int irq, void *data)
{
	struct work_freed_queued *w = data;
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
		mutex_init(&session->lock);
		INIT_WORK(&session->work, work_freed_queued_bottom);
	}
	return session;
}

/* Process context: raises a last event for the old session, then opens a new session. */
static int session_reopen(struct bench_device *bdev, unsigned int unused)
{
	struct work_freed_queued *w = dev_get_drvdata(&bdev->dev);
	struct session *old = w->session, *new = session_open(bdev);

	if (!new)
		return -ENOMEM;
	queue_work(w->wq, &w->housekeeping);
	irq_line_raise(bdev->line);
	/* Waits for the handler. From here on nothing queues the old item. */
	disable_irq(bdev->irq);
	w->session = new;
	enable_irq(bdev->irq);
	/* Waits for the worker, if it is running the old item. */
	mutex_lock(&old->lock);
	mutex_unlock(&old->lock);
	kfree_sensitive(old);
	return 0;
}

static void work_freed_queued_close(void *data)
{
	struct work_freed_queued *w = data;

	/* Waits for all items that are queued or running. */
	if (w->wq)
		destroy_workqueue(w->wq);
	kfree_sensitive(w->session);
}

static int work_freed_queued_probe(struct bench_device *bdev)
{
	struct work_freed_queued *w = dev_get_drvdata(&bdev->dev);
	int err;

	INIT_WORK(&w->housekeeping, work_freed_queued_housekeeping);
	err = devm_add_action_or_reset(&bdev->dev, work_freed_queued_close, w);
	if (err)
		return err;
	w->wq = alloc_ordered_workqueue(KBUILD_MODNAME, 0);
	w->session = session_open(bdev);
	if (!w->wq || !w->session)
		return -ENOMEM;
	/*
	 * devm frees the interrupt before it closes the session, so by then nothing queues
	 * an item.
	 */
	return devm_request_irq(&bdev->dev, bdev->irq, work_freed_queued_top, 0,
				dev_name(&bdev->dev), w);
}

static struct bench_driver work_freed_queued_driver = {
	.probe = work_freed_queued_probe,
	.priv_size = sizeof(struct work_freed_queued),
	.command = { session_reopen },
	.breaks = "broken on purpose: a command frees a work item that is queued",
	.mechanism = BH_WORK,
};
module_bench_driver(work_freed_queued_driver);

MODULE_DESCRIPTION("Broken on purpose: an object freed while its work item is queued");
MODULE_LICENSE("GPL");
