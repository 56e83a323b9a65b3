// SPDX-License-Identifier: GPL-2.0
/*
 * work_leaks_lock_fixed: one way out of a work function, and the lock released on it.
 *
 * The rule it keeps: a work function gives its worker back as it got it: no lock
 * held, preemption, bottom halves and interrupts on.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "bh_pair.h"

struct work_leaks_lock {
	struct bh_pair pair;
	struct work_struct work;
	spinlock_t lock;		/* protects frames */
	unsigned int frames;
};

/* Every second frame is bad, beginning with the first. */
static bool frame_is_bad(struct work_leaks_lock *w)
{
	return w->frames++ % 2 == 0;
}

static void work_leaks_lock_bottom(struct work_struct *work)
{
	struct work_leaks_lock *w = container_of(work, struct work_leaks_lock, work);

	bh_pair_run(&w->pair);
	bh_pair_drain(&w->pair);
	spin_lock(&w->lock);
	if (frame_is_bad(w))
		goto out;
	/* Here a good frame would go to its protocol. */
out:
	spin_unlock(&w->lock);
}

static irqreturn_t work_leaks_lock_top(int irq, void *dev_id)
{
	struct work_leaks_lock *w = container_of(dev_id, struct work_leaks_lock, pair);

	if (!bh_pair_take(&w->pair))
		return IRQ_NONE;
	schedule_work(&w->work);
	return IRQ_HANDLED;
}

static int work_leaks_lock_setup(struct bh_pair *pair)
{
	struct work_leaks_lock *w = container_of(pair, struct work_leaks_lock, pair);

	spin_lock_init(&w->lock);
	INIT_WORK(&w->work, work_leaks_lock_bottom);
	return 0;
}

static void work_leaks_lock_teardown(struct bh_pair *pair)
{
	struct work_leaks_lock *w = container_of(pair, struct work_leaks_lock, pair);

	flush_work(&w->work);
}

static struct work_leaks_lock demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = work_leaks_lock_top,
		.setup = work_leaks_lock_setup,
		.teardown = work_leaks_lock_teardown,
		.mechanism = BH_WORK,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a lock released on every way out");
MODULE_LICENSE("GPL");
