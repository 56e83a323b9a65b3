// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_left_disabled_fixed: a function that checks its input before it disables the
 * tasklet.
 *
 * The rule it keeps: every tasklet_disable() has its tasklet_enable(), on every way
 * out of the function. Input is checked before the tasklet is disabled, so there is
 * only one way out.
 *
 * Expect no message, and every event handled.
 */
#include <linux/log2.h>

#include "bench_tasklet.h"

struct tasklet_left_disabled {
	struct bench_tasklet bh;
	unsigned int ring_size;		/* changes only while the tasklet is disabled */
	unsigned int head;		/* changes only in the tasklet, or while it is disabled */
};

static void tasklet_left_disabled_bottom(struct tasklet_struct *tasklet)
{
	struct tasklet_left_disabled *t = from_tasklet(t, tasklet, bh.tasklet);
	unsigned int events = atomic_xchg(&t->bh.pending, 0);

	bench_run(t->bh.bdev);
	t->head = (t->head + events) & (t->ring_size - 1);
	bench_done(t->bh.bdev, events);
}

/* Process context: tasklet_disable() sleeps until a running tasklet has ended. */
static int tasklet_left_disabled_resize(struct bench_device *bdev, unsigned int size)
{
	struct tasklet_left_disabled *t = from_bench(t, bdev, bh);

	if (!is_power_of_2(size))
		return -EINVAL;
	tasklet_disable(&t->bh.tasklet);
	t->ring_size = size;
	t->head = 0;
	tasklet_enable(&t->bh.tasklet);
	return 0;
}

static int tasklet_left_disabled_probe(struct bench_device *bdev)
{
	struct tasklet_left_disabled *t = dev_get_drvdata(&bdev->dev);

	t->ring_size = 4;
	return bench_tasklet_setup(&t->bh, bdev, bench_tasklet_top, tasklet_left_disabled_bottom);
}

static struct bench_driver tasklet_left_disabled_driver = {
	.probe = tasklet_left_disabled_probe,
	.remove = bench_tasklet_remove,
	.priv_size = sizeof(struct tasklet_left_disabled),
	.command = { tasklet_left_disabled_resize, 1, 256 },
};
module_bench_driver(tasklet_left_disabled_driver);

MODULE_DESCRIPTION("Fixed: a function that checks its input before it disables the tasklet");
MODULE_LICENSE("GPL");
