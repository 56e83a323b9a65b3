// SPDX-License-Identifier: GPL-2.0
/*
 * lock_no_irqsave_broken: a lock shared with a hard interrupt handler, taken as
 * if that were a softirq.
 *
 * The rule it breaks: what a hard handler locks, everybody else locks with
 * interrupts off. spin_lock_bh() keeps softirqs away and no interrupt.
 *
 * What to expect: the handler spins with interrupts off, so the CPU cannot even
 * say so. The others miss it when a grace period does not end, after
 * rcu_cpu_stall_timeout seconds:
 *
 *	rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
 *
 * With a performance counter the hard-lockup detector says "Watchdog detected
 * hard LOCKUP on cpu 1"; CONFIG_PROVE_LOCKING tells without its having hit:
 * "inconsistent {HARDIRQ-ON-W} -> {IN-HARDIRQ-W} usage".
 *
 * The CPU is lost, and the machine follows: whoever sends it an interrupt and
 * waits for the answer waits for good.
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

	while (n--) {
		spin_lock_bh(&l->lock);
		/* Of all moments the device has its event now. */
		irq_line_raise(pair->line);
		l->total = 0;
		spin_unlock_bh(&l->lock);
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
		.breaks = "broken on purpose: a hard handler will wait for whom it interrupted",
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a lock shared with a hard handler, taken with interrupts on");
MODULE_LICENSE("GPL");
