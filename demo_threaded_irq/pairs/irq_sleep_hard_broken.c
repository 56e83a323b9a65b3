// SPDX-License-Identifier: GPL-2.0
/*
 * irq_sleep_hard_broken: a hard handler that sleeps.
 *
 * The rule it breaks: a hard handler runs on the back of whatever was interrupted,
 * with interrupts off. What must sleep goes to a thread.
 *
 * What to expect, at the first event:
 *
 *	BUG: scheduling while atomic: TASK/PID/0x00010001
 *	irq 41 handler irq_sleep_hard_top+0x0/0x... enabled interrupts
 *
 * The machine survives on a stock kernel where a task was interrupted, as by
 * "raise". On PREEMPT_RT the handler is a thread with bottom halves disabled: it is
 * "Voluntary context switch within RCU read-side critical section!", and 6.12 mostly
 * loses the CPU.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_pair.h"

struct irq_sleep_hard {
	struct bh_pair pair;
};

/* Ask the device, by a slow bus, what it wants. */
static void device_transfer(struct irq_sleep_hard *i)
{
	bh_pair_run(&i->pair);
	usleep_range(2000, 3000);
	bh_pair_drain(&i->pair);
}

static irqreturn_t irq_sleep_hard_top(int irq, void *dev_id)
{
	struct irq_sleep_hard *i = container_of(dev_id, struct irq_sleep_hard, pair);

	if (!bh_pair_take(&i->pair))
		return IRQ_NONE;
	device_transfer(i);
	return IRQ_HANDLED;
}

static struct irq_sleep_hard demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = irq_sleep_hard_top,
		.breaks = "broken on purpose: the first event makes a hard handler sleep",
		.mechanism = BH_IRQ_THREAD,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a hard handler that sleeps");
MODULE_LICENSE("GPL");
