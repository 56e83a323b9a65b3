// SPDX-License-Identifier: GPL-2.0
/*
 * work_overwritten_broken: one embedded work item that carries all messages.
 *
 * The rule it breaks: a work item is queued or it is not. queue_work() of one
 * that is queued returns false and does nothing, so what was stored beside it for
 * the run before is overwritten.
 *
 * What to expect: the kernel is silent. The account says it, and the pair at
 * unload: "9 of 10 events lost" where the worker began when all ten were there, 8
 * where it had begun with one, so that the item could be queued once more.
 *
 * The machine survives.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "bh_pair.h"

struct work_overwritten {
	struct bh_pair pair;
	struct workqueue_struct *wq;
	unsigned int last;		/* the hard handler's alone */
	struct work_struct work;
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
	struct work_overwritten *w = container_of(work, struct work_overwritten, work);

	message_deliver(w, READ_ONCE(w->number));
}

/* Hard interrupt context. */
static void message_send(struct work_overwritten *w, unsigned int number)
{
	WRITE_ONCE(w->number, number);
	queue_work(w->wq, &w->work);
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

	INIT_WORK(&w->work, work_overwritten_bottom);
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
		.breaks = "broken on purpose: of ten events at once most never reach the worker",
		.mechanism = BH_WORK,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: one work item for all messages");
MODULE_LICENSE("GPL");
