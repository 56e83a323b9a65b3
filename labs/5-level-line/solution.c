// SPDX-License-Identifier: GPL-2.0
/*
 * lab5: a device with a level line behind a slow bus. Only a transfer on the bus lets
 * the line down, and one has to sleep for it: the interrupt gets a thread, and the line
 * stays masked until the thread is done. For how long is measured.
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/module.h>

#include "bh_probe.h"
#include "lab_device.h"

struct lab5 {
	struct lab_device *dev;
	u64 since;			/* when the hard handler ran */
	u64 masked_ns;			/* in debugfs: bh_testbench/lab5/my_masked_ns */
	struct bh_counters counters;
	struct bh_probe bottom;
};

static struct lab5 lab5;

/*@ hole 3: The thread: ask the device over the bus what it has; account for it; measure. */
/* The bottom half: a task of this interrupt's own. The line is masked meanwhile. */
static irqreturn_t lab5_thread(int irq, void *dev_id)
{
	struct lab5 *lab = dev_id;
	unsigned int events;

	bh_probe_run(&lab->bottom);
	/*@ hole 2: lab_device_slow_ack() asks the device over the bus, and lets the line down. */
	/*@ else 2: events = 0; */
	events = lab_device_slow_ack(lab->dev);
	/*@ end */
	atomic64_inc(&lab->counters.bottom_halves);
	atomic64_add(events, &lab->counters.events);
	atomic64_add(events, &lab->counters.handled);
	/*@ hole 12: The line was masked when the hard handler was called. */
	/*@ hint Add to masked_ns for how long. */
	/* Unmasked right after this; the next hard handler comes later: no lock. */
	lab->masked_ns += ktime_get_ns() - lab->since;
	/*@ end */
	return events ? IRQ_HANDLED : IRQ_NONE;
}

/*@ end */
/* The top half: hard interrupt context. The bus is out of reach here. */
static irqreturn_t lab5_top(int irq, void *dev_id)
{
	struct lab5 *lab = dev_id;

	/*@ hole 3: Who deals with it, if not this handler? */
	/*@ else 3: lab_device_slow_ack(lab->dev); */
	/*@ else 3: return IRQ_HANDLED; */
	/*@ hole 12: Note the time, for the thread. */
	lab->since = ktime_get_ns();
	/*@ end */
	atomic64_inc(&lab->counters.top_halves);
	bh_probe_raise(&lab->bottom);
	/*@ hole 12: Wake the thread. */
	/*@ else 12: return IRQ_HANDLED; */
	return IRQ_WAKE_THREAD;
	/*@ end */
	/*@ end */
}

static int __init lab5_init(void)
{
	struct irq_line *line;
	int err;

	lab5.dev = lab_device_create("lab5", IRQ_LINE_LEVEL);
	if (IS_ERR(lab5.dev))
		return PTR_ERR(lab5.dev);
	line = lab_device_line(lab5.dev);
	bh_counters_init(&lab5.counters, line);
	debugfs_create_u64("my_masked_ns", 0400, irq_line_dir(line), &lab5.masked_ns);
	err = bh_probe_init(&lab5.bottom, line, "bottom", BH_IRQ_THREAD);
	if (err)
		goto err_device;
	/*@ hole 123: Which flag keeps the line masked until the thread is done? */
	/*@ else 12: err = request_threaded_irq(irq_line_irq(line), lab5_top, lab5_thread, 0, */
	/*@ else 12: >>>   "lab5", &lab5); */
	/*@ else 3: err = request_irq(irq_line_irq(line), lab5_top, 0, "lab5", &lab5); */
	err = request_threaded_irq(irq_line_irq(line), lab5_top, lab5_thread, IRQF_ONESHOT,
				   "lab5", &lab5);
	/*@ end */
	if (err)
		goto err_probe;
	return 0;

err_probe:
	bh_probe_destroy(&lab5.bottom);
err_device:
	lab_device_destroy(lab5.dev);
	return err;
}
module_init(lab5_init);

static void __exit lab5_exit(void)
{
	/*@ hole 23: Source off first. */
	/* Waits for the handler and for its thread. */
	free_irq(lab_device_irq(lab5.dev), &lab5);
	/*@ end */
	bh_probe_destroy(&lab5.bottom);
	lab_device_destroy(lab5.dev);
}
module_exit(lab5_exit);

MODULE_DESCRIPTION("Lab 5: the level line");
MODULE_LICENSE("GPL");
