// SPDX-License-Identifier: GPL-2.0
/*
 * lock_no_irqsave_fixed: a lock shared with a hard interrupt handler, taken by
 * everybody else with interrupts off.
 *
 * The rule it keeps: what a hard handler locks, everybody else locks with
 * spin_lock_irqsave(). The handler itself needs no more than spin_lock(): it
 * runs with interrupts off.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/spinlock.h>

#include "bh_pair.h"

struct lock_no_irqsave {
	struct bh_pair pair;
	struct tasklet_struct tasklet;
	spinlock_t lock;		/* protects total: hard handler against tasks */
	u64 total;
};

static void lock_no_irqsave_bottom(struct tasklet_struct *tasklet)
{
	struct lock_no_irqsave *l = from_tasklet(l, tasklet, tasklet);

	bh_pair_run(&l->pair);
	bh_pair_drain(&l->pair);
}

/* Hard interrupt context. */
static irqreturn_t lock_no_irqsave_top(int irq, void *dev_id)
{
	struct lock_no_irqsave *l = container_of(dev_id, struct lock_no_irqsave, pair);
	unsigned int events = bh_pair_take(&l->pair);

	if (!events)
		return IRQ_NONE;
	spin_lock(&l->lock);
	l->total += events;
	spin_unlock(&l->lock);
	tasklet_schedule(&l->tasklet);
	return IRQ_HANDLED;
}

/* Process context: resets the total, n times. */
static int lock_no_irqsave_reset(struct bh_pair *pair, u64 n)
{
	struct lock_no_irqsave *l = container_of(pair, struct lock_no_irqsave, pair);
	unsigned long flags;

	while (n--) {
		spin_lock_irqsave(&l->lock, flags);
		/* Of all moments the device has its event now. */
		irq_line_raise(pair->line);
		l->total = 0;
		spin_unlock_irqrestore(&l->lock, flags);
	}
	return 0;
}

static int lock_no_irqsave_setup(struct bh_pair *pair)
{
	struct lock_no_irqsave *l = container_of(pair, struct lock_no_irqsave, pair);

	spin_lock_init(&l->lock);
	tasklet_setup(&l->tasklet, lock_no_irqsave_bottom);
	return 0;
}

static void lock_no_irqsave_teardown(struct bh_pair *pair)
{
	struct lock_no_irqsave *l = container_of(pair, struct lock_no_irqsave, pair);

	tasklet_kill(&l->tasklet);
}

static struct lock_no_irqsave demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = lock_no_irqsave_top,
		.setup = lock_no_irqsave_setup,
		.teardown = lock_no_irqsave_teardown,
		.command = lock_no_irqsave_reset,
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a lock shared with a hard handler, taken with interrupts off");
MODULE_LICENSE("GPL");
