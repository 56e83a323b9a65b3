// SPDX-License-Identifier: GPL-2.0
/*
 * work_flush_self_fixed: a work item that knows that nobody else runs it.
 *
 * The rule it keeps: flush_work() is for others than the item. In its own function
 * there is nobody to wait for: an item does not run twice at a time, and what
 * came in meanwhile has queued it again.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "bh_pair.h"

struct work_flush_self {
	struct bh_pair pair;
	struct work_struct work;
	u64 reported;			/* changes only while the item does not run */
};

/* For the item, or after it was flushed. */
static void __report(struct work_flush_self *w)
{
	w->reported = atomic64_read(&w->pair.counters.handled);
}

/* Process context. */
static void report(struct work_flush_self *w)
{
	flush_work(&w->work);
	__report(w);
}

static void work_flush_self_bottom(struct work_struct *work)
{
	struct work_flush_self *w = container_of(work, struct work_flush_self, work);

	bh_pair_run(&w->pair);
	bh_pair_drain(&w->pair);
	__report(w);
}

static irqreturn_t work_flush_self_top(int irq, void *dev_id)
{
	struct work_flush_self *w = container_of(dev_id, struct work_flush_self, pair);

	if (!bh_pair_take(&w->pair))
		return IRQ_NONE;
	schedule_work(&w->work);
	return IRQ_HANDLED;
}

static int work_flush_self_report(struct bh_pair *pair, u64 n)
{
	struct work_flush_self *w = container_of(pair, struct work_flush_self, pair);

	report(w);
	return 0;
}

static int work_flush_self_setup(struct bh_pair *pair)
{
	struct work_flush_self *w = container_of(pair, struct work_flush_self, pair);

	INIT_WORK(&w->work, work_flush_self_bottom);
	return 0;
}

static void work_flush_self_teardown(struct bh_pair *pair)
{
	struct work_flush_self *w = container_of(pair, struct work_flush_self, pair);

	flush_work(&w->work);
}

static struct work_flush_self demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = work_flush_self_top,
		.setup = work_flush_self_setup,
		.teardown = work_flush_self_teardown,
		.command = work_flush_self_report,
		.mechanism = BH_WORK,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a work item that knows that nobody else runs it");
MODULE_LICENSE("GPL");
