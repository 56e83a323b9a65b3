// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_not_killed_broken: a driver whose remove() only disables the tasklet.
 *
 * The rule it breaks: before you free memory or code that a tasklet uses, make sure that
 * nothing schedules the tasklet any more. Then call tasklet_kill(). A disabled tasklet does
 * not run, but if it was scheduled, it stays on the list of its CPU.
 *
 * Write 1 to "command", raise one event, and remove the module. Expect these messages
 * when ksoftirqd walks this list:
 *
 *	BUG: unable to handle page fault for address: ffffffffc0...
 *	RIP: 0010:tasklet_action_common...
 *	Kernel panic - not syncing: Fatal exception in interrupt
 *
 * The kernel does not survive. With CONFIG_KASAN the first report is
 * "vmalloc-out-of-bounds", for a read by ksoftirqd. KASAN cannot tell what freed the memory.
 */
#include "bench_tasklet.h"

struct tasklet_not_killed {
	struct bench_tasklet bh;
	bool suspended;			/* needs no lock: commands come one at a time */
};

/* The state of the only device is part of the module, and is freed with the module. */
static struct tasklet_not_killed tasklet_not_killed_state;

static void tasklet_not_killed_bottom(struct tasklet_struct *tasklet)
{
	struct tasklet_not_killed *t = from_tasklet(t, tasklet, bh.tasklet);

	bench_run(t->bh.bdev);
	bench_done(t->bh.bdev, atomic_xchg(&t->bh.pending, 0));
}

/* Process context: suspends the device (1) or resumes it (0). */
static int tasklet_not_killed_suspend(struct bench_device *bdev, unsigned int suspend)
{
	struct tasklet_not_killed *t = from_bench(t, bdev, bh);

	if (suspend && !t->suspended)
		tasklet_disable(&t->bh.tasklet);
	if (!suspend && t->suspended)
		tasklet_enable(&t->bh.tasklet);
	t->suspended = suspend;
	return 0;
}

static int tasklet_not_killed_probe(struct bench_device *bdev)
{
	struct tasklet_not_killed *t = &tasklet_not_killed_state;

	*t = (struct tasklet_not_killed){};
	return bench_tasklet_setup(&t->bh, bdev, bench_tasklet_top, tasklet_not_killed_bottom);
}

static void tasklet_not_killed_remove(struct bench_device *bdev)
{
	struct tasklet_not_killed *t = from_bench(t, bdev, bh);

	free_irq(bdev->irq, &t->bh);
	tasklet_not_killed_suspend(bdev, 1);
}

static struct bench_driver tasklet_not_killed_driver = {
	.probe = tasklet_not_killed_probe,
	.remove = tasklet_not_killed_remove,
	.command = { tasklet_not_killed_suspend, 0, 1 },
	.breaks = "broken on purpose: an unload while the device is suspended causes a panic",
};
module_bench_driver(tasklet_not_killed_driver);

MODULE_DESCRIPTION("Broken on purpose: a tasklet disabled at unload, and not killed");
MODULE_LICENSE("GPL");
