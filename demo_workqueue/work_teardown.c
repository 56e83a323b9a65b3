// SPDX-License-Identifier: GPL-2.0
/*
 * work_teardown: why "source off" comes before "work cancelled".
 *
 * Reading the file "rounds" tries three ways to stop the work item. After each
 * the device has one more event, as devices do, and the file says whether the
 * item ran again. In a driver's remove function that run would find its memory
 * freed, and in a module's exit its code gone.
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include "bh_probe.h"
#include "irq_line.h"

struct work_teardown {
	struct irq_line *line;
	struct work_struct work;
	atomic_t fifo;			/* events taken over, not yet handled */
	struct mutex lock;		/* one experiment at a time */
	struct completion taken;	/* the top half has seen an event */
	struct bh_counters counters;
	struct bh_probe bottom;
};

static struct work_teardown demo;

static void work_teardown_bottom(struct work_struct *work)
{
	struct work_teardown *d = container_of(work, struct work_teardown, work);

	bh_probe_run(&d->bottom);
	atomic64_inc(&d->counters.bottom_halves);
	atomic64_add(atomic_xchg(&d->fifo, 0), &d->counters.handled);
}

static irqreturn_t work_teardown_top(int irq, void *dev_id)
{
	struct work_teardown *d = dev_id;
	unsigned int events = irq_line_ack(d->line);

	if (!events)
		return IRQ_NONE;

	atomic64_inc(&d->counters.top_halves);
	atomic64_add(events, &d->counters.events);
	atomic_add(events, &d->fifo);
	bh_probe_raise(&d->bottom);
	schedule_work(&d->work);
	complete(&d->taken);
	return IRQ_HANDLED;
}

static void event(struct work_teardown *d)
{
	reinit_completion(&d->taken);
	irq_line_raise(d->line);
	wait_for_completion_timeout(&d->taken, 30 * HZ);
}

/* One round: an event, the work stopped, an event more. Did the item run again? */
static void try(struct seq_file *s, struct work_teardown *d, const char *how,
		bool (*stop)(struct work_struct *work), bool source_off)
{
	int irq = irq_line_irq(d->line);
	unsigned int busy;
	s64 runs;

	event(d);
	if (source_off)
		disable_irq(irq);	/* waits for a handler that is running */
	stop(&d->work);
	busy = work_busy(&d->work);
	runs = atomic64_read(&d->counters.bottom_halves);

	if (source_off)
		irq_line_raise(d->line);	/* held back: nothing to wait for */
	else
		event(d);
	flush_work(&d->work);
	seq_printf(s, "%-35s  %-4s  %s\n", how, busy ? "busy" : "idle",
		   atomic64_read(&d->counters.bottom_halves) == runs ? "no" : "yes");

	if (source_off)
		enable_irq(irq);	/* the event held back comes now */
	/* What cancel_work_sync() took off the queue has to be handled, too. */
	schedule_work(&d->work);
	flush_work(&d->work);
}

static int rounds_show(struct seq_file *s, void *unused)
{
	struct work_teardown *d = s->private;

	seq_puts(s, "stopped with                         then  ran again\n");
	mutex_lock(&d->lock);
	try(s, d, "flush_work()", flush_work, false);
	try(s, d, "cancel_work_sync()", cancel_work_sync, false);
	try(s, d, "disable_irq(), cancel_work_sync()", cancel_work_sync, true);
	mutex_unlock(&d->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(rounds);

static int __init work_teardown_init(void)
{
	int err;

	demo.line = irq_line_create("work_teardown", IRQ_LINE_EDGE);
	if (IS_ERR(demo.line))
		return PTR_ERR(demo.line);

	bh_counters_init(&demo.counters, demo.line);
	err = bh_probe_init(&demo.bottom, demo.line, "bottom", BH_WORK);
	if (err)
		goto err_line;

	mutex_init(&demo.lock);
	init_completion(&demo.taken);
	INIT_WORK(&demo.work, work_teardown_bottom);
	err = request_irq(irq_line_irq(demo.line), work_teardown_top, 0,
			  "work_teardown", &demo);
	if (err)
		goto err_bottom;
	debugfs_create_file("rounds", 0400, irq_line_dir(demo.line), &demo,
			    &rounds_fops);
	return 0;

err_bottom:
	bh_probe_destroy(&demo.bottom);
err_line:
	irq_line_destroy(demo.line);
	return err;
}
module_init(work_teardown_init);

static void __exit work_teardown_exit(void)
{
	/* Nobody reads "rounds": an open file would have refused the rmmod. */
	free_irq(irq_line_irq(demo.line), &demo);
	cancel_work_sync(&demo.work);
	bh_probe_destroy(&demo.bottom);
	irq_line_destroy(demo.line);
}
module_exit(work_teardown_exit);

MODULE_DESCRIPTION("Bottom halves: why flushing or cancelling a work item is not enough");
MODULE_LICENSE("GPL");
