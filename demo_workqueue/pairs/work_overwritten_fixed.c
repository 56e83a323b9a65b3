// SPDX-License-Identifier: GPL-2.0
/*
 * work_overwritten_fixed: a work item for each message.
 *
 * The rule it keeps: a work item is queued or it is not, so what must arrive one
 * by one gets an item each, freed by its run. (A ring with one item that drains
 * it does as well, see work_ring.c.)
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "bh_pair.h"

struct work_overwritten {
	struct bh_pair pair;
	struct workqueue_struct *wq;
	unsigned int last;		/* the hard handler's alone */
};

struct message {
	struct work_struct work;
	struct work_overwritten *w;
	unsigned int number;		/* of the event that the item is for */
};

/* Process context: tell the slow device of event @number. */
static void message_deliver(struct work_overwritten *w, unsigned int number)
{
	bh_pair_run(&w->pair);
	usleep_range(2000, 3000);
	pr_debug("event %u\n", number);
	atomic64_inc(&w->pair.counters.handled);
}

static void work_overwritten_bottom(struct work_struct *work)
{
	struct message *m = container_of(work, struct message, work);

	message_deliver(m->w, m->number);
	/* A work function may free its item. */
	kfree(m);
}

/* Hard interrupt context. */
static void message_send(struct work_overwritten *w, unsigned int number)
{
	struct message *m = kmalloc(sizeof(*m), GFP_ATOMIC);

	if (!m)
		return;			/* a lost event, and one that is counted */
	m->w = w;
	m->number = number;
	INIT_WORK(&m->work, work_overwritten_bottom);
	queue_work(w->wq, &m->work);
}

static irqreturn_t work_overwritten_top(int irq, void *dev_id)
{
	struct work_overwritten *w = container_of(dev_id, struct work_overwritten, pair);
	unsigned int events = bh_pair_take(&w->pair), i;

	if (!events)
		return IRQ_NONE;
	for (i = 0; i < events; i++)
		message_send(w, ++w->last);
	return IRQ_HANDLED;
}

static int work_overwritten_setup(struct bh_pair *pair)
{
	struct work_overwritten *w = container_of(pair, struct work_overwritten, pair);

	w->wq = alloc_workqueue(KBUILD_MODNAME, WQ_UNBOUND, 1);
	return w->wq ? 0 : -ENOMEM;
}

static void work_overwritten_teardown(struct bh_pair *pair)
{
	struct work_overwritten *w = container_of(pair, struct work_overwritten, pair);

	/* Waits for all that is queued. */
	destroy_workqueue(w->wq);
}

static struct work_overwritten demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = work_overwritten_top,
		.setup = work_overwritten_setup,
		.teardown = work_overwritten_teardown,
		.mechanism = BH_WORK,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a work item for each message");
MODULE_LICENSE("GPL");
