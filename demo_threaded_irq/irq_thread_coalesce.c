// SPDX-License-Identifier: GPL-2.0
/*
 * irq_thread_coalesce: many wake-ups, one run of the thread.
 *
 * An edge line without IRQF_ONESHOT: nothing is masked, so the hard handler
 * runs again while the thread is at work. Each IRQ_WAKE_THREAD sets one bit,
 * IRQTF_RUNTHREAD; it does not count. Events are kept in the driver and drained
 * by the thread, so fewer runs lose nothing.
 */
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_probe.h"
#include "irq_line.h"
#include "slow_bus.h"

struct irq_thread_coalesce {
	struct irq_line *line;
	struct slow_bus bus;
	/* Top and bottom half run at the same time here: atomic, not plain. */
	atomic_t fifo;
	struct bh_counters counters;
	struct bh_probe top;
	struct bh_probe bottom;
};

static struct irq_thread_coalesce coalesce;

static irqreturn_t irq_thread_coalesce_thread(int irq, void *dev_id)
{
	struct irq_thread_coalesce *c = dev_id;
	int events;

	bh_probe_run(&c->bottom);
	/*
	 * IRQTF_RUNTHREAD was cleared before this call: an interrupt from here
	 * on sets it again, and the thread comes back for what this drain, at
	 * the start of the run, did not see.
	 */
	events = atomic_xchg(&c->fifo, 0);
	slow_bus_transfer(&c->bus);
	atomic64_inc(&c->counters.bottom_halves);
	atomic64_add(events, &c->counters.handled);
	return events ? IRQ_HANDLED : IRQ_NONE;
}

static irqreturn_t irq_thread_coalesce_top(int irq, void *dev_id)
{
	struct irq_thread_coalesce *c = dev_id;
	unsigned int events = irq_line_ack(c->line);

	if (!events)
		return IRQ_NONE;

	bh_probe_run(&c->top);
	atomic64_inc(&c->counters.top_halves);
	atomic64_add(events, &c->counters.events);
	/* Before the wake-up: a thread that is woken finds the events. */
	atomic_add(events, &c->fifo);
	bh_probe_raise(&c->bottom);
	return IRQ_WAKE_THREAD;
}

static int __init irq_thread_coalesce_init(void)
{
	int err;

	coalesce.line = irq_line_create("irq_thread_coalesce", IRQ_LINE_EDGE);
	if (IS_ERR(coalesce.line))
		return PTR_ERR(coalesce.line);

	bh_counters_init(&coalesce.counters, coalesce.line);
	slow_bus_init(&coalesce.bus, irq_line_dir(coalesce.line));
	err = bh_probe_init(&coalesce.top, coalesce.line, "top", BH_HARDIRQ);
	if (err)
		goto err_line;
	err = bh_probe_init(&coalesce.bottom, coalesce.line, "bottom",
			    BH_IRQ_THREAD);
	if (err)
		goto err_top;

	err = request_threaded_irq(irq_line_irq(coalesce.line),
				   irq_thread_coalesce_top,
				   irq_thread_coalesce_thread, 0,
				   "irq_thread_coalesce", &coalesce);
	if (err)
		goto err_bottom;
	return 0;

err_bottom:
	bh_probe_destroy(&coalesce.bottom);
err_top:
	bh_probe_destroy(&coalesce.top);
err_line:
	irq_line_destroy(coalesce.line);
	return err;
}
module_init(irq_thread_coalesce_init);

static void __exit irq_thread_coalesce_exit(void)
{
	/* free_irq() waits for the thread: it must be able to finish. */
	slow_bus_close(&coalesce.bus);
	free_irq(irq_line_irq(coalesce.line), &coalesce);
	bh_probe_destroy(&coalesce.bottom);
	bh_probe_destroy(&coalesce.top);
	irq_line_destroy(coalesce.line);
}
module_exit(irq_thread_coalesce_exit);

MODULE_DESCRIPTION("Bottom halves: wake-ups of an interrupt thread coalesce");
MODULE_LICENSE("GPL");
