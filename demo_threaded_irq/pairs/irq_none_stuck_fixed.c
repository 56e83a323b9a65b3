// SPDX-License-Identifier: GPL-2.0
/*
 * irq_none_stuck_fixed: a handler that knows its own interrupt.
 *
 * The rule it keeps: a handler looks at the right bit, and what it finds it
 * acknowledges. IRQ_NONE is for an interrupt of somebody else.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/bits.h>
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_pair.h"

/* The device's status register; the bits that are not named say nothing of events. */
#define STATUS_LINK		BIT(0)
#define STATUS_EVENT		BIT(7)

static u8 device_status(void)
{
	/* We were called, so the line is up: an event, and the link is down. */
	return STATUS_EVENT;
}

struct irq_none_stuck {
	struct bh_pair pair;
};

static irqreturn_t irq_none_stuck_top(int irq, void *dev_id)
{
	struct irq_none_stuck *i = container_of(dev_id, struct irq_none_stuck, pair);

	if (!(device_status() & STATUS_EVENT))
		return IRQ_NONE;
	bh_pair_take(&i->pair);
	bh_pair_run(&i->pair);
	bh_pair_drain(&i->pair);
	return IRQ_HANDLED;
}

static struct irq_none_stuck demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_LEVEL,
		.handler = irq_none_stuck_top,
		.mechanism = BH_HARDIRQ,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a handler that knows its own interrupt");
MODULE_LICENSE("GPL");
