// SPDX-License-Identifier: GPL-2.0
/*
 * lab4: every event has a datum of its own, and there is one work item for all of them.
 * What the worker is to know of an event lies in a list, not in the work item.
 */
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "bh_probe.h"
#include "lab_device.h"

/*@ hole 3 */
struct lab4_event {
	struct list_head list;
	u32 datum;
};

/*@ end */
struct lab4 {
	struct lab_device *dev;
	struct work_struct work;
	/*@ hole 3: Where do the data of many events wait for one work item? */
	/*@ else 3: u32 datum; */
	spinlock_t lock;		/* protects events: handler against worker */
	struct list_head events;	/* read and not yet handed in, oldest first */
	/*@ end */
	struct bh_probe bottom;
};

static struct lab4 lab4;

/* The bottom half: a kworker. */
static void lab4_work(struct work_struct *work)
{
	struct lab4 *lab = container_of(work, struct lab4, work);
	/*@ hole 3 */
	struct lab4_event *event, *next;
	LIST_HEAD(events);
	/*@ end */

	bh_probe_run(&lab->bottom);
	/*@ hole 3: Hand in every event, in the order in which they were read. */
	/*@ else 3: lab_device_transfer(lab->dev, 1); */
	/*@ else 3: lab_device_hand_in(lab->dev, lab->datum); */
	/*@ hole 12: Take over all events there are: the handler adds to the list at any time. */
	/*@ hint list_splice_init() moves a whole list; which lock keeps an interrupt out? */
	/*@ else 12: if (!list_empty(&lab->events)) */
	/*@ else 12: >list_move(lab->events.next, &events); */
	/* The handler adds to it: its interrupt off, not only its lock held. */
	spin_lock_irq(&lab->lock);
	list_splice_init(&lab->events, &events);
	spin_unlock_irq(&lab->lock);
	/*@ end */

	lab_device_transfer(lab->dev, 1);
	list_for_each_entry_safe(event, next, &events, list) {
		lab_device_hand_in(lab->dev, event->datum);
		kfree(event);
	}
	/*@ end */
}

/* The top half: hard interrupt context. */
static irqreturn_t lab4_top(int irq, void *dev_id)
{
	struct lab4 *lab = dev_id;
	/*@ hole 23 */
	struct lab4_event *event;
	/*@ end */
	unsigned int n = 0;

	/*@ hole 23: Read the datum of each event there is; leave it where the worker finds it. */
	/*@ hint Memory is to be had with GFP_ATOMIC here. */
	/*@ else 2: u32 datum; */
	/*@ else 2: */
	/*@ else 2: while (lab_device_read(lab->dev, &datum)) */
	/*@ else 2: >n++; */
	/*@ else 3: while (lab_device_read(lab->dev, &lab->datum)) */
	/*@ else 3: >n++; */
	while (lab_device_waiting(lab->dev)) {
		/* Without memory it stays in the device, for the next interrupt. */
		event = kmalloc(sizeof(*event), GFP_ATOMIC);
		if (!event)
			break;
		lab_device_read(lab->dev, &event->datum);
		/*@ hole 1: To the end of the list, under its lock. */
		/*@ else 1: kfree(event); */
		spin_lock(&lab->lock);
		list_add_tail(&event->list, &lab->events);
		spin_unlock(&lab->lock);
		/*@ end */
		n++;
	}
	/*@ end */
	if (!n)
		return IRQ_NONE;
	bh_probe_raise(&lab->bottom);
	/* False when it is queued already: that run sees our events too. */
	schedule_work(&lab->work);
	return IRQ_HANDLED;
}

static int __init lab4_init(void)
{
	int err;

	lab4.dev = lab_device_create("lab4", IRQ_LINE_EDGE);
	if (IS_ERR(lab4.dev))
		return PTR_ERR(lab4.dev);
	err = bh_probe_init(&lab4.bottom, lab_device_line(lab4.dev), "bottom", BH_WORK);
	if (err)
		goto err_device;
	/*@ hole 3 */
	spin_lock_init(&lab4.lock);
	INIT_LIST_HEAD(&lab4.events);
	/*@ end */
	INIT_WORK(&lab4.work, lab4_work);
	err = request_irq(lab_device_irq(lab4.dev), lab4_top, 0, "lab4", &lab4);
	if (err)
		goto err_probe;
	return 0;

err_probe:
	bh_probe_destroy(&lab4.bottom);
err_device:
	lab_device_destroy(lab4.dev);
	return err;
}
module_init(lab4_init);

static void __exit lab4_exit(void)
{
	free_irq(lab_device_irq(lab4.dev), &lab4);
	/*@ hole 123: Events may wait: let the work end, and lose none of them. */
	/* Not cancel_work_sync(): events that are in the list would be lost, and leak. */
	flush_work(&lab4.work);
	/*@ end */
	bh_probe_destroy(&lab4.bottom);
	lab_device_destroy(lab4.dev);
}
module_exit(lab4_exit);

MODULE_DESCRIPTION("Lab 4: the lost context");
MODULE_LICENSE("GPL");
