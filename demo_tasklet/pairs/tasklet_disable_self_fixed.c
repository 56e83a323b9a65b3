// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_disable_self_fixed: a tasklet that does not lock itself out.
 *
 * The rule it keeps: tasklet_disable() and tasklet_kill() wait until the tasklet does
 * not run. They are for process context. The tasklet itself needs neither: it never
 * runs on two CPUs at once.
 *
 * Expect no message, and every event handled.
 */
#include "bench.h"

struct tasklet_disable_self {
	struct bench_device *bdev;
	struct tasklet_struct tasklet;
	atomic_t pending;
	unsigned int head;		/* changes only in the tasklet, or while it is disabled */
};

/* Called by the tasklet, or while the tasklet is disabled. */
static void __device_reset(struct tasklet_disable_self *t)
{
	t->head = 0;
}

/* Process context. */
static void device_reset(struct tasklet_disable_self *t)
{
	tasklet_disable(&t->tasklet);
	__device_reset(t);
	tasklet_enable(&t->tasklet);
}

/* Every event of this device is an error, and asks for a reset. */
static void tasklet_disable_self_bottom(struct tasklet_struct *tasklet)
{
	struct tasklet_disable_self *t = from_tasklet(t, tasklet, tasklet);
	unsigned int events;

	bench_run(t->bdev);
	events = atomic_xchg(&t->pending, 0);
	t->head += events;
	__device_reset(t);
	bench_done(t->bdev, events);
}

static irqreturn_t tasklet_disable_self_top(int irq, void *data)
{
	struct tasklet_disable_self *t = data;
	unsigned int events = bench_read_events(t->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &t->pending);
	bench_raise(t->bdev);
	tasklet_schedule(&t->tasklet);
	return IRQ_HANDLED;
}

static int tasklet_disable_self_reset(struct bench_device *bdev, unsigned int unused)
{
	device_reset(dev_get_drvdata(&bdev->dev));
	return 0;
}

static int tasklet_disable_self_probe(struct bench_device *bdev)
{
	struct tasklet_disable_self *t = devm_kzalloc(&bdev->dev, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	t->bdev = bdev;
	tasklet_setup(&t->tasklet, tasklet_disable_self_bottom);
	dev_set_drvdata(&bdev->dev, t);
	return request_irq(bdev->irq, tasklet_disable_self_top, 0, dev_name(&bdev->dev), t);
}

static void tasklet_disable_self_remove(struct bench_device *bdev)
{
	struct tasklet_disable_self *t = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, t);
	tasklet_kill(&t->tasklet);
}

static struct bench_driver tasklet_disable_self_driver = {
	.probe = tasklet_disable_self_probe,
	.remove = tasklet_disable_self_remove,
	.trigger = BENCH_EDGE,
	.command = tasklet_disable_self_reset,
	.command_min = 1,
	.command_max = 1,
	.mechanism = BH_TASKLET,
};
module_bench_driver(tasklet_disable_self_driver);

MODULE_DESCRIPTION("Fixed: a tasklet that does not lock itself out");
MODULE_LICENSE("GPL");
