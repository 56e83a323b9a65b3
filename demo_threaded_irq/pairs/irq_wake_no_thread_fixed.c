// SPDX-License-Identifier: GPL-2.0
/*
 * irq_wake_no_thread_fixed: a handler that wakes the thread that was asked for.
 *
 * The rule it keeps: IRQ_WAKE_THREAD is for interrupts requested with a thread
 * function, by request_threaded_irq().
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_pair.h"

struct irq_wake_no_thread {
	struct bh_pair pair;
};

static irqreturn_t irq_wake_no_thread_thread(int irq, void *dev_id)
{
	struct irq_wake_no_thread *i = container_of(dev_id, struct irq_wake_no_thread, pair);

	bh_pair_run(&i->pair);
	bh_pair_drain(&i->pair);
	return IRQ_HANDLED;
}

static irqreturn_t irq_wake_no_thread_top(int irq, void *dev_id)
{
	struct irq_wake_no_thread *i = container_of(dev_id, struct irq_wake_no_thread, pair);

	if (!bh_pair_take(&i->pair))
		return IRQ_NONE;
	return IRQ_WAKE_THREAD;
}

static struct irq_wake_no_thread demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = irq_wake_no_thread_top,
		.thread_fn = irq_wake_no_thread_thread,
		.mechanism = BH_IRQ_THREAD,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: IRQ_WAKE_THREAD with a thread");
MODULE_LICENSE("GPL");
