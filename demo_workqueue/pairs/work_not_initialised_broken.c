// SPDX-License-Identifier: GPL-2.0
/*
 * work_not_initialised_broken: a work item that is cancelled before INIT_WORK().
 *
 * The rule it breaks: call INIT_WORK() in probe(), before anything that may queue, flush or
 * cancel the item. This driver calls INIT_WORK() only in a "command". Without a "command",
 * remove() cancels an item that was not initialised.
 *
 * Expect this warning if the module is unloaded before the first "command":
 *
 *	WARNING: CPU: 1 PID: 227 at kernel/workqueue.c:4241 __flush_work+0x332/0x340
 *
 * The kernel survives, and cancels nothing.
 */
#include "bench_work.h"

struct work_not_initialised {
	struct bench_work bh;
	struct work_struct calibration;
};

/* The device answers each calibration with an event. */
static void work_not_initialised_calibrate(struct work_struct *work)
{
	struct work_not_initialised *w = from_work(w, work, calibration);

	irq_line_raise(w->bh.bdev->line);
}

/* Process context: calibrates the device @n times. */
static int work_not_initialised_command(struct bench_device *bdev, unsigned int n)
{
	struct work_not_initialised *w = from_bench(w, bdev, bh);

	INIT_WORK(&w->calibration, work_not_initialised_calibrate);
	while (n--) {
		schedule_work(&w->calibration);
		flush_work(&w->calibration);
	}
	return 0;
}

static int work_not_initialised_probe(struct bench_device *bdev)
{
	struct work_not_initialised *w = dev_get_drvdata(&bdev->dev);

	return bench_work_setup(&w->bh, bdev, bench_work_top, bench_work_bottom);
}

static void work_not_initialised_remove(struct bench_device *bdev)
{
	struct work_not_initialised *w = from_bench(w, bdev, bh);

	cancel_work_sync(&w->calibration);
	bench_work_remove(bdev);
}

static struct bench_driver work_not_initialised_driver = {
	.probe = work_not_initialised_probe,
	.remove = work_not_initialised_remove,
	.priv_size = sizeof(struct work_not_initialised),
	.command = { work_not_initialised_command, 1, 1000 },
	.breaks = "broken on purpose: without a command it cancels an uninitialised work item",
};
module_bench_driver(work_not_initialised_driver);

MODULE_DESCRIPTION("Broken on purpose: a work item cancelled before INIT_WORK()");
MODULE_LICENSE("GPL");
