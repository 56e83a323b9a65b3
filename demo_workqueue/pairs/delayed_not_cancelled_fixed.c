// SPDX-License-Identifier: GPL-2.0
/*
 * delayed_not_cancelled_fixed: a driver that ends its delayed work, timer and all.
 *
 * The rule it keeps: a delayed work is a timer and a work item, and its functions
 * have "delayed" in their names. cancel_delayed_work_sync() drops both;
 * flush_delayed_work() runs it now and waits, so that what was taken over is handled.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "bh_pair.h"

struct delayed_not_cancelled {
	struct bh_pair pair;
	struct delayed_work dwork;
};

static unsigned int delay_ms = 20;
module_param(delay_ms, uint, 0444);
MODULE_PARM_DESC(delay_ms, "how long events are gathered before they are handled (20)");

static void delayed_not_cancelled_bottom(struct work_struct *work)
{
	struct delayed_not_cancelled *d =
		container_of(to_delayed_work(work), struct delayed_not_cancelled, dwork);

	bh_pair_run(&d->pair);
	bh_pair_drain(&d->pair);
}

static irqreturn_t delayed_not_cancelled_top(int irq, void *dev_id)
{
	struct delayed_not_cancelled *d = container_of(dev_id, struct delayed_not_cancelled, pair);

	if (!bh_pair_take(&d->pair))
		return IRQ_NONE;
	schedule_delayed_work(&d->dwork, msecs_to_jiffies(delay_ms));
	return IRQ_HANDLED;
}

static int delayed_not_cancelled_setup(struct bh_pair *pair)
{
	struct delayed_not_cancelled *d = container_of(pair, struct delayed_not_cancelled, pair);

	INIT_DELAYED_WORK(&d->dwork, delayed_not_cancelled_bottom);
	return 0;
}

static void delayed_not_cancelled_teardown(struct bh_pair *pair)
{
	struct delayed_not_cancelled *d = container_of(pair, struct delayed_not_cancelled, pair);

	/* free_irq() is behind us: nobody queues it any more. */
	flush_delayed_work(&d->dwork);
}

static struct delayed_not_cancelled demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = delayed_not_cancelled_top,
		.setup = delayed_not_cancelled_setup,
		.teardown = delayed_not_cancelled_teardown,
		.mechanism = BH_WORK,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a delayed work ended at unload, timer and all");
MODULE_LICENSE("GPL");
