// SPDX-License-Identifier: GPL-2.0
/*
 * irq_no_oneshot_fixed: a level line that is masked until the thread is done.
 *
 * The rule it keeps: where only the thread can quieten the device, the line has to
 * stay masked until the thread is through: IRQF_ONESHOT.
 *
 * What to expect: no message, every event handled, an interrupt an event at most.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_pair.h"

struct irq_no_oneshot {
	struct bh_pair pair;
};

static irqreturn_t irq_no_oneshot_thread(int irq, void *dev_id)
{
	struct irq_no_oneshot *i = container_of(dev_id, struct irq_no_oneshot, pair);

	bh_pair_run(&i->pair);
	/* The bus that the device sits on is slow. */
	usleep_range(2000, 3000);
	/* Only now is the device told, and the line goes down. */
	if (!bh_pair_take(&i->pair))
		return IRQ_NONE;
	bh_pair_drain(&i->pair);
	return IRQ_HANDLED;
}

/* Hard interrupt context: no way to the device from here. */
static irqreturn_t irq_no_oneshot_top(int irq, void *dev_id)
{
	return IRQ_WAKE_THREAD;
}

static struct irq_no_oneshot demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_LEVEL,
		.irqflags = IRQF_ONESHOT,
		.handler = irq_no_oneshot_top,
		.thread_fn = irq_no_oneshot_thread,
		.mechanism = BH_IRQ_THREAD,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a level line masked until the thread is done");
MODULE_LICENSE("GPL");
