// SPDX-License-Identifier: GPL-2.0
/*
 * work_ring: every event brings a message, the top half puts it into a ring,
 * and one embedded work item drains the ring. The second right answer to
 * work_coalesce; compare the two files.
 *
 * What it costs: a bound (a full ring refuses, and counts). What it gains: no
 * allocation, order, and one wait for the device per batch, not per message.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/kfifo.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include "bh_probe.h"
#include "irq_line.h"

#define BATCH 16

struct work_ring {
	struct irq_line *line;
	struct work_struct work;
	/*
	 * No lock: one producer, since a hard handler does not run twice at a
	 * time, and one consumer, since a work item does not either.
	 */
	DECLARE_KFIFO(ring, unsigned int, 1024);
	unsigned int sent;		/* number of the last event */
	unsigned int last;		/* message handled last; the worker's alone */
	atomic64_t arrived;
	atomic64_t refused;		/* ring full: counted, not forgotten */
	atomic64_t out_of_order;
	atomic64_t queued_already;	/* queue_work() returned false */
	struct bh_counters counters;
	struct bh_probe bottom;
};

static struct work_ring demo;

static void work_ring_bottom(struct work_struct *work)
{
	struct work_ring *d = container_of(work, struct work_ring, work);
	unsigned int message[BATCH], i, n;

	bh_probe_run(&d->bottom);
	atomic64_inc(&d->counters.bottom_halves);
	/*
	 * PENDING is clear since before we began: what the top half puts in
	 * after our last look queues us again, so nothing stays behind.
	 */
	while ((n = kfifo_out(&d->ring, message, BATCH))) {
		for (i = 0; i < n; i++) {
			if ((int)(message[i] - d->last) <= 0)
				atomic64_inc(&d->out_of_order);
			d->last = message[i];
		}
		usleep_range(500, 1000);
		atomic64_add(n, &d->arrived);
		atomic64_add(n, &d->counters.handled);
	}
}

static irqreturn_t work_ring_top(int irq, void *dev_id)
{
	struct work_ring *d = dev_id;
	unsigned int events = irq_line_ack(d->line), i;

	if (!events)
		return IRQ_NONE;

	atomic64_inc(&d->counters.top_halves);
	atomic64_add(events, &d->counters.events);
	for (i = 0; i < events; i++) {
		if (!kfifo_put(&d->ring, ++d->sent)) {
			atomic64_inc(&d->refused);
			atomic64_inc(&d->counters.handled);
			continue;
		}
		bh_probe_raise(&d->bottom);
		/* False is no loss here: the run to come drains this one too. */
		if (!schedule_work(&d->work))
			atomic64_inc(&d->queued_already);
	}
	return IRQ_HANDLED;
}

static int messages_show(struct seq_file *s, void *unused)
{
	struct work_ring *d = s->private;
	s64 sent = atomic64_read(&d->counters.handled);
	s64 arrived = atomic64_read(&d->arrived);
	s64 refused = atomic64_read(&d->refused);

	seq_printf(s, "sent %lld\narrived %lld\nlost %lld\nrefused %lld\n",
		   sent, arrived, sent - arrived - refused, refused);
	seq_printf(s, "out_of_order %lld\nqueued_already %lld\n",
		   (s64)atomic64_read(&d->out_of_order),
		   (s64)atomic64_read(&d->queued_already));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(messages);

static int __init work_ring_init(void)
{
	int err;

	demo.line = irq_line_create("work_ring", IRQ_LINE_EDGE);
	if (IS_ERR(demo.line))
		return PTR_ERR(demo.line);

	bh_counters_init(&demo.counters, demo.line);
	err = bh_probe_init(&demo.bottom, demo.line, "bottom", BH_WORK);
	if (err)
		goto err_line;

	INIT_KFIFO(demo.ring);
	INIT_WORK(&demo.work, work_ring_bottom);
	debugfs_create_file("messages", 0400, irq_line_dir(demo.line), &demo,
			    &messages_fops);
	err = request_irq(irq_line_irq(demo.line), work_ring_top, 0, "work_ring",
			  &demo);
	if (err)
		goto err_bottom;
	return 0;

err_bottom:
	bh_probe_destroy(&demo.bottom);
err_line:
	irq_line_destroy(demo.line);
	return err;
}
module_init(work_ring_init);

static void __exit work_ring_exit(void)
{
	free_irq(irq_line_irq(demo.line), &demo);
	/* Ends the drain loop: it waits until the ring is empty, no longer. */
	cancel_work_sync(&demo.work);
	bh_probe_destroy(&demo.bottom);
	irq_line_destroy(demo.line);
}
module_exit(work_ring_exit);

MODULE_DESCRIPTION("Bottom halves: a ring and one work item that drains it");
MODULE_LICENSE("GPL");
