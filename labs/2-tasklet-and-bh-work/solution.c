// SPDX-License-Identifier: GPL-2.0
/*
 * lab2: the same driver twice, with a tasklet and with a work item on the BH work
 * queue, both in softirq context. Events coalesce on the way, and none is lost.
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "bh_probe.h"
#include "compat.h"
#include "lab_device.h"

struct lab2_totals {
	u64 events;
	u64 bytes;			/* 64 an event */
};

struct lab2 {
	struct lab_device *dev;
	struct tasklet_struct tasklet;	/* of lab2_tasklet */
	struct work_struct work;	/* of lab2_bh_work */
	atomic_t pending;		/* events taken over, not yet handled */
	spinlock_t lock;		/* protects totals */
	struct lab2_totals totals;
	struct bh_counters counters;
	struct bh_probe bottom;
};

static struct lab2 with_tasklet;
static struct lab2 with_work;

/* The bottom half of both: softirq context, interrupts on. */
static void lab2_bottom(struct lab2 *lab)
{
	/*@ hole 23: One run may stand for several interrupts. How many events are there? */
	/*@ else 23: unsigned int events = 1; */
	/*@ else 23: */
	unsigned int events = atomic_xchg(&lab->pending, 0);

	/*@ end */
	bh_probe_run(&lab->bottom);
	/*@ hole 123: Count this run in bottom_halves, and the events in handled. */
	atomic64_inc(&lab->counters.bottom_halves);
	atomic64_add(events, &lab->counters.handled);
	/*@ end */
	/* A softirq is not interrupted by another one on its CPU. */
	spin_lock(&lab->lock);
	lab->totals.events += events;
	lab->totals.bytes += 64 * events;
	spin_unlock(&lab->lock);
}

static void lab2_tasklet(struct tasklet_struct *tasklet)
{
	struct lab2 *lab = from_tasklet(lab, tasklet, tasklet);

	lab2_bottom(lab);
}

/*@ hole 3: And the work function of the other one. */
static void lab2_work(struct work_struct *work)
{
	struct lab2 *lab = container_of(work, struct lab2, work);

	lab2_bottom(lab);
}

/*@ end */
/* The top half of both: hard interrupt context. */
static irqreturn_t lab2_top(int irq, void *dev_id)
{
	struct lab2 *lab = dev_id;
	unsigned int events = irq_line_ack(lab_device_line(lab->dev));

	if (!events)
		return IRQ_NONE;
	atomic64_inc(&lab->counters.top_halves);
	atomic64_add(events, &lab->counters.events);
	/*@ hole 23: Leave the events where the bottom half finds them, before you ask for it. */
	/*@ hole 1: Is the bottom half asked for already? Then these come on top. */
	/*@ else 1: atomic_set(&lab->pending, events); */
	atomic_add(events, &lab->pending);
	/*@ end */
	/*@ end */
	bh_probe_raise(&lab->bottom);
	/*@ hole 123: with_work has a work item instead, on system_bh_wq. */
	/*@ else 123: tasklet_schedule(&lab->tasklet); */
	if (lab == &with_work)
		queue_work(system_bh_wq, &lab->work);
	else
		tasklet_schedule(&lab->tasklet);
	/*@ end */
	return IRQ_HANDLED;
}

/* Process context. Of all moments the device has its next event in the middle. */
static int totals_show(struct seq_file *s, void *unused)
{
	struct lab2 *lab = s->private;
	struct lab2_totals totals;

	/*@ hole 123: The bottom half may interrupt us here, on this CPU. Keep it out. */
	/* Not spin_lock(): a bottom half on this CPU would wait for us for ever. */
	spin_lock_bh(&lab->lock);
	/*@ end */
	lab_device_copy(lab->dev, &totals, &lab->totals, sizeof(totals));
	/*@ hole 123 */
	spin_unlock_bh(&lab->lock);
	/*@ end */
	seq_printf(s, "events %llu\nbytes %llu\n", totals.events, totals.bytes);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(totals);

static int lab2_add(struct lab2 *lab, const char *name, enum bh_mechanism mechanism)
{
	struct irq_line *line;
	int err;

	lab->dev = lab_device_create(name, IRQ_LINE_EDGE);
	if (IS_ERR(lab->dev))
		return PTR_ERR(lab->dev);
	line = lab_device_line(lab->dev);
	bh_counters_init(&lab->counters, line);
	debugfs_create_file("totals", 0400, irq_line_dir(line), lab, &totals_fops);
	err = bh_probe_init(&lab->bottom, line, "bottom", mechanism);
	if (err)
		goto err_device;
	spin_lock_init(&lab->lock);
	tasklet_setup(&lab->tasklet, lab2_tasklet);
	/*@ hole 3 */
	INIT_WORK(&lab->work, lab2_work);
	/*@ end */
	err = request_irq(irq_line_irq(line), lab2_top, 0, name, lab);
	if (err)
		goto err_probe;
	return 0;

err_probe:
	bh_probe_destroy(&lab->bottom);
err_device:
	lab_device_destroy(lab->dev);
	return err;
}

static void lab2_remove(struct lab2 *lab)
{
	/* Source off first: nobody asks for the bottom half any more. */
	free_irq(lab_device_irq(lab->dev), lab);
	/*@ hole 123: The bottom half may be asked for, or run: it uses what goes now. */
	tasklet_kill(&lab->tasklet);
	/* Waits, with BH work too: here is process context. */
	cancel_work_sync(&lab->work);
	/*@ end */
	bh_probe_destroy(&lab->bottom);
	lab_device_destroy(lab->dev);
}

static int __init lab2_init(void)
{
	int err;

	err = lab2_add(&with_tasklet, "lab2_tasklet", BH_TASKLET);
	if (err)
		return err;
	/* Kernels before 6.9 have no BH work queue. */
	if (!system_bh_wq)
		return 0;
	err = lab2_add(&with_work, "lab2_bh_work", BH_BH_WORK);
	if (err)
		lab2_remove(&with_tasklet);
	return err;
}
module_init(lab2_init);

static void __exit lab2_exit(void)
{
	if (system_bh_wq)
		lab2_remove(&with_work);
	lab2_remove(&with_tasklet);
}
module_exit(lab2_exit);

MODULE_DESCRIPTION("Lab 2: from top half to tasklet, and to BH work");
MODULE_LICENSE("GPL");
