// SPDX-License-Identifier: GPL-2.0
/*
 * demo_workqueue: the top half takes the events, a work item deals with them
 * in a task, where it may do what a softirq may not: allocate with GFP_KERNEL,
 * wait for a slow device, hold a mutex that user space waits for too.
 *
 * Watch /sys/kernel/debug/bh_testbench/demo_workqueue/log while you write to
 * "raise": one line a run, with the kworker it ran in and how long it slept.
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

#define LOG_LENGTH 8

struct demo_entry {
	struct list_head list;
	unsigned int events;
	char task[TASK_COMM_LEN];
	int cpu;
	s64 slept_us;
	unsigned long switches;
};

struct demo_workqueue {
	struct irq_line *line;
	struct work_struct work;	/* embedded: its address leads here */
	atomic_t fifo;			/* events taken over, not yet handled */
	struct mutex lock;		/* protects log: worker against readers */
	struct list_head log;
	unsigned int logged;
	struct bh_counters counters;
	struct bh_probe top;
	struct bh_probe bottom;
};

static struct demo_workqueue demo;

/* The bottom half: an ordinary kernel thread runs it, so everything may sleep. */
static void demo_workqueue_bottom(struct work_struct *work)
{
	struct demo_workqueue *d = container_of(work, struct demo_workqueue, work);
	unsigned long switches = current->nvcsw;
	ktime_t start = ktime_get();
	struct demo_entry *entry;
	unsigned int events;

	bh_probe_run(&d->bottom);
	atomic64_inc(&d->counters.bottom_halves);
	/* One run may stand for many interrupts: drain, don't count runs. */
	events = atomic_xchg(&d->fifo, 0);

	/* May wait for reclaim. NULL only costs the line in the log. */
	entry = kmalloc(sizeof(*entry), GFP_KERNEL);

	/* The slow device. Other work of this CPU goes on in another worker. */
	usleep_range(2000, 3000);

	mutex_lock(&d->lock);
	if (entry) {
		entry->events = events;
		get_task_comm(entry->task, current);
		entry->cpu = raw_smp_processor_id();
		entry->slept_us = ktime_us_delta(ktime_get(), start);
		entry->switches = current->nvcsw - switches;
		list_add_tail(&entry->list, &d->log);
		if (++d->logged > LOG_LENGTH) {
			entry = list_first_entry(&d->log, struct demo_entry, list);
			list_del(&entry->list);
			kfree(entry);
			d->logged--;
		}
	}
	mutex_unlock(&d->lock);
	atomic64_add(events, &d->counters.handled);
}

/* The top half: take from the device what it has, ask for the bottom half. */
static irqreturn_t demo_workqueue_top(int irq, void *dev_id)
{
	struct demo_workqueue *d = dev_id;
	unsigned int events = irq_line_ack(d->line);

	if (!events)
		return IRQ_NONE;

	bh_probe_run(&d->top);
	atomic64_inc(&d->counters.top_halves);
	atomic64_add(events, &d->counters.events);
	atomic_add(events, &d->fifo);
	bh_probe_raise(&d->bottom);
	/* False says: queued already, not yet begun. That run sees our events. */
	schedule_work(&d->work);
	return IRQ_HANDLED;
}

static int log_show(struct seq_file *s, void *unused)
{
	struct demo_workqueue *d = s->private;
	struct demo_entry *entry;

	seq_puts(s, "events  task             cpu  slept_us  switches\n");
	mutex_lock(&d->lock);
	list_for_each_entry(entry, &d->log, list)
		seq_printf(s, "%6u  %-15s  %3d  %8lld  %8lu\n", entry->events,
			   entry->task, entry->cpu, entry->slept_us,
			   entry->switches);
	mutex_unlock(&d->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(log);

static int __init demo_workqueue_init(void)
{
	int err;

	demo.line = irq_line_create("demo_workqueue", IRQ_LINE_EDGE);
	if (IS_ERR(demo.line))
		return PTR_ERR(demo.line);

	bh_counters_init(&demo.counters, demo.line);
	err = bh_probe_init(&demo.top, demo.line, "top", BH_HARDIRQ);
	if (err)
		goto err_line;
	err = bh_probe_init(&demo.bottom, demo.line, "bottom", BH_WORK);
	if (err)
		goto err_top;

	mutex_init(&demo.lock);
	INIT_LIST_HEAD(&demo.log);
	INIT_WORK(&demo.work, demo_workqueue_bottom);
	debugfs_create_file("log", 0400, irq_line_dir(demo.line), &demo, &log_fops);
	err = request_irq(irq_line_irq(demo.line), demo_workqueue_top, 0,
			  "demo_workqueue", &demo);
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
module_init(demo_workqueue_init);

static void __exit demo_workqueue_exit(void)
{
	struct demo_entry *entry, *next;

	/* Source off first: after free_irq() nobody queues the work. */
	free_irq(irq_line_irq(demo.line), &demo);
	/* Then the bottom half: dropped if queued, waited for if running. */
	cancel_work_sync(&demo.work);
	/* Only now may go what the bottom half used, and the file that shows it. */
	bh_probe_destroy(&demo.bottom);
	bh_probe_destroy(&demo.top);
	irq_line_destroy(demo.line);
	list_for_each_entry_safe(entry, next, &demo.log, list)
		kfree(entry);
}
module_exit(demo_workqueue_exit);

MODULE_DESCRIPTION("Bottom halves: a work item");
MODULE_LICENSE("GPL");
