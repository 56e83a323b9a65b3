// SPDX-License-Identifier: GPL-2.0
/*
 * work_ring: every event brings a message, the top half puts it into a ring, and one
 * embedded work item drains the ring. This is the second correct solution for
 * work_coalesce: compare the two files.
 *
 * This solution has one cost: a full ring refuses messages, and the driver counts them. It
 * has three gains: it allocates no memory, it keeps the messages in order, and it waits for
 * the device once per batch, not once per message.
 */
#include <linux/delay.h>
#include <linux/kfifo.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include "bench.h"

#define BATCH 16

struct work_ring {
	struct bench_device *bdev;
	struct work_struct work;
	/*
	 * No lock is needed. There is one producer, because a top half never runs on two
	 * CPUs at once. There is one consumer, because a work item never runs on two CPUs
	 * at once.
	 */
	DECLARE_KFIFO(ring, unsigned int, 1024);
	unsigned int sent;		/* number of the last event; used only by the top half */
	unsigned int last;		/* last message that was handled; used only by the item */
	atomic64_t arrived;
	atomic64_t refused;		/* messages refused because the ring was full */
	atomic64_t out_of_order;
	atomic64_t queued_already;	/* schedule_work() returned false */
};

static void work_ring_bottom(struct work_struct *work)
{
	struct work_ring *d = from_work(d, work, work);
	unsigned int message[BATCH], i, n;

	bench_run(d->bdev);
	/*
	 * PENDING was cleared before this function was called. So if the top half adds a
	 * message after the last kfifo_out(), it queues the item again, and no message is
	 * left behind.
	 */
	while ((n = kfifo_out(&d->ring, message, BATCH))) {
		for (i = 0; i < n; i++) {
			/* Numbers may wrap around, so compare the difference with 0. */
			if ((int)(message[i] - d->last) <= 0)
				atomic64_inc(&d->out_of_order);
			d->last = message[i];
		}
		usleep_range(500, 1000);
		atomic64_add(n, &d->arrived);
		bench_done(d->bdev, n);
	}
}

static irqreturn_t work_ring_top(int irq, void *data)
{
	struct work_ring *d = data;
	unsigned int events = bench_read_events(d->bdev), n = 0;

	if (!events)
		return IRQ_NONE;
	while (n < events && kfifo_put(&d->ring, d->sent + n + 1))
		n++;
	WRITE_ONCE(d->sent, d->sent + events);
	atomic64_add(events - n, &d->refused);
	bench_done(d->bdev, events - n);
	bench_raise(d->bdev);
	/* If this returns false, nothing is lost: the queued run drains these messages too. */
	if (!schedule_work(&d->work))
		atomic64_inc(&d->queued_already);
	return IRQ_HANDLED;
}

/* Read this when no message is waiting: a waiting message would be counted as lost. */
static int messages_show(struct seq_file *seq, void *unused)
{
	struct work_ring *d = seq->private;
	s64 arrived = atomic64_read(&d->arrived);
	s64 refused = atomic64_read(&d->refused);
	s64 sent = READ_ONCE(d->sent);

	seq_printf(seq, "sent %lld\narrived %lld\nlost %lld\nrefused %lld\n",
		   sent, arrived, sent - arrived - refused, refused);
	seq_printf(seq, "out_of_order %lld\nqueued_already %lld\n",
		   (s64)atomic64_read(&d->out_of_order),
		   (s64)atomic64_read(&d->queued_already));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(messages);

static const struct bench_file work_ring_files[] = { { "messages", &messages_fops }, { } };

static int work_ring_probe(struct bench_device *bdev)
{
	struct work_ring *d = devm_kzalloc(&bdev->dev, sizeof(*d), GFP_KERNEL);

	if (!d)
		return -ENOMEM;
	d->bdev = bdev;
	INIT_KFIFO(d->ring);
	INIT_WORK(&d->work, work_ring_bottom);
	dev_set_drvdata(&bdev->dev, d);
	return request_irq(bdev->irq, work_ring_top, 0, dev_name(&bdev->dev), d);
}

static void work_ring_remove(struct bench_device *bdev)
{
	struct work_ring *d = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, d);
	/* The top half adds no more messages, so the item's loop ends. Wait for the item. */
	flush_work(&d->work);
}

static struct bench_driver work_ring_driver = {
	.probe = work_ring_probe,
	.remove = work_ring_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_WORK,
	.files = work_ring_files,
};
module_bench_driver(work_ring_driver);

MODULE_DESCRIPTION("Bottom halves: a ring and one work item that drains it");
MODULE_LICENSE("GPL");
