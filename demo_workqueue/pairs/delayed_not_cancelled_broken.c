// SPDX-License-Identifier: GPL-2.0
/*
 * delayed_not_cancelled_broken: a driver that goes while its delayed work waits.
 *
 * The rule it breaks: a delayed work is a timer and a work item. flush_work() knows
 * the item only, which is not queued yet: it waits for nothing, and the timer stays
 * armed. (cancel_work_sync() would wait, as it cannot take an item that only its timer
 * has: it tries and tries until the timer has fired, and computes for as long. See
 * kernel/workqueue.c:try_to_grab_pending().)
 *
 * What to expect: the timer wheel holds a timer that lies in memory that is gone,
 *
 *	BUG: unable to handle page fault for address: ffffffffc0...
 *	Kernel panic - not syncing: Fatal exception in interrupt
 *
 * The machine is dead. CONFIG_DEBUG_OBJECTS_TIMERS says "ODEBUG: free active" when
 * the memory goes, and takes the timer off the wheel: that machine survives.
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
	flush_work(&d->dwork.work);
}

static struct delayed_not_cancelled demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = delayed_not_cancelled_top,
		.setup = delayed_not_cancelled_setup,
		.teardown = delayed_not_cancelled_teardown,
		.breaks = "broken on purpose: unloaded after an event it leaves a timer behind",
		.mechanism = BH_WORK,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a delayed work whose timer is forgotten at unload");
MODULE_LICENSE("GPL");
