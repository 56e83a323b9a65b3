// SPDX-License-Identifier: GPL-2.0
/*
 * work_data: what is in work->data, and why it does not carry a driver's argument.
 *
 * The driver reads this word at four stages of the item's life, and shows its bits in the
 * debugfs file "data". This is only for teaching: no real driver reads work->data.
 */
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include "bench.h"

enum { INITIALISED, QUEUED, RUNNING, REQUEUED, STAGES };

static const char * const stages[] = {
	"initialised", "queued", "running", "requeued",
};

struct work_data {
	struct bench_device *bdev;
	struct work_struct work;
	atomic_t pending;		/* events read, not yet handled */
	unsigned long seen[STAGES];	/* the word as last read at each stage */
	unsigned long looked;		/* one bit per stage: seen[] has a value */
};

static void work_data_look(struct work_data *d, int stage)
{
	WRITE_ONCE(d->seen[stage], atomic_long_read(&d->work.data));
	set_bit(stage, &d->looked);
}

static void work_data_bottom(struct work_struct *work)
{
	struct work_data *d = from_work(d, work, work);
	unsigned int events;

	bench_run(d->bdev);
	work_data_look(d, RUNNING);
	events = atomic_xchg(&d->pending, 0);
	/*
	 * A running item may be queued again, even by itself, because PENDING was cleared
	 * before this function was called. The second run finds no events, so it does not
	 * queue a third run.
	 */
	if (events && schedule_work(&d->work))
		work_data_look(d, REQUEUED);
	bench_done(d->bdev, events);
}

static irqreturn_t work_data_top(int irq, void *data)
{
	struct work_data *d = data;
	unsigned int events = bench_read_events(d->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &d->pending);
	bench_raise(d->bdev);
	/*
	 * The item goes to the pool of this CPU, unless it is still running on another CPU
	 * (__queue_work()). The worker of this CPU cannot begin before this function
	 * returns.
	 */
	if (schedule_work(&d->work))
		work_data_look(d, QUEUED);
	return IRQ_HANDLED;
}

static void data_row(struct seq_file *seq, const char *stage, unsigned long data)
{
	seq_printf(seq, "%-11s  %#018lx  %7d  %8d  %3d  %6d  ", stage, data,
		   !!(data & WORK_STRUCT_PENDING), !!(data & WORK_STRUCT_INACTIVE),
		   !!(data & WORK_STRUCT_PWQ), !!(data & WORK_STRUCT_LINKED));
	if (data & WORK_STRUCT_PWQ)
		seq_puts(seq, "a pointer\n");
	else if (data >> WORK_OFFQ_POOL_SHIFT == WORK_OFFQ_POOL_NONE)
		seq_puts(seq, "no pool\n");
	else
		seq_printf(seq, "pool %lu\n", data >> WORK_OFFQ_POOL_SHIFT);
}

static int data_show(struct seq_file *seq, void *unused)
{
	struct work_data *d = seq->private;
	int i;

	seq_puts(seq, "stage        work->data          PENDING  INACTIVE  PWQ  LINKED  high bits\n");
	for (i = 0; i < STAGES; i++)
		if (test_bit(i, &d->looked))
			data_row(seq, stages[i], READ_ONCE(d->seen[i]));
	data_row(seq, "now", atomic_long_read(&d->work.data));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(data);

static const struct bench_file work_data_files[] = { { "data", &data_fops }, { } };

static int work_data_probe(struct bench_device *bdev)
{
	struct work_data *d = devm_kzalloc(&bdev->dev, sizeof(*d), GFP_KERNEL);

	if (!d)
		return -ENOMEM;
	d->bdev = bdev;
	INIT_WORK(&d->work, work_data_bottom);
	work_data_look(d, INITIALISED);
	dev_set_drvdata(&bdev->dev, d);
	return request_irq(bdev->irq, work_data_top, 0, dev_name(&bdev->dev), d);
}

static void work_data_remove(struct bench_device *bdev)
{
	struct work_data *d = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, d);
	/* Waits for the run that handles the events. That run may queue the item once more. */
	flush_work(&d->work);
	/*
	 * The item cannot queue itself again: while cancel_work_sync() runs, the kernel
	 * refuses to queue the item.
	 */
	cancel_work_sync(&d->work);
}

static struct bench_driver work_data_driver = {
	.probe = work_data_probe,
	.remove = work_data_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_WORK,
	.files = work_data_files,
};
module_bench_driver(work_data_driver);

MODULE_DESCRIPTION("Bottom halves: what work->data holds");
MODULE_LICENSE("GPL");
