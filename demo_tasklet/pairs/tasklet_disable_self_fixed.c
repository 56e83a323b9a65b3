// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_disable_self_fixed: a tasklet that does not disable itself.
 *
 * The rule it keeps: call tasklet_disable() and tasklet_kill() in process context, because
 * both functions wait until the tasklet no longer runs. The tasklet itself needs neither
 * function: it never runs on two CPUs at once.
 *
 * Expect no message, and every event handled.
 */
#include "bench_tasklet.h"

struct tasklet_disable_self {
	struct bench_tasklet bh;
	unsigned int head;		/* changes only in the tasklet, or while it is disabled */
};

/* Called by the tasklet, or while the tasklet is disabled. */
static void __device_reset(struct tasklet_disable_self *t)
{
	t->head = 0;
}

/* Process context: the command, which takes no argument. */
static int device_reset(struct bench_device *bdev, unsigned int unused)
{
	struct tasklet_disable_self *t = from_bench(t, bdev, bh);

	tasklet_disable(&t->bh.tasklet);
	__device_reset(t);
	tasklet_enable(&t->bh.tasklet);
	return 0;
}

/* Every event of this device is an error that needs a reset. */
static void tasklet_disable_self_bottom(struct tasklet_struct *tasklet)
{
	struct tasklet_disable_self *t = from_tasklet(t, tasklet, bh.tasklet);
	unsigned int events = atomic_xchg(&t->bh.pending, 0);

	bench_run(t->bh.bdev);
	t->head += events;
	__device_reset(t);
	bench_done(t->bh.bdev, events);
}

static int tasklet_disable_self_probe(struct bench_device *bdev)
{
	struct tasklet_disable_self *t = dev_get_drvdata(&bdev->dev);

	return bench_tasklet_setup(&t->bh, bdev, bench_tasklet_top, tasklet_disable_self_bottom);
}

static struct bench_driver tasklet_disable_self_driver = {
	.probe = tasklet_disable_self_probe,
	.remove = bench_tasklet_remove,
	.priv_size = sizeof(struct tasklet_disable_self),
	.command = { device_reset },
};
module_bench_driver(tasklet_disable_self_driver);

MODULE_DESCRIPTION("Fixed: a tasklet that does not wait for its own end");
MODULE_LICENSE("GPL");
