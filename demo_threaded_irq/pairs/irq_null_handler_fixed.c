// SPDX-License-Identifier: GPL-2.0
/*
 * irq_null_handler_fixed: a thread without hard handler, and IRQF_ONESHOT.
 *
 * The rule it keeps: without a hard handler nobody talks to the device before the
 * thread does, so the line has to stay masked until then: IRQF_ONESHOT.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_pair.h"

struct irq_null_handler {
	struct bh_pair pair;
};

static irqreturn_t irq_null_handler_thread(int irq, void *dev_id)
{
	struct irq_null_handler *i = container_of(dev_id, struct irq_null_handler, pair);

	bh_pair_run(&i->pair);
	if (!bh_pair_take(&i->pair))
		return IRQ_NONE;
	bh_pair_drain(&i->pair);
	return IRQ_HANDLED;
}

static struct irq_null_handler demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_LEVEL,
		.irqflags = IRQF_ONESHOT,
		.thread_fn = irq_null_handler_thread,
		.mechanism = BH_IRQ_THREAD,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a thread alone, with IRQF_ONESHOT");
MODULE_LICENSE("GPL");
