// SPDX-License-Identifier: GPL-2.0
/*
 * delayed_work: a work item with a timer, in three uses.
 *
 * device delayed_work		mod_delayed_work(): every event starts the wait
 *				again, so a burst becomes one run after its end
 * device delayed_work_queue	queue_delayed_work(): the first event starts the
 *				wait, later ones join it: one run per "delay"
 * debugfs file "polls"		an item that queues itself, as a driver's link or
 *				statistics poll does
 */
#include <linux/devm-helpers.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include "bench.h"
#include "compat.h"

#define POLL_MS 100

struct delayed {
	struct bench_device *bdev;
	bool (*queue)(struct workqueue_struct *wq, struct delayed_work *dwork,
		      unsigned long delay);
	struct delayed_work dwork;
	atomic_t pending;		/* events read, not yet handled */
	struct delayed_work poll;
	unsigned int polls;		/* written only by the poll item */
};

static const char * const delayed_names[] = { "delayed_work", "delayed_work_queue", NULL };

static unsigned int delay = 50;
module_param(delay, uint, 0444);
MODULE_PARM_DESC(delay, "delay of the work item, 1 to 10000 ms (default 50)");

static void delayed_poll(struct work_struct *work)
{
	struct delayed *d = from_work(d, work, poll.work);

	WRITE_ONCE(d->polls, d->polls + 1);
	schedule_delayed_work(&d->poll, msecs_to_jiffies(POLL_MS));
}

static void delayed_bottom(struct work_struct *work)
{
	/*
	 * The work_struct is a member of the delayed_work, which is a member of struct
	 * delayed.
	 */
	struct delayed *d = from_work(d, work, dwork.work);

	bench_run(d->bdev);
	bench_done(d->bdev, atomic_xchg(&d->pending, 0));
}

static irqreturn_t delayed_top(int irq, void *data)
{
	struct delayed *d = data;
	unsigned int events = bench_read_events(d->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &d->pending);
	bench_raise(d->bdev);
	/* Both functions may be called in any context, even in a hard interrupt handler. */
	d->queue(system_percpu_wq, &d->dwork, msecs_to_jiffies(delay));
	return IRQ_HANDLED;
}

static int polls_show(struct seq_file *seq, void *unused)
{
	struct delayed *d = seq->private;

	seq_printf(seq, "%u\n", READ_ONCE(d->polls));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(polls);

static const struct bench_file delayed_files[] = { { "polls", &polls_fops }, { } };

static int delayed_probe(struct bench_device *bdev)
{
	struct delayed *d = devm_kzalloc(&bdev->dev, sizeof(*d), GFP_KERNEL);
	int err;

	if (!delay || delay > 10000)
		return -EINVAL;
	if (!d)
		return -ENOMEM;
	d->bdev = bdev;
	d->queue = bdev->id ? queue_delayed_work : mod_delayed_work;
	INIT_DELAYED_WORK(&d->dwork, delayed_bottom);
	/*
	 * devm cancels the poll item after remove() and before it frees *d. The item queues
	 * itself, but the kernel refuses to queue an item that is being cancelled.
	 */
	err = devm_delayed_work_autocancel(&bdev->dev, &d->poll, delayed_poll);
	if (err)
		return err;
	dev_set_drvdata(&bdev->dev, d);
	err = request_irq(bdev->irq, delayed_top, 0, dev_name(&bdev->dev), d);
	if (!err)
		schedule_delayed_work(&d->poll, 0);
	return err;
}

static void delayed_remove(struct bench_device *bdev)
{
	struct delayed *d = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, d);
	/*
	 * flush_delayed_work() does not wait for the timer: it runs the item now, and waits
	 * for its end. flush_work() would leave the timer armed. cancel_delayed_work_sync()
	 * would drop the events.
	 */
	flush_delayed_work(&d->dwork);
}

static struct bench_driver delayed_driver = {
	.probe = delayed_probe,
	.remove = delayed_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_WORK,
	.devices = delayed_names,
	.files = delayed_files,
};
module_bench_driver(delayed_driver);

MODULE_DESCRIPTION("Bottom halves: delayed work that debounces, gathers and polls");
MODULE_LICENSE("GPL");
