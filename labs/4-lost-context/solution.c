// SPDX-License-Identifier: GPL-2.0
/*
 * lab4: every event has its own datum, but there is only one work item. A list, not the
 * work item, contains what the worker must know about each event.
 */
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "bench.h"
#include "lab_device.h"

/*@ hole 3 */
struct lab4_event {
	struct list_head list;
	u32 datum;
};

/*@ end */
struct lab4 {
	struct bench_device *bdev;
	struct work_struct work;
	/*@ hole 3: One work item serves many events. Where does each datum wait for the worker? */
	/*@ else 3: u32 datum; */
	spinlock_t lock;		/* protects @events, which handler and worker use */
	struct list_head events;	/* events read and not yet handed in, oldest first */
	/*@ end */
};

/* The bottom half: a kworker. */
static void lab4_work(struct work_struct *work)
{
	struct lab4 *lab = from_work(lab, work, work);
	/*@ hole 3 */
	struct lab4_event *event, *next;
	LIST_HEAD(events);
	/*@ end */

	bench_run(lab->bdev);
	/*@ hole 3: Hand in every event, in the order in which they were read. */
	/*@ else 3: lab_device_transfer(lab->bdev, 1); */
	/*@ else 3: lab_device_hand_in(lab->bdev, lab->datum); */
	/*@ hole 12: Take all events: the handler may add to the list at any time. */
	/*@ hint list_splice_init() moves a whole list. Which lock keeps an interrupt out? */
	/*@ else 12: if (!list_empty(&lab->events)) */
	/*@ else 12: >list_move(lab->events.next, &events); */
	/* Disable interrupts, because the handler takes the lock too, perhaps on this CPU. */
	spin_lock_irq(&lab->lock);
	list_splice_init(&lab->events, &events);
	spin_unlock_irq(&lab->lock);
	/*@ end */

	lab_device_transfer(lab->bdev, 1);
	list_for_each_entry_safe(event, next, &events, list) {
		lab_device_hand_in(lab->bdev, event->datum);
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

	/*@ hole 23: Read the datum of each event, and leave it where the worker finds it. */
	/*@ hint Memory must be allocated with GFP_ATOMIC here. */
	/*@ else 2: u32 datum; */
	/*@ else 2: */
	/*@ else 2: while (lab_device_read(lab->bdev, &datum)) */
	/*@ else 2: >n++; */
	/*@ else 3: while (lab_device_read(lab->bdev, &lab->datum)) */
	/*@ else 3: >n++; */
	while (lab_device_waiting(lab->bdev)) {
		/*
		 * If there is no memory, the event stays in the device until the next
		 * interrupt.
		 */
		event = kmalloc(sizeof(*event), GFP_ATOMIC);
		if (!event)
			break;
		lab_device_read(lab->bdev, &event->datum);
		/*@ hole 1: Add it to the end of the list, under its lock. */
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
	bench_raise(lab->bdev);
	/* If the work is already queued, its next run sees these events too. */
	schedule_work(&lab->work);
	return IRQ_HANDLED;
}

static int lab4_probe(struct bench_device *bdev)
{
	struct lab4 *lab = devm_kzalloc(&bdev->dev, sizeof(*lab), GFP_KERNEL);

	if (!lab)
		return -ENOMEM;
	lab->bdev = bdev;
	/*@ hole 3 */
	spin_lock_init(&lab->lock);
	INIT_LIST_HEAD(&lab->events);
	/*@ end */
	INIT_WORK(&lab->work, lab4_work);
	dev_set_drvdata(&bdev->dev, lab);
	/* The request comes last, because from here on the top half may run. */
	return request_irq(bdev->irq, lab4_top, 0, dev_name(&bdev->dev), lab);
}

static void lab4_remove(struct bench_device *bdev)
{
	struct lab4 *lab = dev_get_drvdata(&bdev->dev);

	/* Stop the source first: after free_irq() nothing queues the work. */
	free_irq(bdev->irq, lab);
	/*@ hole 123: Events may wait in the list: let the work finish, and lose none of them. */
	/*
	 * With cancel_work_sync(), the events in the list would be lost, and their memory
	 * would leak.
	 */
	flush_work(&lab->work);
	/*@ end */
}

static struct bench_driver lab4_driver = {
	.probe = lab4_probe,
	.remove = lab4_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_WORK,
};
module_bench_driver(lab4_driver);

MODULE_DESCRIPTION("Lab 4: the lost context");
MODULE_LICENSE("GPL");
