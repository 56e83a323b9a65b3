// SPDX-License-Identifier: GPL-2.0
/*
 * work_not_cancelled_fixed: a driver that waits for its work item before it goes.
 *
 * The rule it keeps: before memory or code goes that a work item uses, it is
 * waited for. cancel_work_sync() drops one that is queued and waits for one that
 * runs; flush_work() waits for both, so that what was taken over is handled.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "bh_pair.h"

struct work_not_cancelled {
	struct bh_pair pair;
	struct work_struct work;
};

static unsigned int transfer_ms = 20;
module_param(transfer_ms, uint, 0444);
MODULE_PARM_DESC(transfer_ms, "how long the worker waits for the device (20)");

static void work_not_cancelled_bottom(struct work_struct *work)
{
	struct work_not_cancelled *w = container_of(work, struct work_not_cancelled, work);

	bh_pair_run(&w->pair);
	msleep(transfer_ms);
	bh_pair_drain(&w->pair);
}

static irqreturn_t work_not_cancelled_top(int irq, void *dev_id)
{
	struct work_not_cancelled *w = container_of(dev_id, struct work_not_cancelled, pair);

	if (!bh_pair_take(&w->pair))
		return IRQ_NONE;
	schedule_work(&w->work);
	return IRQ_HANDLED;
}

static int work_not_cancelled_setup(struct bh_pair *pair)
{
	struct work_not_cancelled *w = container_of(pair, struct work_not_cancelled, pair);

	INIT_WORK(&w->work, work_not_cancelled_bottom);
	return 0;
}

static void work_not_cancelled_teardown(struct bh_pair *pair)
{
	struct work_not_cancelled *w = container_of(pair, struct work_not_cancelled, pair);

	/* free_irq() is behind us: nobody queues it any more. */
	flush_work(&w->work);
}

static struct work_not_cancelled demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = work_not_cancelled_top,
		.setup = work_not_cancelled_setup,
		.teardown = work_not_cancelled_teardown,
		.mechanism = BH_WORK,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a work item waited for at unload");
MODULE_LICENSE("GPL");
