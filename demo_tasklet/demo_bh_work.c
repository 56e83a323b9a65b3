// SPDX-License-Identifier: GPL-2.0
/*
 * demo_bh_work: the top half takes the events, a BH work item deals with them.
 *
 * Watch /proc/softirqs (row TASKLET) and the files below
 * /sys/kernel/debug/bh_testbench/demo_bh_work while you write to "raise".
 * demo_tasklet.c is the same driver on a tasklet: diff the two.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "bh_probe.h"
#include "irq_line.h"

struct demo {
	struct irq_line *line;
	struct work_struct work;
	atomic_t fifo;			/* events taken over, not yet handled */
	struct bh_counters counters;
	struct bh_probe top;
	struct bh_probe bottom;
};

static struct demo demo;

/* The bottom half: softirq context, interrupts on, never twice at a time. */
static void demo_bottom(struct work_struct *work)
{
	struct demo *d = from_work(d, work, work);

	bh_probe_run(&d->bottom);
	atomic64_inc(&d->counters.bottom_halves);
	/* One run may stand for many interrupts: drain, don't count runs. */
	atomic64_add(atomic_xchg(&d->fifo, 0), &d->counters.handled);
}

/* The top half: take from the device what it has, ask for the bottom half. */
static irqreturn_t demo_top(int irq, void *dev_id)
{
	struct demo *d = dev_id;
	unsigned int events = irq_line_ack(d->line);

	if (!events)
		return IRQ_NONE;

	bh_probe_run(&d->top);
	atomic64_inc(&d->counters.top_halves);
	atomic64_add(events, &d->counters.events);
	/* Fill first, schedule second: the run that follows must see it. */
	atomic_add(events, &d->fifo);
	bh_probe_raise(&d->bottom);
	queue_work(system_bh_wq, &d->work);
	return IRQ_HANDLED;
}

static int __init demo_init(void)
{
	int err;

	demo.line = irq_line_create(KBUILD_MODNAME, IRQ_LINE_EDGE);
	if (IS_ERR(demo.line))
		return PTR_ERR(demo.line);

	bh_counters_init(&demo.counters, demo.line);
	err = bh_probe_init(&demo.top, demo.line, "top", BH_HARDIRQ);
	if (err)
		goto err_line;
	err = bh_probe_init(&demo.bottom, demo.line, "bottom", BH_BH_WORK);
	if (err)
		goto err_top;

	INIT_WORK(&demo.work, demo_bottom);
	err = request_irq(irq_line_irq(demo.line), demo_top, 0,
			  KBUILD_MODNAME, &demo);
	if (err)
		goto err_bottom;
	return 0;

err_bottom:
	bh_probe_destroy(&demo.bottom);
err_top:
	bh_probe_destroy(&demo.top);
err_line:
	irq_line_destroy(demo.line);
	return err;
}
module_init(demo_init);

static void __exit demo_exit(void)
{
	/* Source off first: after free_irq() nobody queues the work. */
	free_irq(irq_line_irq(demo.line), &demo);
	/* Then the bottom half: drops one that is queued, waits for a running one. */
	cancel_work_sync(&demo.work);
	/* Only now may go what the bottom half used. */
	bh_probe_destroy(&demo.bottom);
	bh_probe_destroy(&demo.top);
	irq_line_destroy(demo.line);
}
module_exit(demo_exit);

MODULE_DESCRIPTION("Bottom halves: a BH work item");
MODULE_LICENSE("GPL");
