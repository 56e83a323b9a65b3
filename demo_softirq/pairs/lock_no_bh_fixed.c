// SPDX-License-Identifier: GPL-2.0
/*
 * lock_no_bh_fixed: a lock shared with a softirq, taken by tasks with _bh.
 *
 * The rule it keeps: what a softirq locks, a task locks with spin_lock_bh().
 * Until it unlocks no softirq runs on this CPU; one on another CPU spins for as
 * long as the lock is held, and that is short.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/spinlock.h>

#include "bh_pair.h"

struct lock_no_bh {
	struct bh_pair pair;
	struct tasklet_struct tasklet;
	spinlock_t lock;		/* protects total: tasklet against tasks */
	u64 total;
};

/* The bottom half: softirq context, no other softirq on this CPU meanwhile. */
static void lock_no_bh_bottom(struct tasklet_struct *tasklet)
{
	struct lock_no_bh *l = from_tasklet(l, tasklet, tasklet);

	bh_pair_run(&l->pair);
	spin_lock(&l->lock);
	l->total += bh_pair_drain(&l->pair);
	spin_unlock(&l->lock);
}

static irqreturn_t lock_no_bh_top(int irq, void *dev_id)
{
	struct lock_no_bh *l = container_of(dev_id, struct lock_no_bh, pair);

	if (!bh_pair_take(&l->pair))
		return IRQ_NONE;
	tasklet_schedule(&l->tasklet);
	return IRQ_HANDLED;
}

/* Process context: resets the total, n times. */
static int lock_no_bh_reset(struct bh_pair *pair, u64 n)
{
	struct lock_no_bh *l = container_of(pair, struct lock_no_bh, pair);

	while (n--) {
		spin_lock_bh(&l->lock);
		/* Of all moments the device has its event now. */
		irq_line_raise(pair->line);
		l->total = 0;
		spin_unlock_bh(&l->lock);
	}
	return 0;
}

static int lock_no_bh_setup(struct bh_pair *pair)
{
	struct lock_no_bh *l = container_of(pair, struct lock_no_bh, pair);

	spin_lock_init(&l->lock);
	tasklet_setup(&l->tasklet, lock_no_bh_bottom);
	return 0;
}

static void lock_no_bh_teardown(struct bh_pair *pair)
{
	struct lock_no_bh *l = container_of(pair, struct lock_no_bh, pair);

	tasklet_kill(&l->tasklet);
}

static struct lock_no_bh demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = lock_no_bh_top,
		.setup = lock_no_bh_setup,
		.teardown = lock_no_bh_teardown,
		.command = lock_no_bh_reset,
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a lock shared with a softirq, taken with _bh");
MODULE_LICENSE("GPL");
