// SPDX-License-Identifier: GPL-2.0
/*
 * demo_bh_work: the top half reads the events, a BH work item handles them.
 *
 * Watch /proc/softirqs (row TASKLET) and the files in
 * /sys/kernel/debug/bh_testbench/demo_bh_work while you write to "raise".
 * demo_tasklet.c is the same driver with a tasklet: diff the two.
 */
#include <linux/workqueue.h>

#include "bench.h"

struct demo {
	struct bench_device *bdev;
	struct work_struct work;
	atomic_t pending;		/* events read, not yet handled */
};

/* The bottom half: softirq context, interrupts on, never on two CPUs at the same time. */
static void demo_bottom(struct work_struct *work)
{
	struct demo *demo = from_work(demo, work, work);

	bench_run(demo->bdev);
	/* One run may follow several interrupts, so count events, not runs. */
	bench_done(demo->bdev, atomic_xchg(&demo->pending, 0));
}

/* The top half: hard interrupt context. */
static irqreturn_t demo_top(int irq, void *data)
{
	struct demo *demo = data;
	unsigned int events = bench_read_events(demo->bdev);

	if (!events)
		return IRQ_NONE;
	/* Add the events before scheduling: the run that follows must see them (work.litmus). */
	atomic_add(events, &demo->pending);
	bench_raise(demo->bdev);
	queue_work(system_bh_wq, &demo->work);
	return IRQ_HANDLED;
}

static int demo_probe(struct bench_device *bdev)
{
	struct demo *demo = devm_kzalloc(&bdev->dev, sizeof(*demo), GFP_KERNEL);

	if (!demo)
		return -ENOMEM;
	demo->bdev = bdev;
	INIT_WORK(&demo->work, demo_bottom);
	dev_set_drvdata(&bdev->dev, demo);
	/* Do this last, because from here on the top half may run. */
	return request_irq(bdev->irq, demo_top, 0, dev_name(&bdev->dev), demo);
}

static void demo_remove(struct bench_device *bdev)
{
	struct demo *demo = dev_get_drvdata(&bdev->dev);

	/* Free the interrupt first: after free_irq() nothing queues the work item. */
	free_irq(bdev->irq, demo);
	/* Then flush the work item: if it is queued, flush_work() waits until it has run. */
	flush_work(&demo->work);
}

static struct bench_driver demo_driver = {
	.probe = demo_probe,
	.remove = demo_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_BH_WORK,
};
module_bench_driver(demo_driver);

MODULE_DESCRIPTION("Bottom halves: a BH work item");
MODULE_LICENSE("GPL");
