// SPDX-License-Identifier: GPL-2.0
/*
 * work_overwritten_fixed: a ring of messages, and one work item that drains it.
 *
 * The rule it keeps: one work item carries a state ("there is work"), never a
 * message. The messages wait in a ring, where each has its own place. The ring
 * needs no lock, because it has one producer and one consumer. (work_items.c
 * shows another way: one work item per message.)
 *
 * Expect no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/kfifo.h>
#include <linux/workqueue.h>

#include "bench.h"

struct message {
	ktime_t time;
	unsigned int events;
};

struct work_overwritten {
	struct bench_device *bdev;
	struct work_struct work;
	DECLARE_KFIFO(ring, struct message, 1024);
};

static void work_overwritten_deliver(struct work_overwritten *w, struct message m)
{
	dev_dbg(&w->bdev->dev, "%u events at %lld ns\n", m.events, ktime_to_ns(m.time));
	bench_done(w->bdev, m.events);
}

static void work_overwritten_bottom(struct work_struct *work)
{
	struct work_overwritten *w = from_work(w, work, work);
	struct message m;

	bench_run(w->bdev);
	while (kfifo_get(&w->ring, &m))
		work_overwritten_deliver(w, m);
	/* The slow device needs time for each message. */
	usleep_range(2000, 3000);
}

static irqreturn_t work_overwritten_top(int irq, void *data)
{
	struct work_overwritten *w = data;
	struct message m = { .time = ktime_get(), .events = bench_read_events(w->bdev) };

	if (!m.events)
		return IRQ_NONE;
	if (!kfifo_put(&w->ring, m)) {
		/*
		 * The device is faster than the worker, so drop the message, and say so in
		 * the log.
		 */
		dev_warn_ratelimited(&w->bdev->dev, "ring full, %u events dropped\n", m.events);
		bench_done(w->bdev, m.events);
	}
	bench_raise(w->bdev);
	schedule_work(&w->work);
	return IRQ_HANDLED;
}

static int work_overwritten_probe(struct bench_device *bdev)
{
	struct work_overwritten *w = dev_get_drvdata(&bdev->dev);

	w->bdev = bdev;
	INIT_KFIFO(w->ring);
	INIT_WORK(&w->work, work_overwritten_bottom);
	return request_irq(bdev->irq, work_overwritten_top, 0, dev_name(&bdev->dev), w);
}

static void work_overwritten_remove(struct bench_device *bdev)
{
	struct work_overwritten *w = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, w);
	flush_work(&w->work);
}

static struct bench_driver work_overwritten_driver = {
	.probe = work_overwritten_probe,
	.remove = work_overwritten_remove,
	.priv_size = sizeof(struct work_overwritten),
	.mechanism = BH_WORK,
};
module_bench_driver(work_overwritten_driver);

MODULE_DESCRIPTION("Fixed: a ring of messages and one work item that drains it");
MODULE_LICENSE("GPL");
