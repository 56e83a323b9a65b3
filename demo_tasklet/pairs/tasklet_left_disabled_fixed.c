// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_left_disabled_fixed: checks first, and then disables the tasklet.
 *
 * The rule it keeps: every tasklet_disable() has its tasklet_enable(), on every
 * way out of the function. What can be checked before is checked before, so there is
 * only one way out.
 *
 * Expect no message, and every event handled.
 */
#include <linux/log2.h>

#include "bench.h"

struct tasklet_left_disabled {
	struct bench_device *bdev;
	struct tasklet_struct tasklet;
	atomic_t pending;
	unsigned int ring_size;		/* changes only while the tasklet is disabled */
	unsigned int head;		/* changes only in the tasklet, or while it is disabled */
};

static void tasklet_left_disabled_bottom(struct tasklet_struct *tasklet)
{
	struct tasklet_left_disabled *t = from_tasklet(t, tasklet, tasklet);
	unsigned int events;

	bench_run(t->bdev);
	events = atomic_xchg(&t->pending, 0);
	t->head = (t->head + events) & (t->ring_size - 1);
	bench_done(t->bdev, events);
}

static irqreturn_t tasklet_left_disabled_top(int irq, void *data)
{
	struct tasklet_left_disabled *t = data;
	unsigned int events = bench_read_events(t->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &t->pending);
	bench_raise(t->bdev);
	tasklet_schedule(&t->tasklet);
	return IRQ_HANDLED;
}

/* Process context: tasklet_disable() sleeps until a run that has begun is over. */
static int tasklet_left_disabled_resize(struct bench_device *bdev, unsigned int size)
{
	struct tasklet_left_disabled *t = dev_get_drvdata(&bdev->dev);

	if (!is_power_of_2(size))
		return -EINVAL;
	tasklet_disable(&t->tasklet);
	t->ring_size = size;
	t->head = 0;
	tasklet_enable(&t->tasklet);
	return 0;
}

static int tasklet_left_disabled_probe(struct bench_device *bdev)
{
	struct tasklet_left_disabled *t = devm_kzalloc(&bdev->dev, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	t->bdev = bdev;
	t->ring_size = 4;
	tasklet_setup(&t->tasklet, tasklet_left_disabled_bottom);
	dev_set_drvdata(&bdev->dev, t);
	return request_irq(bdev->irq, tasklet_left_disabled_top, 0, dev_name(&bdev->dev), t);
}

static void tasklet_left_disabled_remove(struct bench_device *bdev)
{
	struct tasklet_left_disabled *t = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, t);
	tasklet_kill(&t->tasklet);
}

static struct bench_driver tasklet_left_disabled_driver = {
	.probe = tasklet_left_disabled_probe,
	.remove = tasklet_left_disabled_remove,
	.trigger = BENCH_EDGE,
	.command = tasklet_left_disabled_resize,
	.command_min = 1,
	.command_max = 256,
	.mechanism = BH_TASKLET,
};
module_bench_driver(tasklet_left_disabled_driver);

MODULE_DESCRIPTION("Fixed: checks first, and then disables the tasklet");
MODULE_LICENSE("GPL");
