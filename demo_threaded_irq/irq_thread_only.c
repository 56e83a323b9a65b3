// SPDX-License-Identifier: GPL-2.0
/*
 * irq_thread_only: no hard handler at all, the thread does everything.
 *
 * A device behind a slow bus cannot even be asked in hard interrupt context,
 * so request_threaded_irq() gets NULL for the hard handler. The kernel puts
 * irq_default_primary_handler() there, which only wakes the thread; the wire is
 * still up when it returns. IRQF_ONESHOT keeps the line masked until the thread
 * has talked to the device, and the kernel refuses the request without it.
 */
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_probe.h"
#include "irq_line.h"
#include "slow_bus.h"

struct irq_thread_only {
	struct irq_line *line;
	struct slow_bus bus;
	struct bh_counters counters;	/* top_halves stays 0: there is none */
	struct bh_probe bottom;
};

static struct irq_thread_only only;

/* Top and bottom half in one: a task, the line masked, the wire up. */
static irqreturn_t irq_thread_only_thread(int irq, void *dev_id)
{
	struct irq_thread_only *o = dev_id;
	unsigned int events;

	bh_probe_run(&o->bottom);
	/* Reading the device's register sleeps: the reason for all this. */
	slow_bus_transfer(&o->bus);
	events = irq_line_ack(o->line);
	atomic64_inc(&o->counters.bottom_halves);
	atomic64_add(events, &o->counters.events);
	atomic64_add(events, &o->counters.handled);
	/* The wire is down; on return irq_finalize_oneshot() unmasks. */
	return events ? IRQ_HANDLED : IRQ_NONE;
}

static int __init irq_thread_only_init(void)
{
	int err;

	only.line = irq_line_create("irq_thread_only", IRQ_LINE_LEVEL);
	if (IS_ERR(only.line))
		return PTR_ERR(only.line);

	bh_counters_init(&only.counters, only.line);
	slow_bus_init(&only.bus, irq_line_dir(only.line));
	err = bh_probe_init(&only.bottom, only.line, "bottom", BH_IRQ_THREAD);
	if (err)
		goto err_line;

	err = request_threaded_irq(irq_line_irq(only.line), NULL,
				   irq_thread_only_thread, IRQF_ONESHOT,
				   "irq_thread_only", &only);
	if (err)
		goto err_bottom;
	return 0;

err_bottom:
	bh_probe_destroy(&only.bottom);
err_line:
	irq_line_destroy(only.line);
	return err;
}
module_init(irq_thread_only_init);

static void __exit irq_thread_only_exit(void)
{
	/* free_irq() waits for the thread: it must be able to finish. */
	slow_bus_close(&only.bus);
	free_irq(irq_line_irq(only.line), &only);
	/* The thread has ended. Only now may go what it used. */
	bh_probe_destroy(&only.bottom);
	irq_line_destroy(only.line);
}
module_exit(irq_thread_only_exit);

MODULE_DESCRIPTION("Bottom halves: a threaded handler without a hard one");
MODULE_LICENSE("GPL");
