// SPDX-License-Identifier: GPL-2.0
/*
 * work_teardown: why a driver stops the interrupt before it cancels the work item.
 *
 * A read of the debugfs file "rounds" tries three ways to stop the work item. After each
 * try the device raises one more event, as real devices do. The file says whether the item
 * ran again. After a driver's remove(), such a run would use freed memory. After a module's
 * exit function, such a run would execute unloaded code.
 */
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include "bench.h"

struct work_teardown {
	struct bench_device *bdev;
	struct work_struct work;
	atomic_t pending;		/* events read, not yet handled */
	atomic_t runs;
	struct mutex lock;		/* one experiment at a time */
	struct completion taken;	/* the top half has read an event */
};

static void work_teardown_bottom(struct work_struct *work)
{
	struct work_teardown *d = from_work(d, work, work);

	bench_run(d->bdev);
	atomic_inc(&d->runs);
	bench_done(d->bdev, atomic_xchg(&d->pending, 0));
}

static irqreturn_t work_teardown_top(int irq, void *data)
{
	struct work_teardown *d = data;
	unsigned int events = bench_read_events(d->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &d->pending);
	bench_raise(d->bdev);
	schedule_work(&d->work);
	complete(&d->taken);
	return IRQ_HANDLED;
}

/* Raises an event, and waits until the top half has read it and queued the item. */
static int device_event(struct work_teardown *d)
{
	long left;

	reinit_completion(&d->taken);
	irq_line_raise(d->bdev->line);
	left = wait_for_completion_killable_timeout(&d->taken, 30 * HZ);
	if (!left)
		return -ETIMEDOUT;
	return left < 0 ? left : 0;
}

/*
 * Raises an event, stops the item, and raises one more event. Prints whether the item ran
 * again.
 */
static int one_round(struct seq_file *seq, struct work_teardown *d, const char *how,
		     bool (*stop)(struct work_struct *work), bool source_off)
{
	unsigned int busy;
	int runs;
	int err;

	err = device_event(d);
	if (err)
		return err;
	if (source_off)
		disable_irq(d->bdev->irq);	/* waits for a top half that is running */
	stop(&d->work);
	busy = work_busy(&d->work);
	runs = atomic_read(&d->runs);

	if (source_off)
		irq_line_raise(d->bdev->line);	/* disabled: the top half does not run */
	else
		err = device_event(d);
	flush_work(&d->work);
	seq_printf(seq, "%-35s  %-4s  %s\n", how, busy ? "busy" : "idle",
		   atomic_read(&d->runs) == runs ? "no" : "yes");

	if (source_off)
		enable_irq(d->bdev->irq);	/* the delayed event arrives now */
	/*
	 * If cancel_work_sync() has removed the queued item, the pending events need another
	 * run.
	 */
	schedule_work(&d->work);
	flush_work(&d->work);
	return err;
}

static int rounds_show(struct seq_file *seq, void *unused)
{
	struct work_teardown *d = seq->private;

	guard(mutex)(&d->lock);
	seq_puts(seq, "stopped with                         then  ran again\n");
	return one_round(seq, d, "flush_work()", flush_work, false) ?:
	       one_round(seq, d, "cancel_work_sync()", cancel_work_sync, false) ?:
	       one_round(seq, d, "disable_irq(), cancel_work_sync()", cancel_work_sync, true);
}
DEFINE_SHOW_ATTRIBUTE(rounds);

static const struct bench_file work_teardown_files[] = { { "rounds", &rounds_fops }, { } };

static int work_teardown_probe(struct bench_device *bdev)
{
	struct work_teardown *d = devm_kzalloc(&bdev->dev, sizeof(*d), GFP_KERNEL);

	if (!d)
		return -ENOMEM;
	d->bdev = bdev;
	mutex_init(&d->lock);
	init_completion(&d->taken);
	INIT_WORK(&d->work, work_teardown_bottom);
	dev_set_drvdata(&bdev->dev, d);
	return request_irq(bdev->irq, work_teardown_top, 0, dev_name(&bdev->dev), d);
}

static void work_teardown_remove(struct bench_device *bdev)
{
	struct work_teardown *d = dev_get_drvdata(&bdev->dev);

	/* Before remove(), the testbench removes "rounds" and waits for its readers. */
	free_irq(bdev->irq, d);
	flush_work(&d->work);
}

static struct bench_driver work_teardown_driver = {
	.probe = work_teardown_probe,
	.remove = work_teardown_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_WORK,
	.files = work_teardown_files,
};
module_bench_driver(work_teardown_driver);

MODULE_DESCRIPTION("Bottom halves: why flushing or cancelling a work item is not enough");
MODULE_LICENSE("GPL");
