// SPDX-License-Identifier: GPL-2.0
/*
 * work_coalesce: every event brings a message, and one embedded work item with
 * one place beside it carries them to the worker. Wrong, on purpose, and the
 * kernel says nothing: queue_work() returns false, the message is overwritten.
 * Count it in the file "messages" of the line. work_items and work_ring are
 * the two right answers.
 *
 * The message is the number of the event; it stands for a frame or a status.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include "bh_probe.h"
#include "irq_line.h"

struct work_coalesce {
	struct irq_line *line;
	struct work_struct work;
	unsigned int message;		/* one place for all messages: the bug */
	atomic_t fifo;			/* a number loses nothing: it adds up */
	unsigned int sent;		/* number of the last event */
	unsigned int last;		/* message of the run before */
	atomic64_t arrived;
	atomic64_t queued_already;	/* queue_work() returned false */
	struct bh_counters counters;
	struct bh_probe bottom;
};

static struct work_coalesce demo;

/*
 * A static item stands in no object, so its function learns nothing from its
 * address: it is for jobs that a module has once. This one prints what a hard
 * interrupt handler has no time to print.
 */
static void overwritten_fn(struct work_struct *unused)
{
	pr_notice("work_coalesce: a message was overwritten before the worker saw it\n");
}

static DECLARE_WORK(overwritten_work, overwritten_fn);

static void work_coalesce_bottom(struct work_struct *work)
{
	struct work_coalesce *d = container_of(work, struct work_coalesce, work);
	unsigned int events, message;

	bh_probe_run(&d->bottom);
	atomic64_inc(&d->counters.bottom_halves);
	events = atomic_xchg(&d->fifo, 0);
	message = READ_ONCE(d->message);
	if (message != d->last)
		atomic64_inc(&d->arrived);
	d->last = message;
	usleep_range(500, 1000);
	atomic64_add(events, &d->counters.handled);
}

static irqreturn_t work_coalesce_top(int irq, void *dev_id)
{
	struct work_coalesce *d = dev_id;
	unsigned int events = irq_line_ack(d->line), i;

	if (!events)
		return IRQ_NONE;

	atomic64_inc(&d->counters.top_halves);
	atomic64_add(events, &d->counters.events);
	for (i = 0; i < events; i++) {
		atomic_inc(&d->fifo);
		WRITE_ONCE(d->message, ++d->sent);
		bh_probe_raise(&d->bottom);
		if (!schedule_work(&d->work) &&
		    !atomic64_fetch_inc(&d->queued_already))
			schedule_work(&overwritten_work);
	}
	return IRQ_HANDLED;
}

static int messages_show(struct seq_file *s, void *unused)
{
	struct work_coalesce *d = s->private;
	s64 sent = atomic64_read(&d->counters.handled);
	s64 arrived = atomic64_read(&d->arrived);

	seq_printf(s, "sent %lld\narrived %lld\nlost %lld\nqueued_already %lld\n",
		   sent, arrived, sent - arrived,
		   (s64)atomic64_read(&d->queued_already));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(messages);

static int __init work_coalesce_init(void)
{
	int err;

	demo.line = irq_line_create("work_coalesce", IRQ_LINE_EDGE);
	if (IS_ERR(demo.line))
		return PTR_ERR(demo.line);

	bh_counters_init(&demo.counters, demo.line);
	err = bh_probe_init(&demo.bottom, demo.line, "bottom", BH_WORK);
	if (err)
		goto err_line;

	INIT_WORK(&demo.work, work_coalesce_bottom);
	debugfs_create_file("messages", 0400, irq_line_dir(demo.line), &demo,
			    &messages_fops);
	err = request_irq(irq_line_irq(demo.line), work_coalesce_top, 0,
			  "work_coalesce", &demo);
	if (err)
		goto err_bottom;
	return 0;

err_bottom:
	bh_probe_destroy(&demo.bottom);
err_line:
	irq_line_destroy(demo.line);
	return err;
}
module_init(work_coalesce_init);

static void __exit work_coalesce_exit(void)
{
	free_irq(irq_line_irq(demo.line), &demo);
	cancel_work_sync(&demo.work);
	/* The static item too: its function lies in this module. */
	cancel_work_sync(&overwritten_work);
	bh_probe_destroy(&demo.bottom);
	irq_line_destroy(demo.line);
}
module_exit(work_coalesce_exit);

MODULE_DESCRIPTION("Bottom halves: one work item, many messages, and what is lost");
MODULE_LICENSE("GPL");
