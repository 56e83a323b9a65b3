// SPDX-License-Identifier: GPL-2.0
/*
 * irq_null_handler_broken: a thread without hard handler, and without IRQF_ONESHOT.
 *
 * The rule it breaks: without a hard handler nobody talks to the device before the
 * thread does, so the line has to stay masked until then: IRQF_ONESHOT.
 *
 * What to expect: request_threaded_irq() refuses with -EINVAL, whatever kind the
 * line is (kernel/irq/manage.c:__setup_irq()),
 *
 *	Threaded irq requested with handler=NULL and !ONESHOT for ...
 *
 * Nothing is damaged: the module is not loaded.
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
		.thread_fn = irq_null_handler_thread,
		.breaks = "broken on purpose: it asks for a thread that the kernel refuses",
		.mechanism = BH_IRQ_THREAD,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a thread alone, without IRQF_ONESHOT");
MODULE_LICENSE("GPL");
