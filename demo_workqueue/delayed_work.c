// SPDX-License-Identifier: GPL-2.0
/*
 * delayed_work: a timer in front of a work item, in three uses.
 *
 * line delayed_work		mod_delayed_work(): every event starts the wait
 *				anew, so a burst becomes one run when it is over
 * line delayed_work_queue	queue_delayed_work(): the first event starts the
 *				wait, later ones join it: one run each "delay"
 * file polls			an item that queues itself, as a driver's link
 *				or statistics poll does
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "bh_probe.h"
#include "compat.h"
#include "irq_line.h"

struct delayed {
	const char *name;
	bool (*queue)(struct workqueue_struct *wq, struct delayed_work *dwork,
		      unsigned long delay);
	struct irq_line *line;
	struct delayed_work dwork;
	atomic_t fifo;			/* events taken over, not yet handled */
	struct bh_counters counters;
	struct bh_probe bottom;
};

static struct delayed lines[] = {
	{ .name = "delayed_work", .queue = mod_delayed_work },
	{ .name = "delayed_work_queue", .queue = queue_delayed_work },
};

static unsigned int delay = 50;
module_param(delay, uint, 0444);
MODULE_PARM_DESC(delay, "the wait, 1 to 10000 ms (default 50)");

static u32 polls;			/* the poll's alone; debugfs reads it */
static void poll_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(poll_work, poll_fn);

static void poll_fn(struct work_struct *work)
{
	polls++;
	queue_delayed_work(system_percpu_wq, to_delayed_work(work),
			   msecs_to_jiffies(100));
}

static void delayed_bottom(struct work_struct *work)
{
	/* The work_struct sits in the delayed_work, that in our struct. */
	struct delayed *d = container_of(to_delayed_work(work), struct delayed, dwork);

	bh_probe_run(&d->bottom);
	atomic64_inc(&d->counters.bottom_halves);
	atomic64_add(atomic_xchg(&d->fifo, 0), &d->counters.handled);
}

static irqreturn_t delayed_top(int irq, void *dev_id)
{
	struct delayed *d = dev_id;
	unsigned int events = irq_line_ack(d->line);

	if (!events)
		return IRQ_NONE;

	atomic64_inc(&d->counters.top_halves);
	atomic64_add(events, &d->counters.events);
	atomic_add(events, &d->fifo);
	bh_probe_raise(&d->bottom);
	/* Both are for any context, hard interrupt handlers included. */
	d->queue(system_percpu_wq, &d->dwork, msecs_to_jiffies(delay));
	return IRQ_HANDLED;
}

static int __init delayed_start(struct delayed *d)
{
	int err;

	d->line = irq_line_create(d->name, IRQ_LINE_EDGE);
	if (IS_ERR(d->line))
		return PTR_ERR(d->line);

	bh_counters_init(&d->counters, d->line);
	err = bh_probe_init(&d->bottom, d->line, "bottom", BH_WORK);
	if (err)
		goto err_line;

	INIT_DELAYED_WORK(&d->dwork, delayed_bottom);
	err = request_irq(irq_line_irq(d->line), delayed_top, 0, d->name, d);
	if (err)
		goto err_bottom;
	return 0;

err_bottom:
	bh_probe_destroy(&d->bottom);
err_line:
	irq_line_destroy(d->line);
	return err;
}

static void delayed_stop(struct delayed *d)
{
	free_irq(irq_line_irq(d->line), d);
	/* The timer, then the item. cancel_work_sync() would leave the timer. */
	cancel_delayed_work_sync(&d->dwork);
	bh_probe_destroy(&d->bottom);
	irq_line_destroy(d->line);
}

static int __init delayed_work_init(void)
{
	int err;

	if (!delay || delay > 10000)
		return -EINVAL;

	err = delayed_start(&lines[0]);
	if (err)
		return err;
	err = delayed_start(&lines[1]);
	if (err) {
		delayed_stop(&lines[0]);
		return err;
	}
	debugfs_create_u32("polls", 0400, irq_line_dir(lines[0].line), &polls);
	queue_delayed_work(system_percpu_wq, &poll_work, 0);
	return 0;
}
module_init(delayed_work_init);

static void __exit delayed_work_exit(void)
{
	/* Wins against an item that queues itself: it may not do so meanwhile. */
	cancel_delayed_work_sync(&poll_work);
	delayed_stop(&lines[1]);
	delayed_stop(&lines[0]);
}
module_exit(delayed_work_exit);

MODULE_DESCRIPTION("Bottom halves: delayed work, to debounce, to gather, to poll");
MODULE_LICENSE("GPL");
