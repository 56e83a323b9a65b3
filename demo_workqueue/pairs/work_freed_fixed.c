// SPDX-License-Identifier: GPL-2.0
/*
 * work_freed_fixed: an object whose work item is waited for before it is freed.
 *
 * The rule it keeps: who frees an object with a work item in it first makes sure
 * that nobody queues the item any more, and then waits for it.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "bh_pair.h"

struct session {
	struct work_struct work;
	struct bh_pair *pair;
	u8 frames[4][1500];
	atomic_t events;
};

struct work_freed {
	struct bh_pair pair;
	struct workqueue_struct *wq;
	struct session *session;	/* changes only while the interrupt is disabled */
};

static unsigned int transfer_ms = 20;
module_param(transfer_ms, uint, 0444);
MODULE_PARM_DESC(transfer_ms, "how long the worker waits for the device (20)");

static void work_freed_bottom(struct work_struct *work)
{
	struct session *session = container_of(work, struct session, work);
	struct bh_pair *pair = session->pair;

	bh_pair_run(pair);
	msleep(transfer_ms);
	atomic64_add(atomic_xchg(&session->events, 0), &pair->counters.handled);
}

static irqreturn_t work_freed_top(int irq, void *dev_id)
{
	struct work_freed *w = container_of(dev_id, struct work_freed, pair);
	unsigned int events = bh_pair_take(&w->pair);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &w->session->events);
	queue_work(w->wq, &w->session->work);
	return IRQ_HANDLED;
}

static struct session *session_open(struct work_freed *w)
{
	struct session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (session) {
		session->pair = &w->pair;
		INIT_WORK(&session->work, work_freed_bottom);
	}
	return session;
}

/* Another session. The old one's frames are nobody's business. */
static int session_reopen(struct work_freed *w)
{
	struct session *old = w->session, *new = session_open(w);

	if (!new)
		return -ENOMEM;
	/* Waits for the handler: afterwards nobody queues the old item. */
	disable_irq(w->pair.irq);
	w->session = new;
	enable_irq(w->pair.irq);
	flush_work(&old->work);
	kfree_sensitive(old);
	return 0;
}

/* Process context: another session, n times. */
static int work_freed_reopen(struct bh_pair *pair, u64 n)
{
	struct work_freed *w = container_of(pair, struct work_freed, pair);
	int err = 0;

	while (n-- && !err)
		err = session_reopen(w);
	return err;
}

static int work_freed_setup(struct bh_pair *pair)
{
	struct work_freed *w = container_of(pair, struct work_freed, pair);

	w->wq = alloc_workqueue(KBUILD_MODNAME, WQ_UNBOUND, 0);
	if (!w->wq)
		return -ENOMEM;
	w->session = session_open(w);
	if (!w->session) {
		destroy_workqueue(w->wq);
		return -ENOMEM;
	}
	return 0;
}

static void work_freed_teardown(struct bh_pair *pair)
{
	struct work_freed *w = container_of(pair, struct work_freed, pair);

	/* Waits for all that is queued. */
	destroy_workqueue(w->wq);
	kfree_sensitive(w->session);
}

static struct work_freed demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = work_freed_top,
		.setup = work_freed_setup,
		.teardown = work_freed_teardown,
		.command = work_freed_reopen,
		.mechanism = BH_WORK,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: an object freed when its work item is through");
MODULE_LICENSE("GPL");
