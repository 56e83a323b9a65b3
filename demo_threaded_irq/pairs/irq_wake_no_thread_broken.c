// SPDX-License-Identifier: GPL-2.0
/*
 * irq_wake_no_thread_broken: a handler that wakes a thread that was not asked for.
 *
 * The rule it breaks: IRQ_WAKE_THREAD is for interrupts requested with a thread
 * function, by request_threaded_irq().
 *
 * What to expect, once (kernel/irq/handle.c:warn_no_thread()):
 *
 *	IRQ 41 device irq_wake_no_thread_broken returned IRQ_WAKE_THREAD but no
 *		thread function available.
 *
 * The machine survives; the events are lost.
 */
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_pair.h"

struct irq_wake_no_thread {
	struct bh_pair pair;
};

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
		.breaks = "broken on purpose: the first event wakes a thread that is not there",
		.mechanism = BH_IRQ_THREAD,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: IRQ_WAKE_THREAD without a thread");
MODULE_LICENSE("GPL");
