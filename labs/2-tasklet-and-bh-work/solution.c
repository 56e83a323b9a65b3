// SPDX-License-Identifier: GPL-2.0
/*
 * lab2: one driver, two devices. The bottom half of lab2_tasklet is a tasklet. The bottom
 * half of lab2_bh_work is a work item on the BH work queue. Both run in softirq context.
 * One run may follow several interrupts, but no event is lost.
 */
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "bench.h"
#include "compat.h"
#include "lab_device.h"

struct lab2_totals {
	u64 events;
	u64 bytes;			/* 64 per event */
};

struct lab2 {
	struct bench_device *bdev;
	bool bh_work;			/* used instead of the tasklet */
	struct tasklet_struct tasklet;
	struct work_struct work;
	atomic_t pending;		/* events read, not yet handled */
	spinlock_t lock;		/* protects @totals */
	struct lab2_totals totals;
};

/* The bottom half of both devices: softirq context, interrupts on. */
static void lab2_bottom(struct lab2 *lab)
{
	/*@ hole 23: One run may stand for several interrupts. How many events are there? */
	/*@ else 23: unsigned int events = 1; */
	/*@ else 23: */
	unsigned int events = atomic_xchg(&lab->pending, 0);

	/*@ end */
	bench_run(lab->bdev);
	/* Another softirq cannot interrupt this one on this CPU, so spin_lock() is enough. */
	spin_lock(&lab->lock);
	lab->totals.events += events;
	lab->totals.bytes += 64 * events;
	spin_unlock(&lab->lock);
	bench_done(lab->bdev, events);
}

static void lab2_tasklet(struct tasklet_struct *tasklet)
{
	struct lab2 *lab = from_tasklet(lab, tasklet, tasklet);

	lab2_bottom(lab);
}

/*@ hole 3: Write the work function of the other device too. */
static void lab2_work(struct work_struct *work)
{
	struct lab2 *lab = from_work(lab, work, work);

	lab2_bottom(lab);
}

/*@ end */
/* The top half of both devices: hard interrupt context. */
static irqreturn_t lab2_top(int irq, void *dev_id)
{
	struct lab2 *lab = dev_id;
	unsigned int events = bench_read_events(lab->bdev);

	/*@ hole 23: Was it our device? */
	if (!events)
		return IRQ_NONE;
	/*@ end */
	/*@ hole 23: Leave the events where the bottom half finds them, before you schedule it. */
	/*@ hole 1: Events may already wait for the bottom half: add the new events to them. */
	/*@ else 1: atomic_set(&lab->pending, events); */
	atomic_add(events, &lab->pending);
	/*@ end */
	/*@ end */
	bench_raise(lab->bdev);
	/*@ hole 123: If lab->bh_work is true, queue the work item on system_bh_wq instead. */
	/*@ else 123: tasklet_schedule(&lab->tasklet); */
	if (lab->bh_work)
		queue_work(system_bh_wq, &lab->work);
	else
		tasklet_schedule(&lab->tasklet);
	/*@ end */
	return IRQ_HANDLED;
}

/* Process context. An event happens in the middle of the copy, which is the worst moment. */
static int totals_show(struct seq_file *s, void *unused)
{
	struct lab2 *lab = s->private;
	struct lab2_totals totals;

	/*@ hole 123: The bottom half may interrupt us here, on this CPU. Keep it out. */
	/* With spin_lock(), a bottom half that interrupts this task would spin forever. */
	spin_lock_bh(&lab->lock);
	/*@ end */
	lab_device_copy(lab->bdev, &totals, &lab->totals, sizeof(totals));
	/*@ hole 123 */
	spin_unlock_bh(&lab->lock);
	/*@ end */
	seq_printf(s, "events %llu\nbytes %llu\n", totals.events, totals.bytes);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(totals);

static const char * const lab2_devices[] = { "lab2_tasklet", "lab2_bh_work", NULL };

static int lab2_probe(struct bench_device *bdev)
{
	struct lab2 *lab = devm_kzalloc(&bdev->dev, sizeof(*lab), GFP_KERNEL);

	if (!lab)
		return -ENOMEM;
	lab->bdev = bdev;
	/* Kernels before 6.9 have no BH work queue: with them, both devices use the tasklet. */
	lab->bh_work = bdev->id == 1 && system_bh_wq;
	spin_lock_init(&lab->lock);
	tasklet_setup(&lab->tasklet, lab2_tasklet);
	/*@ hole 3 */
	INIT_WORK(&lab->work, lab2_work);
	/*@ end */
	dev_set_drvdata(&bdev->dev, lab);
	/* The request comes last, because from here on the top half may run. */
	return request_irq(bdev->irq, lab2_top, 0, dev_name(&bdev->dev), lab);
}

static void lab2_remove(struct bench_device *bdev)
{
	struct lab2 *lab = dev_get_drvdata(&bdev->dev);

	/* Stop the source first: after free_irq() nothing schedules the bottom half. */
	free_irq(bdev->irq, lab);
	/*@ hole 123: The bottom half may be scheduled or running. It uses lab, which devm frees. */
	/* Then stop the bottom half: each call waits until a scheduled bottom half has run. */
	tasklet_kill(&lab->tasklet);
	flush_work(&lab->work);
	/*@ end */
}

/* The testbench removes these files before it calls lab2_remove(). */
static const struct bench_file lab2_files[] = {
	{ "totals", &totals_fops },
	{}
};

static struct bench_driver lab2_driver = {
	.probe = lab2_probe,
	.remove = lab2_remove,
	.devices = lab2_devices,
	.files = lab2_files,
	.trigger = BENCH_EDGE,
	.mechanism = BH_SOFTIRQ,
};
module_bench_driver(lab2_driver);

MODULE_DESCRIPTION("Lab 2: from top half to tasklet, and to BH work");
MODULE_LICENSE("GPL");
