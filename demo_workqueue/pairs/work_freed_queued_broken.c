// SPDX-License-Identifier: GPL-2.0
/*
 * work_freed_queued_broken: an object that is freed while its work item is queued.
 *
 * The rule it breaks: that no worker has the object does not mean that its work item is
 * done: it may still be queued. A lock that the worker holds tells of the first,
 * flush_work() and cancel_work_sync() of both.
 *
 * What to expect: the item's list_head was wiped with the object, and the list that it
 * is on leads into it:
 *
 *	list_del corruption, ffff...->next is NULL
 *	kernel BUG at lib/list_debug.c:52!
 *	Workqueue: work_freed_queued_broken ...
 *
 * 6.1 finds the wiped item with a "BUG: kernel NULL pointer dereference" before that.
 * The worker dies with the lock of its pool, interrupts off. Who touches the pool
 * next spins on it for ever: a CPU is lost, and then the machine.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "bh_pair.h"

struct session {
	struct work_struct work;
	struct bh_pair *pair;
	struct mutex lock;		/* frames */
	u8 frames[4][1500];
	atomic_t events;
};

struct work_freed_queued {
	struct bh_pair pair;
	struct workqueue_struct *wq;	/* one thing at a time, in order */
	struct work_struct housekeeping;
	struct session *session;	/* changes only while the interrupt is disabled */
};

static unsigned int transfer_ms = 20;
module_param(transfer_ms, uint, 0444);
MODULE_PARM_DESC(transfer_ms, "how long other work on the queue takes (20)");

/* What keeps the queue busy while a session's item is on it. */
static void work_freed_queued_housekeeping(struct work_struct *work)
{
	msleep(transfer_ms);
}

static void work_freed_queued_bottom(struct work_struct *work)
{
	struct session *session = container_of(work, struct session, work);
	struct bh_pair *pair = session->pair;

	mutex_lock(&session->lock);
	bh_pair_run(pair);
	atomic64_add(atomic_xchg(&session->events, 0), &pair->counters.handled);
	mutex_unlock(&session->lock);
}

static irqreturn_t work_freed_queued_top(int irq, void *dev_id)
{
	struct work_freed_queued *w = container_of(dev_id, struct work_freed_queued, pair);
	unsigned int events = bh_pair_take(&w->pair);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &w->session->events);
	queue_work(w->wq, &w->session->work);
	return IRQ_HANDLED;
}

static struct session *session_open(struct work_freed_queued *w)
{
	struct session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (session) {
		session->pair = &w->pair;
		mutex_init(&session->lock);
		INIT_WORK(&session->work, work_freed_queued_bottom);
	}
	return session;
}

/* The last event of the old session was just now. */
static int session_reopen(struct work_freed_queued *w)
{
	struct session *old = w->session, *new = session_open(w);

	if (!new)
		return -ENOMEM;
	queue_work(w->wq, &w->housekeeping);
	irq_line_raise(w->pair.line);
	/* Waits for the handler: afterwards nobody queues the old item. */
	disable_irq(w->pair.irq);
	w->session = new;
	enable_irq(w->pair.irq);
	/* Waits for a worker that has it. */
	mutex_lock(&old->lock);
	mutex_unlock(&old->lock);
	kfree_sensitive(old);
	return 0;
}

/* Process context: another session, n times. */
static int work_freed_queued_reopen(struct bh_pair *pair, u64 n)
{
	struct work_freed_queued *w = container_of(pair, struct work_freed_queued, pair);
	int err = 0;

	while (n-- && !err)
		err = session_reopen(w);
	return err;
}

static int work_freed_queued_setup(struct bh_pair *pair)
{
	struct work_freed_queued *w = container_of(pair, struct work_freed_queued, pair);

	INIT_WORK(&w->housekeeping, work_freed_queued_housekeeping);
	w->wq = alloc_ordered_workqueue(KBUILD_MODNAME, 0);
	if (!w->wq)
		return -ENOMEM;
	w->session = session_open(w);
	if (!w->session) {
		destroy_workqueue(w->wq);
		return -ENOMEM;
	}
	return 0;
}

static void work_freed_queued_teardown(struct bh_pair *pair)
{
	struct work_freed_queued *w = container_of(pair, struct work_freed_queued, pair);

	/* Waits for all that is queued. */
	destroy_workqueue(w->wq);
	kfree_sensitive(w->session);
}

static struct work_freed_queued demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = work_freed_queued_top,
		.setup = work_freed_queued_setup,
		.teardown = work_freed_queued_teardown,
		.command = work_freed_queued_reopen,
		.breaks = "broken on purpose: a command frees a work item that is queued",
		.mechanism = BH_WORK,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: an object freed while its work item is queued");
MODULE_LICENSE("GPL");
