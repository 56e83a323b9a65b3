// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_kill_self_fixed: the tasklet silences the device, and a work item kills the tasklet.
 *
 * The rule it keeps: call tasklet_kill() in process context, because it waits until the
 * tasklet is idle. After an error the tasklet only switches off the device's interrupt, so
 * that nothing schedules the tasklet again. A work item does the rest.
 *
 * Expect no message, and every event handled.
 */
#include <linux/workqueue.h>

#include "bench_tasklet.h"

struct tasklet_kill_self {
	struct bench_tasklet bh;
	struct work_struct restart;
};

/* Any context: from here on the device does not interrupt. Its events wait in the register. */
static void device_silence(struct tasklet_kill_self *t)
{
	irq_line_set_irq_enabled(t->bh.bdev->line, false);
}

/*
 * Process context. If events are waiting, the device interrupts when this function enables its
 * interrupt.
 */
static void device_restart(struct tasklet_kill_self *t)
{
	tasklet_kill(&t->bh.tasklet);
	irq_line_set_irq_enabled(t->bh.bdev->line, true);
}

static void tasklet_kill_self_restart(struct work_struct *work)
{
	struct tasklet_kill_self *t = from_work(t, work, restart);

	/* Wait for a running top half, which may still schedule the tasklet. */
	synchronize_irq(t->bh.bdev->irq);
	device_restart(t);
}

/* Every event of this device is an error that needs a restart of the device. */
static void tasklet_kill_self_bottom(struct tasklet_struct *tasklet)
{
	struct tasklet_kill_self *t = from_tasklet(t, tasklet, bh.tasklet);

	bench_run(t->bh.bdev);
	device_silence(t);
	schedule_work(&t->restart);
	bench_done(t->bh.bdev, atomic_xchg(&t->bh.pending, 0));
}

static int tasklet_kill_self_probe(struct bench_device *bdev)
{
	struct tasklet_kill_self *t = dev_get_drvdata(&bdev->dev);

	INIT_WORK(&t->restart, tasklet_kill_self_restart);
	return bench_tasklet_setup(&t->bh, bdev, bench_tasklet_top, tasklet_kill_self_bottom);
}

static void tasklet_kill_self_remove(struct bench_device *bdev)
{
	struct tasklet_kill_self *t = from_bench(t, bdev, bh);

	bench_tasklet_remove(bdev);
	/* Only the tasklet queues the work item. */
	cancel_work_sync(&t->restart);
}

static struct bench_driver tasklet_kill_self_driver = {
	.probe = tasklet_kill_self_probe,
	.remove = tasklet_kill_self_remove,
	.priv_size = sizeof(struct tasklet_kill_self),
	.trigger = BENCH_LEVEL,
};
module_bench_driver(tasklet_kill_self_driver);

MODULE_DESCRIPTION("Fixed: a work item kills the tasklet");
MODULE_LICENSE("GPL");
