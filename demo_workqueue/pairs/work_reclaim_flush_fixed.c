// SPDX-License-Identifier: GPL-2.0
/*
 * work_reclaim_flush_fixed: a queue that must go on without memory waits for one
 * that can.
 *
 * The rule it keeps: what a WQ_MEM_RECLAIM queue waits for is WQ_MEM_RECLAIM as
 * well. Both have a rescuer, a worker that was made beforehand.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "bh_pair.h"

struct work_reclaim_flush {
	struct bh_pair pair;
	struct workqueue_struct *reclaim, *helper;
	struct work_struct work, helper_work;
};

static void helper_bottom(struct work_struct *work)
{
	struct work_reclaim_flush *w =
		container_of(work, struct work_reclaim_flush, helper_work);

	/* The disk takes its time: who flushes has to wait. */
	msleep(200);
	bh_pair_drain(&w->pair);
}

/* Writes pages out, or whatever else memory is waited for. */
static void work_reclaim_flush_bottom(struct work_struct *work)
{
	struct work_reclaim_flush *w = container_of(work, struct work_reclaim_flush, work);

	bh_pair_run(&w->pair);
	queue_work(w->helper, &w->helper_work);
	flush_work(&w->helper_work);
}

static irqreturn_t work_reclaim_flush_top(int irq, void *dev_id)
{
	struct work_reclaim_flush *w = container_of(dev_id, struct work_reclaim_flush, pair);

	if (!bh_pair_take(&w->pair))
		return IRQ_NONE;
	queue_work(w->reclaim, &w->work);
	return IRQ_HANDLED;
}

static int work_reclaim_flush_setup(struct bh_pair *pair)
{
	struct work_reclaim_flush *w = container_of(pair, struct work_reclaim_flush, pair);

	INIT_WORK(&w->work, work_reclaim_flush_bottom);
	INIT_WORK(&w->helper_work, helper_bottom);
	w->reclaim = alloc_workqueue("reclaim", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!w->reclaim)
		return -ENOMEM;
	w->helper = alloc_workqueue("helper", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!w->helper) {
		destroy_workqueue(w->reclaim);
		return -ENOMEM;
	}
	return 0;
}

static void work_reclaim_flush_teardown(struct bh_pair *pair)
{
	struct work_reclaim_flush *w = container_of(pair, struct work_reclaim_flush, pair);

	/* In this order: the first queues on the second. */
	destroy_workqueue(w->reclaim);
	destroy_workqueue(w->helper);
}

static struct work_reclaim_flush demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = work_reclaim_flush_top,
		.setup = work_reclaim_flush_setup,
		.teardown = work_reclaim_flush_teardown,
		.mechanism = BH_WORK,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a WQ_MEM_RECLAIM queue that waits for another");
MODULE_LICENSE("GPL");
