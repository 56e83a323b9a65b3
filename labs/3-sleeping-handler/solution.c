// SPDX-License-Identifier: GPL-2.0
/*
 * lab3: two devices behind a slow bus. To move an event's data one has to sleep for
 * the transfer, and a top half may not. So a work item does it.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "bh_probe.h"
#include "lab_device.h"

struct lab3 {
	struct lab_device *dev;
	/*@ hole 3 */
	struct work_struct work;	/* embedded: its address leads here */
	/*@ end */
	atomic_t pending;		/* events taken over, not yet transferred */
	struct bh_probe bottom;		/* in debugfs: bh_testbench/lab3_X/bottom/context */
};

static const char * const names[] = { "lab3_a", "lab3_b" };
static struct lab3 labs[ARRAY_SIZE(names)];

/*@ hole 3: What sleeps belongs in a work item: which one is embedded in struct lab3? */
/* The bottom half: a kworker runs it, so it may sleep. */
static void lab3_work(struct work_struct *work)
{
	/*@ hole 12: Whose work is it? container_of() leads from the member to its struct. */
	/*@ else 12: struct lab3 *lab = NULL; */
	struct lab3 *lab = container_of(work, struct lab3, work);
	/*@ end */

	/*@ else 12: if (!lab) */
	/*@ else 12: >return; */
	bh_probe_run(&lab->bottom);
	/*@ hole 2: One run may stand for several interrupts: transfer all that is pending. */
	/* All there are: a run may stand for several interrupts. */
	lab_device_transfer(lab->dev, atomic_xchg(&lab->pending, 0));
	/*@ end */
}

/*@ end */
/* The top half: hard interrupt context. It must not sleep. */
static irqreturn_t lab3_top(int irq, void *dev_id)
{
	struct lab3 *lab = dev_id;
	unsigned int events = irq_line_ack(lab_device_line(lab->dev));

	if (!events)
		return IRQ_NONE;
	/*@ hole 123: This sleeps. Leave the events in pending, and queue the work. */
	/*@ else 123: bh_probe_run(&lab->bottom); */
	/*@ else 123: lab_device_transfer(lab->dev, events); */
	/* First the events, then the work: the run that follows must see them. */
	atomic_add(events, &lab->pending);
	bh_probe_raise(&lab->bottom);
	schedule_work(&lab->work);
	/*@ end */
	return IRQ_HANDLED;
}

static int lab3_add(struct lab3 *lab, const char *name)
{
	int err;

	lab->dev = lab_device_create(name, IRQ_LINE_EDGE);
	if (IS_ERR(lab->dev))
		return PTR_ERR(lab->dev);
	err = bh_probe_init(&lab->bottom, lab_device_line(lab->dev), "bottom", BH_WORK);
	if (err)
		goto err_device;
	/*@ hole 3 */
	INIT_WORK(&lab->work, lab3_work);
	/*@ end */
	err = request_irq(lab_device_irq(lab->dev), lab3_top, 0, name, lab);
	if (err)
		goto err_probe;
	return 0;

err_probe:
	bh_probe_destroy(&lab->bottom);
err_device:
	lab_device_destroy(lab->dev);
	return err;
}

static void lab3_remove(struct lab3 *lab)
{
	/* Source off first: nobody queues the work any more. */
	free_irq(lab_device_irq(lab->dev), lab);
	/*@ hole 123: The work may be queued, or run: it uses what goes now. */
	/* Then the bottom half: waits for it, if it runs. */
	cancel_work_sync(&lab->work);
	/*@ end */
	bh_probe_destroy(&lab->bottom);
	lab_device_destroy(lab->dev);
}

static int __init lab3_init(void)
{
	int err;

	err = lab3_add(&labs[0], names[0]);
	if (err)
		return err;
	err = lab3_add(&labs[1], names[1]);
	if (err)
		lab3_remove(&labs[0]);
	return err;
}
module_init(lab3_init);

static void __exit lab3_exit(void)
{
	lab3_remove(&labs[1]);
	lab3_remove(&labs[0]);
}
module_exit(lab3_exit);

MODULE_DESCRIPTION("Lab 3: the sleeping handler");
MODULE_LICENSE("GPL");
