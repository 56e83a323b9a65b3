// SPDX-License-Identifier: GPL-2.0
/*
 * work_not_initialised_fixed: a work item that is initialised in probe().
 *
 * The rule it keeps: call INIT_WORK() in probe(), before anything that may queue, flush or
 * cancel the item. Call INIT_WORK() only once: after a second call the kernel would not
 * know that the item is queued.
 *
 * Expect no message, and every event handled.
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

	while (n--) {
		schedule_work(&w->calibration);
		flush_work(&w->calibration);
	}
	return 0;
}

static int work_not_initialised_probe(struct bench_device *bdev)
{
	struct work_not_initialised *w = dev_get_drvdata(&bdev->dev);

	INIT_WORK(&w->calibration, work_not_initialised_calibrate);
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
};
module_bench_driver(work_not_initialised_driver);

MODULE_DESCRIPTION("Fixed: a work item initialised in probe()");
MODULE_LICENSE("GPL");
