// SPDX-License-Identifier: GPL-2.0
/*
 * work_items: every event brings a message, and a work item of its own carries
 * it. The first right answer to work_coalesce; compare the two files.
 *
 * What it costs: an allocation in the hard interrupt handler, which may fail
 * and then has to be accounted for; a bound on what is in flight; and a queue
 * of its own, since items that nobody has the address of cannot be cancelled.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "bh_probe.h"
#include "irq_line.h"

struct work_items {
	struct irq_line *line;
	struct workqueue_struct *wq;
	atomic_t in_flight;
	unsigned int sent;		/* number of the last event */
	atomic64_t arrived;
	atomic64_t refused;		/* no item: counted, not forgotten */
	atomic64_t sum_sent;		/* of the messages taken on */
	atomic64_t sum_arrived;
	struct bh_counters counters;
	struct bh_probe bottom;
};

struct item {
	struct work_struct work;
	struct work_items *owner;	/* back pointer: to what all items share */
	unsigned int message;
};

static struct work_items demo;

static unsigned int limit = 1024;
module_param(limit, uint, 0444);
MODULE_PARM_DESC(limit, "work items in flight at most (default 1024)");

static void work_items_bottom(struct work_struct *work)
{
	struct item *item = container_of(work, struct item, work);
	struct work_items *d = item->owner;

	bh_probe_run(&d->bottom);
	atomic64_inc(&d->counters.bottom_halves);
	atomic64_inc(&d->arrived);
	atomic64_add(item->message, &d->sum_arrived);
	usleep_range(500, 1000);
	/* A function may free its own item: process_one_work() is done with it. */
	kfree(item);
	atomic_dec(&d->in_flight);
	atomic64_inc(&d->counters.handled);
}

static void work_items_take(struct work_items *d)
{
	struct item *item = NULL;

	d->sent++;
	/* GFP_ATOMIC: a hard interrupt handler cannot wait for memory. */
	if (atomic_read(&d->in_flight) < limit)
		item = kmalloc(sizeof(*item), GFP_ATOMIC);
	if (!item) {
		atomic64_inc(&d->refused);
		atomic64_inc(&d->counters.handled);
		return;
	}
	atomic_inc(&d->in_flight);
	atomic64_add(d->sent, &d->sum_sent);
	item->owner = d;
	item->message = d->sent;
	INIT_WORK(&item->work, work_items_bottom);
	bh_probe_raise(&d->bottom);
	/* Never false: nobody can have queued an item as new as this. */
	queue_work(d->wq, &item->work);
}

static irqreturn_t work_items_top(int irq, void *dev_id)
{
	struct work_items *d = dev_id;
	unsigned int events = irq_line_ack(d->line), i;

	if (!events)
		return IRQ_NONE;

	atomic64_inc(&d->counters.top_halves);
	atomic64_add(events, &d->counters.events);
	for (i = 0; i < events; i++)
		work_items_take(d);
	return IRQ_HANDLED;
}

static int messages_show(struct seq_file *s, void *unused)
{
	struct work_items *d = s->private;
	s64 sent = atomic64_read(&d->counters.handled);
	s64 arrived = atomic64_read(&d->arrived);
	s64 refused = atomic64_read(&d->refused);

	seq_printf(s, "sent %lld\narrived %lld\nlost %lld\nrefused %lld\n",
		   sent, arrived, sent - arrived - refused, refused);
	seq_printf(s, "sum_sent %lld\nsum_arrived %lld\n",
		   (s64)atomic64_read(&d->sum_sent),
		   (s64)atomic64_read(&d->sum_arrived));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(messages);

static int __init work_items_init(void)
{
	int err;

	demo.line = irq_line_create("work_items", IRQ_LINE_EDGE);
	if (IS_ERR(demo.line))
		return PTR_ERR(demo.line);

	bh_counters_init(&demo.counters, demo.line);
	err = bh_probe_init(&demo.bottom, demo.line, "bottom", BH_WORK);
	if (err)
		goto err_line;

	/* Four at a time: without a bound each sleeping item takes a kworker. */
	demo.wq = alloc_workqueue("work_items", WQ_UNBOUND, 4);
	if (!demo.wq) {
		err = -ENOMEM;
		goto err_bottom;
	}
	debugfs_create_file("messages", 0400, irq_line_dir(demo.line), &demo,
			    &messages_fops);
	err = request_irq(irq_line_irq(demo.line), work_items_top, 0,
			  "work_items", &demo);
	if (err)
		goto err_queue;
	return 0;

err_queue:
	destroy_workqueue(demo.wq);
err_bottom:
	bh_probe_destroy(&demo.bottom);
err_line:
	irq_line_destroy(demo.line);
	return err;
}
module_init(work_items_init);

static void __exit work_items_exit(void)
{
	free_irq(irq_line_irq(demo.line), &demo);
	/* Nothing new can come: waits until every item has run and freed itself. */
	destroy_workqueue(demo.wq);
	bh_probe_destroy(&demo.bottom);
	irq_line_destroy(demo.line);
}
module_exit(work_items_exit);

MODULE_DESCRIPTION("Bottom halves: a work item an event");
MODULE_LICENSE("GPL");
