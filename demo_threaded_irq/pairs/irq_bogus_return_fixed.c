// SPDX-License-Identifier: GPL-2.0
/*
 * irq_bogus_return_fixed: a handler that returns that there were events.
 *
 * The rule it keeps: a handler returns IRQ_NONE (0), IRQ_HANDLED (1) or
 * IRQ_WAKE_THREAD (2), and neither a number nor an error.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/module.h>

#include "bh_pair.h"

struct irq_bogus_return {
	struct bh_pair pair;
};

/* Hard interrupt context. */
static irqreturn_t irq_bogus_return_top(int irq, void *dev_id)
{
	struct irq_bogus_return *i = container_of(dev_id, struct irq_bogus_return, pair);
	unsigned int events = bh_pair_take(&i->pair);

	bh_pair_run(&i->pair);
	bh_pair_drain(&i->pair);
	return IRQ_RETVAL(events);
}

/* Process context: n events before the handler gets to see any. */
static int irq_bogus_return_burst(struct bh_pair *pair, u64 n)
{
	unsigned long flags;

	local_irq_save(flags);
	while (n--)
		irq_line_raise(pair->line);
	local_irq_restore(flags);
	return 0;
}

static struct irq_bogus_return demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = irq_bogus_return_top,
		.command = irq_bogus_return_burst,
		.mechanism = BH_HARDIRQ,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a handler that returns IRQ_HANDLED");
MODULE_LICENSE("GPL");
