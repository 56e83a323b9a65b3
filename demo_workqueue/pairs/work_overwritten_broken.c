// SPDX-License-Identifier: GPL-2.0
/*
 * work_overwritten_broken: one embedded work item that carries all messages.
 *
 * The rule it breaks: one work item carries a state ("there is work"), never a message. If
 * the item is already queued, schedule_work() returns false and does nothing. So several
 * messages share one run, and this run finds only the last of them.
 *
 * Expect no message from the kernel. But events are lost. At unload the testbench reports
 * "9 of 10 events lost" if the worker began after the last of ten events. If the worker
 * began after the first event, the item was queued once more, and only 8 events are lost.
 *
 * The kernel survives.
 */
#include <linux/delay.h>
#include <linux/workqueue.h>

#include "bench.h"

struct message {
	ktime_t time;
	unsigned int events;
};

struct work_overwritten {
	struct bench_device *bdev;
	struct work_struct work;
	struct message message;
};

static void work_overwritten_deliver(struct work_overwritten *w, struct message m)
{
	dev_dbg(&w->bdev->dev, "%u events at %lld ns\n", m.events, ktime_to_ns(m.time));
	bench_done(w->bdev, m.events);
}

static void work_overwritten_bottom(struct work_struct *work)
{
	struct work_overwritten *w = from_work(w, work, work);

	bench_run(w->bdev);
	work_overwritten_deliver(w, w->message);
	/* The slow device needs time for each message. */
	usleep_range(2000, 3000);
}

static irqreturn_t work_overwritten_top(int irq, void *data)
{
	struct work_overwritten *w = data;
	struct message m = { .time = ktime_get(), .events = bench_read_events(w->bdev) };

	if (!m.events)
		return IRQ_NONE;
	w->message = m;
	bench_raise(w->bdev);
	schedule_work(&w->work);
	return IRQ_HANDLED;
}

static int work_overwritten_probe(struct bench_device *bdev)
{
	struct work_overwritten *w = dev_get_drvdata(&bdev->dev);

	w->bdev = bdev;
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
	.breaks = "broken on purpose: if ten events come at once, the worker misses most of them",
	.mechanism = BH_WORK,
};
module_bench_driver(work_overwritten_driver);

MODULE_DESCRIPTION("Broken on purpose: one work item for all messages");
MODULE_LICENSE("GPL");
