// SPDX-License-Identifier: GPL-2.0
/*
 * work_data: what is in work->data, and why it is not for a driver's argument.
 *
 * Looks at the word at the stations of an item's life, and prints its bits in
 * the file "data" of the line. Reading the word is for teaching; no driver does.
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include "bh_probe.h"
#include "irq_line.h"

enum { INITIALISED, QUEUED, RUNNING, REQUEUED, STATIONS };

static const char * const stations[] = {
	"initialised", "queued", "running", "requeued",
};

struct work_data {
	struct irq_line *line;
	struct work_struct work;
	atomic_t fifo;			/* events taken over, not yet handled */
	unsigned long seen[STATIONS];	/* the word; for show, unlocked */
	unsigned long looked;		/* a bit for each station */
	struct bh_counters counters;
	struct bh_probe bottom;
};

static struct work_data demo;

static void work_data_look(struct work_data *d, int station)
{
	WRITE_ONCE(d->seen[station], atomic_long_read(&d->work.data));
	set_bit(station, &d->looked);
}

static void work_data_bottom(struct work_struct *work)
{
	struct work_data *d = container_of(work, struct work_data, work);
	unsigned int events;

	bh_probe_run(&d->bottom);
	atomic64_inc(&d->counters.bottom_halves);
	work_data_look(d, RUNNING);
	events = atomic_xchg(&d->fifo, 0);
	/*
	 * A running item may be queued again, by itself too: PENDING is clear
	 * since before we began. The second run finds the fifo empty and ends.
	 */
	if (events && schedule_work(&d->work))
		work_data_look(d, REQUEUED);
	atomic64_add(events, &d->counters.handled);
}

static irqreturn_t work_data_top(int irq, void *dev_id)
{
	struct work_data *d = dev_id;
	unsigned int events = irq_line_ack(d->line);

	if (!events)
		return IRQ_NONE;

	atomic64_inc(&d->counters.top_halves);
	atomic64_add(events, &d->counters.events);
	atomic_add(events, &d->fifo);
	bh_probe_raise(&d->bottom);
	/* The worker of this CPU cannot begin before we return. */
	if (schedule_work(&d->work))
		work_data_look(d, QUEUED);
	return IRQ_HANDLED;
}

static void data_row(struct seq_file *s, const char *station, unsigned long data)
{
	seq_printf(s, "%-11s  %#018lx  %7d  %8d  %3d  %6d  ", station, data,
		   !!(data & WORK_STRUCT_PENDING), !!(data & WORK_STRUCT_INACTIVE),
		   !!(data & WORK_STRUCT_PWQ), !!(data & WORK_STRUCT_LINKED));
	if (data & WORK_STRUCT_PWQ)
		seq_puts(s, "a pointer\n");
	else if (data >> WORK_OFFQ_POOL_SHIFT == WORK_OFFQ_POOL_NONE)
		seq_puts(s, "no pool\n");
	else
		seq_printf(s, "pool %lu\n", data >> WORK_OFFQ_POOL_SHIFT);
}

static int data_show(struct seq_file *s, void *unused)
{
	struct work_data *d = s->private;
	int i;

	seq_puts(s, "station      work->data          PENDING  INACTIVE  PWQ  LINKED  high bits\n");
	for (i = 0; i < STATIONS; i++)
		if (test_bit(i, &d->looked))
			data_row(s, stations[i], READ_ONCE(d->seen[i]));
	data_row(s, "now", atomic_long_read(&d->work.data));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(data);

static int __init work_data_init(void)
{
	int err;

	demo.line = irq_line_create("work_data", IRQ_LINE_EDGE);
	if (IS_ERR(demo.line))
		return PTR_ERR(demo.line);

	bh_counters_init(&demo.counters, demo.line);
	err = bh_probe_init(&demo.bottom, demo.line, "bottom", BH_WORK);
	if (err)
		goto err_line;

	INIT_WORK(&demo.work, work_data_bottom);
	work_data_look(&demo, INITIALISED);
	debugfs_create_file("data", 0400, irq_line_dir(demo.line), &demo, &data_fops);
	err = request_irq(irq_line_irq(demo.line), work_data_top, 0, "work_data", &demo);
	if (err)
		goto err_bottom;
	return 0;

err_bottom:
	bh_probe_destroy(&demo.bottom);
err_line:
	irq_line_destroy(demo.line);
	return err;
}
module_init(work_data_init);

static void __exit work_data_exit(void)
{
	free_irq(irq_line_irq(demo.line), &demo);
	/* Ends an item that queues itself, too. */
	cancel_work_sync(&demo.work);
	bh_probe_destroy(&demo.bottom);
	irq_line_destroy(demo.line);
}
module_exit(work_data_exit);

MODULE_DESCRIPTION("Bottom halves: what work->data holds");
MODULE_LICENSE("GPL");
