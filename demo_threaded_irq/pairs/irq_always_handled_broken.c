// SPDX-License-Identifier: GPL-2.0
/*
 * irq_always_handled_broken: a handler that takes everything for its own.
 *
 * The rule it breaks: IRQ_HANDLED means that there was something and that it was
 * dealt with. The kernel counts IRQ_NONE to find a line that is stuck; this
 * handler blinds it.
 *
 * What to expect: nothing that names the culprit. The line stays up and interrupts
 * for ever; the bench pulls the plug after 300,000, a real device does not.
 *
 * The machine survives because of that. Otherwise the CPU would be lost.
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

struct irq_always_handled {
	struct bh_pair pair;
};

static irqreturn_t irq_always_handled_top(int irq, void *dev_id)
{
	struct irq_always_handled *i = container_of(dev_id, struct irq_always_handled, pair);

	if (!(device_status() & STATUS_LINK))
		return IRQ_HANDLED;
	bh_pair_take(&i->pair);
	bh_pair_run(&i->pair);
	bh_pair_drain(&i->pair);
	return IRQ_HANDLED;
}

static struct irq_always_handled demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_LEVEL,
		.handler = irq_always_handled_top,
		.breaks = "broken on purpose: the first event makes a storm that nobody sees",
		.mechanism = BH_HARDIRQ,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a handler that takes everything for its own");
MODULE_LICENSE("GPL");
