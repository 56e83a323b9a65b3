// SPDX-License-Identifier: GPL-2.0
/*
 * work_sleeps_locked_fixed: a worker that sleeps first, and then takes the spinlock.
 *
 * The rule it keeps: a worker may sleep, but not with a spinlock held. The task that
 * waits for a spinlock spins, so the one that holds it must not give up the CPU.
 *
 * Expect no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "bench.h"

struct work_sleeps_locked {
	struct bench_device *bdev;
	struct work_struct work;
	atomic_t pending;
	spinlock_t lock;		/* protects total: the item against "command" */
	unsigned int total;
};

/* The device transfers what belongs to the events. That takes time: sleep. */
static void device_transfer(void)
{
	usleep_range(20000, 30000);
}

static void work_sleeps_locked_bottom(struct work_struct *work)
{
	struct work_sleeps_locked *w = from_work(w, work, work);
	unsigned int events = atomic_xchg(&w->pending, 0);

	bench_run(w->bdev);
	device_transfer();
	spin_lock(&w->lock);
	w->total += events;
	dev_dbg(&w->bdev->dev, "%u events\n", w->total);
	spin_unlock(&w->lock);
	bench_done(w->bdev, events);
}

static irqreturn_t work_sleeps_locked_top(int irq, void *data)
{
	struct work_sleeps_locked *w = data;
	unsigned int events = bench_read_events(w->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &w->pending);
	bench_raise(w->bdev);
	schedule_work(&w->work);
	return IRQ_HANDLED;
}

/* Process context: events are counted from @n on. */
static int work_sleeps_locked_preset(struct bench_device *bdev, unsigned int n)
{
	struct work_sleeps_locked *w = dev_get_drvdata(&bdev->dev);

	guard(spinlock)(&w->lock);
	w->total = n;
	return 0;
}

static int work_sleeps_locked_probe(struct bench_device *bdev)
{
	struct work_sleeps_locked *w = devm_kzalloc(&bdev->dev, sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	w->bdev = bdev;
	spin_lock_init(&w->lock);
	INIT_WORK(&w->work, work_sleeps_locked_bottom);
	dev_set_drvdata(&bdev->dev, w);
	return request_irq(bdev->irq, work_sleeps_locked_top, 0, dev_name(&bdev->dev), w);
}

static void work_sleeps_locked_remove(struct bench_device *bdev)
{
	struct work_sleeps_locked *w = dev_get_drvdata(&bdev->dev);

	/* After free_irq() nothing queues the item. */
	free_irq(bdev->irq, w);
	flush_work(&w->work);
}

static struct bench_driver work_sleeps_locked_driver = {
	.probe = work_sleeps_locked_probe,
	.remove = work_sleeps_locked_remove,
	.command = work_sleeps_locked_preset,
	.command_max = UINT_MAX,
	.mechanism = BH_WORK,
};
module_bench_driver(work_sleeps_locked_driver);

MODULE_DESCRIPTION("Fixed: a worker that sleeps before it takes the lock");
MODULE_LICENSE("GPL");
