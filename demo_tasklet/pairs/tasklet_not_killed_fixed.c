// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_not_killed_fixed: a driver that kills its tasklet before it goes.
 *
 * The rule it keeps: before memory or code goes that a tasklet uses, nothing may
 * schedule the tasklet any more, and then tasklet_kill(). That waits until a
 * scheduled tasklet has run, so the tasklet has to be enabled.
 *
 * Expect no message, and every event handled.
 */
#include "bench.h"

struct tasklet_not_killed {
	struct bench_device *bdev;
	struct tasklet_struct tasklet;
	atomic_t pending;
	bool suspended;			/* commands come one at a time */
};

/* There is one device, so this is part of the module, and goes with it. */
static struct tasklet_not_killed tasklet_not_killed_state;

static void tasklet_not_killed_bottom(struct tasklet_struct *tasklet)
{
	struct tasklet_not_killed *t = from_tasklet(t, tasklet, tasklet);

	bench_run(t->bdev);
	bench_done(t->bdev, atomic_xchg(&t->pending, 0));
}

static irqreturn_t tasklet_not_killed_top(int irq, void *data)
{
	struct tasklet_not_killed *t = data;
	unsigned int events = bench_read_events(t->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &t->pending);
	bench_raise(t->bdev);
	tasklet_schedule(&t->tasklet);
	return IRQ_HANDLED;
}

/* Process context: suspends the device (1) or resumes it (0). */
static int tasklet_not_killed_suspend(struct bench_device *bdev, unsigned int suspend)
{
	struct tasklet_not_killed *t = dev_get_drvdata(&bdev->dev);

	if (suspend && !t->suspended)
		tasklet_disable(&t->tasklet);
	if (!suspend && t->suspended)
		tasklet_enable(&t->tasklet);
	t->suspended = suspend;
	return 0;
}

static int tasklet_not_killed_probe(struct bench_device *bdev)
{
	struct tasklet_not_killed *t = &tasklet_not_killed_state;

	*t = (struct tasklet_not_killed){ .bdev = bdev };
	tasklet_setup(&t->tasklet, tasklet_not_killed_bottom);
	dev_set_drvdata(&bdev->dev, t);
	return request_irq(bdev->irq, tasklet_not_killed_top, 0, dev_name(&bdev->dev), t);
}

static void tasklet_not_killed_remove(struct bench_device *bdev)
{
	struct tasklet_not_killed *t = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, t);
	tasklet_not_killed_suspend(bdev, 0);
	tasklet_kill(&t->tasklet);
}

static struct bench_driver tasklet_not_killed_driver = {
	.probe = tasklet_not_killed_probe,
	.remove = tasklet_not_killed_remove,
	.trigger = BENCH_EDGE,
	.command = tasklet_not_killed_suspend,
	.command_max = 1,
	.mechanism = BH_TASKLET,
};
module_bench_driver(tasklet_not_killed_driver);

MODULE_DESCRIPTION("Fixed: a tasklet killed at unload");
MODULE_LICENSE("GPL");
