// SPDX-License-Identifier: GPL-2.0
/*
 * work_coalesce: every event brings a message. One embedded work item carries all messages to
 * the worker, but its struct has room for only one message. This is wrong on purpose, and the
 * kernel reports nothing: schedule_work() returns false, and the previous message is
 * overwritten. The debugfs file "messages" shows how many messages were lost. work_items and
 * work_ring are the two correct solutions.
 *
 * Here the message is the number of the event. In a real driver it would be a frame or a
 * status word.
 */
#include <linux/delay.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include "bench.h"

struct work_coalesce {
	struct bench_device *bdev;
	struct work_struct work;
	unsigned int message;		/* room for only one message: the bug */
	atomic_t pending;		/* a counter: it loses nothing when events coalesce */
	unsigned int sent;		/* number of the last event; used only by the top half */
	unsigned int last;		/* message of the previous run; used only by the item */
	atomic64_t arrived;
	atomic64_t queued_already;	/* schedule_work() returned false */
};

/*
 * A static item is not embedded in a struct, so its function cannot find any data from the
 * item's address. Use a static item for a job that exists once per module. This item prints
 * what a hard interrupt handler has no time to print.
 */
static void overwritten_fn(struct work_struct *unused)
{
	pr_notice("work_coalesce: a message was overwritten before the worker saw it\n");
}

static DECLARE_WORK(overwritten_work, overwritten_fn);

static void work_coalesce_bottom(struct work_struct *work)
{
	struct work_coalesce *d = from_work(d, work, work);
	unsigned int events, message;

	bench_run(d->bdev);
	events = atomic_xchg(&d->pending, 0);
	message = READ_ONCE(d->message);
	if (message != d->last)
		atomic64_inc(&d->arrived);
	d->last = message;
	usleep_range(500, 1000);
	bench_done(d->bdev, events);
}

static irqreturn_t work_coalesce_top(int irq, void *data)
{
	struct work_coalesce *d = data;
	unsigned int events = bench_read_events(d->bdev);

	if (!events)
		return IRQ_NONE;
	WRITE_ONCE(d->sent, d->sent + events);
	WRITE_ONCE(d->message, d->sent);
	atomic_add(events, &d->pending);
	bench_raise(d->bdev);
	if (!schedule_work(&d->work) && !atomic64_fetch_inc(&d->queued_already))
		schedule_work(&overwritten_work);
	return IRQ_HANDLED;
}

/* Read this when no message is waiting: a waiting message would be counted as lost. */
static int messages_show(struct seq_file *seq, void *unused)
{
	struct work_coalesce *d = seq->private;
	s64 arrived = atomic64_read(&d->arrived);
	s64 sent = READ_ONCE(d->sent);

	seq_printf(seq, "sent %lld\narrived %lld\nlost %lld\nqueued_already %lld\n",
		   sent, arrived, sent - arrived,
		   (s64)atomic64_read(&d->queued_already));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(messages);

static const struct bench_file work_coalesce_files[] = { { "messages", &messages_fops }, { } };

static int work_coalesce_probe(struct bench_device *bdev)
{
	struct work_coalesce *d = devm_kzalloc(&bdev->dev, sizeof(*d), GFP_KERNEL);

	if (!d)
		return -ENOMEM;
	d->bdev = bdev;
	INIT_WORK(&d->work, work_coalesce_bottom);
	dev_set_drvdata(&bdev->dev, d);
	return request_irq(bdev->irq, work_coalesce_top, 0, dev_name(&bdev->dev), d);
}

static void work_coalesce_remove(struct bench_device *bdev)
{
	struct work_coalesce *d = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, d);
	flush_work(&d->work);
	/* Also wait for the static item, because its function is code of this module. */
	cancel_work_sync(&overwritten_work);
}

static struct bench_driver work_coalesce_driver = {
	.probe = work_coalesce_probe,
	.remove = work_coalesce_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_WORK,
	.files = work_coalesce_files,
};
module_bench_driver(work_coalesce_driver);

MODULE_DESCRIPTION("Bottom halves: one work item that loses messages");
MODULE_LICENSE("GPL");
