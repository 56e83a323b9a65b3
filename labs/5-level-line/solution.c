// SPDX-License-Identifier: GPL-2.0
/*
 * lab5: a device with a level line behind a slow bus. Only a transfer on the bus
 * deasserts the line, and the driver must sleep during the transfer. So the interrupt gets
 * a thread, and the line stays masked until the thread has finished. The driver measures
 * how long the line is masked.
 */
#include <linux/ktime.h>
#include <linux/seq_file.h>

#include "bench.h"
#include "lab_device.h"

struct lab5 {
	struct bench_device *bdev;
	u64 since;			/* when the top half ran */
	u64 masked_ns;			/* debugfs file my_masked_ns */
};

/*@ hole 3: Write the thread: read the events over the bus, report them, measure the time. */
/* The bottom half: an IRQ thread. The line is masked while this thread runs. */
static irqreturn_t lab5_thread(int irq, void *dev_id)
{
	struct lab5 *lab = dev_id;
	unsigned int events;

	bench_run(lab->bdev);
	/*@ hole 2: lab_device_slow_read_events() asks the device, and deasserts the line. */
	/*@ else 2: events = 0; */
	events = lab_device_slow_read_events(lab->bdev);
	/*@ end */
	bench_done(lab->bdev, events);
	/*@ hole 12: The line was masked when the top half was called. */
	/*@ hint Add the time since then to masked_ns. */
	/*
	 * No lock is needed: the next top half cannot run before the line is unmasked,
	 * which happens after this function.
	 */
	lab->masked_ns += ktime_get_ns() - lab->since;
	/*@ end */
	return events ? IRQ_HANDLED : IRQ_NONE;
}

/*@ end */
/* The top half runs in hard interrupt context, so it cannot read the device. */
static irqreturn_t lab5_top(int irq, void *dev_id)
{
	struct lab5 *lab = dev_id;

	/*@ hole 3: What handles the interrupt, if not this handler? */
	/*@ else 3: lab_device_slow_read_events(lab->bdev); */
	/*@ else 3: return IRQ_HANDLED; */
	/*@ hole 12: Note the time, for the thread. */
	lab->since = ktime_get_ns();
	/*@ end */
	bench_raise(lab->bdev);
	/*@ hole 12: Wake the thread. */
	/*@ else 12: return IRQ_HANDLED; */
	return IRQ_WAKE_THREAD;
	/*@ end */
	/*@ end */
}

static int my_masked_ns_show(struct seq_file *s, void *unused)
{
	struct lab5 *lab = s->private;

	seq_printf(s, "%llu\n", lab->masked_ns);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(my_masked_ns);

static int lab5_probe(struct bench_device *bdev)
{
	struct lab5 *lab = devm_kzalloc(&bdev->dev, sizeof(*lab), GFP_KERNEL);

	if (!lab)
		return -ENOMEM;
	lab->bdev = bdev;
	dev_set_drvdata(&bdev->dev, lab);
	/*@ hole 123: Which flag keeps the line masked until the thread is done? */
	/*@ else 12: return request_threaded_irq(bdev->irq, lab5_top, lab5_thread, 0, */
	/*@ else 12: >>>    dev_name(&bdev->dev), lab); */
	/*@ else 3: return request_irq(bdev->irq, lab5_top, 0, dev_name(&bdev->dev), lab); */
	return request_threaded_irq(bdev->irq, lab5_top, lab5_thread, IRQF_ONESHOT,
				    dev_name(&bdev->dev), lab);
	/*@ end */
}

static void lab5_remove(struct bench_device *bdev)
{
	/*@ hole 23: Undo lab5_probe(). */
	/* free_irq() waits for the handler and for its thread. */
	free_irq(bdev->irq, dev_get_drvdata(&bdev->dev));
	/*@ end */
}

/* The testbench removes these files before it calls lab5_remove(). */
static const struct bench_file lab5_files[] = {
	{ "my_masked_ns", &my_masked_ns_fops },
	{}
};

static struct bench_driver lab5_driver = {
	.probe = lab5_probe,
	.remove = lab5_remove,
	.files = lab5_files,
	.trigger = BENCH_LEVEL,
	.mechanism = BH_IRQ_THREAD,
};
module_bench_driver(lab5_driver);

MODULE_DESCRIPTION("Lab 5: the level line");
MODULE_LICENSE("GPL");
