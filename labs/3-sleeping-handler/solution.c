// SPDX-License-Identifier: GPL-2.0
/*
 * lab3: one driver, two devices behind a slow bus. The driver must sleep while an event's
 * data is transferred. A top half must not sleep, so a work item makes the transfer.
 */
#include <linux/workqueue.h>

#include "bench.h"
#include "lab_device.h"

struct lab3 {
	struct bench_device *bdev;
	/*@ hole 3 */
	struct work_struct work;	/* embedded, so that container_of() finds this struct */
	/*@ end */
	atomic_t pending;		/* events read, not yet transferred */
};

/*@ hole 3: Code that sleeps belongs in a work item. Embed it in struct lab3. */
/* The bottom half: a kworker runs it, so it may sleep. */
static void lab3_work(struct work_struct *work)
{
	/*@ hole 12: Which struct contains this work item? container_of() finds it. */
	/*@ else 12: struct lab3 *lab = NULL; */
	struct lab3 *lab = from_work(lab, work, work);
	/*@ end */
	/*@ hole 2 */
	unsigned int events;
	/*@ end */

	/*@ else 12: if (!lab) */
	/*@ else 12: >return; */
	bench_run(lab->bdev);
	/*@ hole 2: One run may stand for several interrupts: transfer all that is pending. */
	/*@ hint Then tell the testbench how many events are done: bench_done(). */
	events = atomic_xchg(&lab->pending, 0);
	lab_device_transfer(lab->bdev, events);
	bench_done(lab->bdev, events);
	/*@ end */
}

/*@ end */
/* The top half: hard interrupt context. It must not sleep. */
static irqreturn_t lab3_top(int irq, void *dev_id)
{
	struct lab3 *lab = dev_id;
	unsigned int events = bench_read_events(lab->bdev);

	if (!events)
		return IRQ_NONE;
	bench_raise(lab->bdev);
	/*@ hole 123: This sleeps. Leave the events in pending, and queue the work. */
	/*@ else 123: bench_run(lab->bdev); */
	/*@ else 123: lab_device_transfer(lab->bdev, events); */
	/*@ else 123: bench_done(lab->bdev, events); */
	/* Add the events before you queue the work, so that the next run sees them. */
	atomic_add(events, &lab->pending);
	schedule_work(&lab->work);
	/*@ end */
	return IRQ_HANDLED;
}

static int lab3_probe(struct bench_device *bdev)
{
	struct lab3 *lab = devm_kzalloc(&bdev->dev, sizeof(*lab), GFP_KERNEL);

	if (!lab)
		return -ENOMEM;
	lab->bdev = bdev;
	/*@ hole 3 */
	INIT_WORK(&lab->work, lab3_work);
	/*@ end */
	dev_set_drvdata(&bdev->dev, lab);
	/* The request comes last, because from here on the top half may run. */
	return request_irq(bdev->irq, lab3_top, 0, dev_name(&bdev->dev), lab);
}

static void lab3_remove(struct bench_device *bdev)
{
	struct lab3 *lab = dev_get_drvdata(&bdev->dev);

	/* Stop the source first: after free_irq() nothing queues the work. */
	free_irq(bdev->irq, lab);
	/*@ hole 123: The work may be queued or running. It uses lab, which is freed soon. */
	/* Then wait until the work has transferred all events that were read. */
	flush_work(&lab->work);
	/*@ end */
}

static const char * const lab3_devices[] = { "lab3_a", "lab3_b", NULL };

static struct bench_driver lab3_driver = {
	.probe = lab3_probe,
	.remove = lab3_remove,
	.devices = lab3_devices,
	.trigger = BENCH_EDGE,
	.mechanism = BH_WORK,
};
module_bench_driver(lab3_driver);

MODULE_DESCRIPTION("Lab 3: the sleeping handler");
MODULE_LICENSE("GPL");
