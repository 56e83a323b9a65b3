// SPDX-License-Identifier: GPL-2.0
/*
 * irq_bogus_return_broken: a handler that returns how many events there were.
 *
 * The rule it breaks: a handler returns IRQ_NONE (0), IRQ_HANDLED (1) or
 * IRQ_WAKE_THREAD (2), and neither a number nor an error.
 *
 * What to expect: nothing with one event at a time. With two there is talk of a thread,
 * with seven:
 *
 *	irq event 39: bogus return value 7
 *
 * The machine survives; the first hundred are reported.
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
	return events;
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
		.breaks = "broken on purpose: a handler returns what the kernel does not know",
		.mechanism = BH_HARDIRQ,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a handler that returns a number");
MODULE_LICENSE("GPL");
