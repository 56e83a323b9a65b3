// SPDX-License-Identifier: GPL-2.0
/*
 * work_items: every event brings a message, and each message has its own work item. This is
 * the first correct solution for work_coalesce: compare the two files.
 *
 * This solution has three costs. The top half allocates memory. If that fails, the driver
 * must count the refused message. The items in flight need a limit. And the items need a
 * separate workqueue: no list keeps their addresses, so they cannot be flushed one by one.
 */
#include <linux/delay.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "bench.h"

struct work_items {
	struct bench_device *bdev;
	struct workqueue_struct *wq;
	atomic_t in_flight;
	unsigned int sent;		/* number of the last event; used only by the top half */
	atomic64_t arrived;
	atomic64_t refused;		/* messages that got no item */
	atomic64_t sum_sent;		/* sum of the numbers of all messages that got an item */
	atomic64_t sum_arrived;
};

struct item {
	struct work_struct work;
	struct work_items *owner;	/* the data that all items share */
	unsigned int message;
};

static unsigned int limit = 1024;
module_param(limit, uint, 0444);
MODULE_PARM_DESC(limit, "maximum number of work items in flight, 1 to 65536 (default 1024)");

static void work_items_bottom(struct work_struct *work)
{
	struct item *item = from_work(item, work, work);
	struct work_items *d = item->owner;

	bench_run(d->bdev);
	atomic64_inc(&d->arrived);
	atomic64_add(item->message, &d->sum_arrived);
	usleep_range(500, 1000);
	/*
	 * A work function may free its own item: process_one_work() does not
	 * use the item afterwards.
	 */
	kfree(item);
	atomic_dec(&d->in_flight);
	bench_done(d->bdev, 1);
}

/*
 * Hard interrupt context: queues a new item for message number @message. Returns false if the
 * limit is reached or no memory is available.
 */
static bool work_items_send(struct work_items *d, unsigned int message)
{
	struct item *item;

	/* Only the top half adds items, so the limit is not exceeded. */
	if (atomic_read(&d->in_flight) >= limit)
		return false;
	/* GFP_ATOMIC: a hard interrupt handler cannot wait for memory. */
	item = kmalloc(sizeof(*item), GFP_ATOMIC);
	if (!item)
		return false;
	atomic_inc(&d->in_flight);
	atomic64_add(message, &d->sum_sent);
	item->owner = d;
	item->message = message;
	INIT_WORK(&item->work, work_items_bottom);
	bench_raise(d->bdev);
	/* The item is new, so it cannot be queued already, and queue_work() returns true. */
	queue_work(d->wq, &item->work);
	return true;
}

static irqreturn_t work_items_top(int irq, void *data)
{
	struct work_items *d = data;
	unsigned int events = bench_read_events(d->bdev), n = 0;

	if (!events)
		return IRQ_NONE;
	while (n < events && work_items_send(d, d->sent + n + 1))
		n++;
	WRITE_ONCE(d->sent, d->sent + events);
	/*
	 * The first refused message ends the loop, so a flood of events does not keep the
	 * CPU in this handler.
	 */
	atomic64_add(events - n, &d->refused);
	bench_done(d->bdev, events - n);
	return IRQ_HANDLED;
}

/* Read this when no message is waiting: a waiting message would be counted as lost. */
static int messages_show(struct seq_file *seq, void *unused)
{
	struct work_items *d = seq->private;
	s64 arrived = atomic64_read(&d->arrived);
	s64 refused = atomic64_read(&d->refused);
	s64 sent = READ_ONCE(d->sent);

	seq_printf(seq, "sent %lld\narrived %lld\nlost %lld\nrefused %lld\n",
		   sent, arrived, sent - arrived - refused, refused);
	seq_printf(seq, "sum_sent %lld\nsum_arrived %lld\n",
		   (s64)atomic64_read(&d->sum_sent),
		   (s64)atomic64_read(&d->sum_arrived));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(messages);

static const struct bench_file work_items_files[] = { { "messages", &messages_fops }, { } };

static int work_items_probe(struct bench_device *bdev)
{
	struct work_items *d = devm_kzalloc(&bdev->dev, sizeof(*d), GFP_KERNEL);
	int err;

	if (!limit || limit > 65536)
		return -EINVAL;
	if (!d)
		return -ENOMEM;
	d->bdev = bdev;
	/* At most four items run at once. Each sleeping item occupies a kworker. */
	d->wq = alloc_workqueue("work_items", WQ_UNBOUND, 4);
	if (!d->wq)
		return -ENOMEM;
	dev_set_drvdata(&bdev->dev, d);
	err = request_irq(bdev->irq, work_items_top, 0, dev_name(&bdev->dev), d);
	if (err)
		destroy_workqueue(d->wq);
	return err;
}

static void work_items_remove(struct bench_device *bdev)
{
	struct work_items *d = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, d);
	/* No new items can come. Waits until every item has run and freed itself. */
	destroy_workqueue(d->wq);
}

static struct bench_driver work_items_driver = {
	.probe = work_items_probe,
	.remove = work_items_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_WORK,
	.files = work_items_files,
};
module_bench_driver(work_items_driver);

MODULE_DESCRIPTION("Bottom halves: a work item per event");
MODULE_LICENSE("GPL");
