// SPDX-License-Identifier: GPL-2.0
/*
 * lab8_unknown: the module behind the trace of lab 8. The parameter kind= chooses how the module
 * handles an interrupt. The names of its functions do not reveal the kind.
 */
#include <linux/delay.h>
#include <linux/workqueue.h>

#include "bench.h"
#include "compat.h"

enum unknown_kind {
	UNKNOWN_HARDIRQ,
	UNKNOWN_TASKLET,
	UNKNOWN_BH_WORK,
	UNKNOWN_WORK,
	UNKNOWN_THREAD,
	UNKNOWN_KINDS
};

static unsigned int kind;
module_param(kind, uint, 0);
MODULE_PARM_DESC(kind, "how the module handles an interrupt, 0 to 4: see enum unknown_kind");

struct unknown {
	struct bench_device *bdev;
	struct tasklet_struct tasklet;
	struct work_struct work;
};

/* The work for an event: some computing. */
static void unknown_do(void)
{
	udelay(9);
}

static void unknown_a(struct tasklet_struct *tasklet)
{
	unknown_do();
}

static void unknown_b(struct work_struct *work)
{
	unknown_do();
}

static irqreturn_t unknown_c(int irq, void *dev_id)
{
	unknown_do();
	return IRQ_HANDLED;
}

static irqreturn_t unknown_irq(int irq, void *dev_id)
{
	struct unknown *unknown = dev_id;
	unsigned int events = bench_read_events(unknown->bdev);

	if (!events)
		return IRQ_NONE;
	/* The computation does not depend on the number of events. */
	bench_done(unknown->bdev, events);
	switch (kind) {
	case UNKNOWN_HARDIRQ:
		unknown_do();
		break;
	case UNKNOWN_TASKLET:
		tasklet_schedule(&unknown->tasklet);
		break;
	case UNKNOWN_BH_WORK:
		queue_work(system_bh_wq, &unknown->work);
		break;
	case UNKNOWN_WORK:
		schedule_work(&unknown->work);
		break;
	case UNKNOWN_THREAD:
		return IRQ_WAKE_THREAD;
	}
	return IRQ_HANDLED;
}

static int unknown_probe(struct bench_device *bdev)
{
	struct unknown *unknown;

	/* Kernels before 6.9 have no BH work queue. */
	if (kind >= UNKNOWN_KINDS || (kind == UNKNOWN_BH_WORK && !system_bh_wq))
		return -EINVAL;
	unknown = devm_kzalloc(&bdev->dev, sizeof(*unknown), GFP_KERNEL);
	if (!unknown)
		return -ENOMEM;
	unknown->bdev = bdev;
	tasklet_setup(&unknown->tasklet, unknown_a);
	INIT_WORK(&unknown->work, unknown_b);
	dev_set_drvdata(&bdev->dev, unknown);
	return request_threaded_irq(bdev->irq, unknown_irq,
				    kind == UNKNOWN_THREAD ? unknown_c : NULL, 0,
				    dev_name(&bdev->dev), unknown);
}

static void unknown_remove(struct bench_device *bdev)
{
	struct unknown *unknown = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, unknown);
	tasklet_kill(&unknown->tasklet);
	flush_work(&unknown->work);
}

static const char * const unknown_devices[] = { "unknown", NULL };

/* Nothing is measured, so the module does not call bench_run(). */
static struct bench_driver unknown_driver = {
	.probe = unknown_probe,
	.remove = unknown_remove,
	.devices = unknown_devices,
	.trigger = BENCH_EDGE,
	.mechanism = BH_HARDIRQ,
};
module_bench_driver(unknown_driver);

MODULE_DESCRIPTION("Lab 8: what does it do?");
MODULE_LICENSE("GPL");
