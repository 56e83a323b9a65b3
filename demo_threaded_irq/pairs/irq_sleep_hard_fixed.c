// SPDX-License-Identifier: GPL-2.0
/*
 * irq_sleep_hard_fixed: a hard handler that leaves the sleeping to a thread.
 *
 * The rule it keeps: a hard handler runs on the back of whatever was interrupted,
 * with interrupts off. What must sleep goes to a thread.
 *
 * What to expect: no message, and every event handled.
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

static irqreturn_t irq_sleep_hard_thread(int irq, void *dev_id)
{
	device_transfer(container_of(dev_id, struct irq_sleep_hard, pair));
	return IRQ_HANDLED;
}

static irqreturn_t irq_sleep_hard_top(int irq, void *dev_id)
{
	struct irq_sleep_hard *i = container_of(dev_id, struct irq_sleep_hard, pair);

	if (!bh_pair_take(&i->pair))
		return IRQ_NONE;
	return IRQ_WAKE_THREAD;
}

static struct irq_sleep_hard demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = irq_sleep_hard_top,
		.thread_fn = irq_sleep_hard_thread,
		.mechanism = BH_IRQ_THREAD,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a hard handler that leaves the sleeping to a thread");
MODULE_LICENSE("GPL");
