// SPDX-License-Identifier: GPL-2.0
/*
 * demo_tasklet: the top half reads the events, a tasklet handles them.
 *
 * Watch /proc/softirqs (row TASKLET) and the files in
 * /sys/kernel/debug/bh_testbench/demo_tasklet while you write to "raise".
 * demo_bh_work.c is the same driver with a BH work item: diff the two.
 */
#include "bench.h"

struct demo {
	struct bench_device *bdev;
	struct tasklet_struct tasklet;
	atomic_t pending;		/* events read, not yet handled */
};

/* The bottom half: softirq context, interrupts on, never on two CPUs at the same time. */
static void demo_bottom(struct tasklet_struct *tasklet)
{
	struct demo *demo = from_tasklet(demo, tasklet, tasklet);

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
	/* Add the events before scheduling: the run that follows must see them (tasklet.litmus). */
	atomic_add(events, &demo->pending);
	bench_raise(demo->bdev);
	tasklet_schedule(&demo->tasklet);
	return IRQ_HANDLED;
}

static int demo_probe(struct bench_device *bdev)
{
	struct demo *demo = devm_kzalloc(&bdev->dev, sizeof(*demo), GFP_KERNEL);

	if (!demo)
		return -ENOMEM;
	demo->bdev = bdev;
	tasklet_setup(&demo->tasklet, demo_bottom);
	dev_set_drvdata(&bdev->dev, demo);
	/* Do this last, because from here on the top half may run. */
	return request_irq(bdev->irq, demo_top, 0, dev_name(&bdev->dev), demo);
}

static void demo_remove(struct bench_device *bdev)
{
	struct demo *demo = dev_get_drvdata(&bdev->dev);

	/* Free the interrupt first: after free_irq() nothing schedules the tasklet. */
	free_irq(bdev->irq, demo);
	/* Then kill the tasklet: if it is scheduled, tasklet_kill() waits until it has run. */
	tasklet_kill(&demo->tasklet);
}

static struct bench_driver demo_driver = {
	.probe = demo_probe,
	.remove = demo_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_TASKLET,
};
module_bench_driver(demo_driver);

MODULE_DESCRIPTION("Bottom halves: a tasklet");
MODULE_LICENSE("GPL");
