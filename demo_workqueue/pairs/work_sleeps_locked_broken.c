// SPDX-License-Identifier: GPL-2.0
/*
 * work_sleeps_locked_broken: a worker that sleeps with a spin lock held.
 *
 * The rule it breaks: a worker may sleep, but not with a spin lock held. Who waits for
 * a spin lock spins, and with preemption off who holds it has to keep the CPU.
 *
 * What to expect, at the first event:
 *
 *	BUG: scheduling while atomic: kworker/1:1/45/0x00000002
 *
 * On PREEMPT_RT, where a spinlock_t is an RCU reader and no count, it is "Voluntary
 * context switch within RCU read-side critical section!".
 *
 * The machine survives. A task that wants the lock meanwhile spins for as long, and if
 * it does so on the same CPU for good.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "bh_pair.h"

struct work_sleeps_locked {
	struct bh_pair pair;
	struct work_struct work;
	spinlock_t lock;		/* total */
	u64 total;
};

/* Have the events brought here from the device, and sleep until they are. */
static void device_transfer(struct work_sleeps_locked *w)
{
	usleep_range(20000, 30000);
}

static void work_sleeps_locked_bottom(struct work_struct *work)
{
	struct work_sleeps_locked *w = container_of(work, struct work_sleeps_locked, work);

	bh_pair_run(&w->pair);
	spin_lock(&w->lock);
	device_transfer(w);
	w->total += bh_pair_drain(&w->pair);
	spin_unlock(&w->lock);
}

static irqreturn_t work_sleeps_locked_top(int irq, void *dev_id)
{
	struct work_sleeps_locked *w = container_of(dev_id, struct work_sleeps_locked, pair);

	if (!bh_pair_take(&w->pair))
		return IRQ_NONE;
	schedule_work(&w->work);
	return IRQ_HANDLED;
}

/* Process context: the events are counted from n on. */
static int work_sleeps_locked_preset(struct bh_pair *pair, u64 n)
{
	struct work_sleeps_locked *w = container_of(pair, struct work_sleeps_locked, pair);

	spin_lock(&w->lock);
	w->total = n;
	spin_unlock(&w->lock);
	return 0;
}

static int work_sleeps_locked_setup(struct bh_pair *pair)
{
	struct work_sleeps_locked *w = container_of(pair, struct work_sleeps_locked, pair);

	spin_lock_init(&w->lock);
	INIT_WORK(&w->work, work_sleeps_locked_bottom);
	return 0;
}

static void work_sleeps_locked_teardown(struct bh_pair *pair)
{
	struct work_sleeps_locked *w = container_of(pair, struct work_sleeps_locked, pair);

	/* free_irq() is behind us: nobody queues it any more. */
	flush_work(&w->work);
}

static struct work_sleeps_locked demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = work_sleeps_locked_top,
		.setup = work_sleeps_locked_setup,
		.teardown = work_sleeps_locked_teardown,
		.command = work_sleeps_locked_preset,
		.breaks = "broken on purpose: an event makes a worker sleep with a lock held",
		.mechanism = BH_WORK,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a worker that sleeps with a spin lock held");
MODULE_LICENSE("GPL");
