// SPDX-License-Identifier: GPL-2.0
/*
 * lock_no_bh_broken: a lock shared with a softirq, taken as if there were none.
 *
 * The rule it breaks: what a softirq locks, a task locks with spin_lock_bh().
 * With spin_lock() the softirq may come in on the same CPU while the task holds
 * the lock, and then waits for a task that waits for the softirq to end.
 *
 * What to expect: nothing until it hits, then, after 2 * watchdog_thresh seconds,
 *
 *	watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [sh:227]
 *
 * CONFIG_PROVE_LOCKING tells without its having hit: "inconsistent
 * {SOFTIRQ-ON-W} -> {IN-SOFTIRQ-W} usage".
 *
 * The CPU is lost, and with it whoever wants something of it: not for long does
 * the machine go on with the others.
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
		spin_lock(&l->lock);
		/* Of all moments the device has its event now. */
		irq_line_raise(pair->line);
		l->total = 0;
		spin_unlock(&l->lock);
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
		.breaks = "broken on purpose: a tasklet will wait for whom it interrupted",
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a lock shared with a softirq, taken without _bh");
MODULE_LICENSE("GPL");
