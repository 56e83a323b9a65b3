// SPDX-License-Identifier: GPL-2.0
/*
 * lab1: a driver for a device with one interrupt. The device counts events in a register,
 * and raises its interrupt. The top half reads the register and handles the events.
 */
#include "bench.h"

/* The driver's state, one per device. */
struct lab1 {
	struct bench_device *bdev;
};

/* The top half: hard interrupt context. */
static irqreturn_t lab1_top(int irq, void *dev_id)
{
	/*@ hole 3: Read the events, report them, return whether it was our interrupt. */
	/*@ else 3: return IRQ_NONE; */
	struct lab1 *lab = dev_id;
	/*@ hole 12: How many events are there? bench_read_events() reads and clears. */
	/*@ hint One interrupt may stand for several events, or for none. */
	/*@ else 12: unsigned int events = 0; */
	unsigned int events = bench_read_events(lab->bdev);
	/*@ end */

	/*@ hole 2: No event: then it was not our interrupt. What does the handler return? */
	if (!events)
		return IRQ_NONE;
	/*@ end */

	/*@ hole 2: Call bench_run() first, and bench_done() when the events are done. */
	bench_run(lab->bdev);
	/*@ hole 1: How many events are done now? */
	/*@ else 1: bench_done(lab->bdev, 1); */
	bench_done(lab->bdev, events);
	/*@ end */
	/*@ end */
	return IRQ_HANDLED;
	/*@ end */
}

/* Called when the device exists: sets it up. Process context. */
static int lab1_probe(struct bench_device *bdev)
{
	struct lab1 *lab = devm_kzalloc(&bdev->dev, sizeof(*lab), GFP_KERNEL);

	/*@ hole 3: The allocation may have failed. */
	if (!lab)
		return -ENOMEM;
	/*@ end */
	lab->bdev = bdev;
	/*@ hole 23: Where does lab1_remove() find lab? See dev_set_drvdata(). */
	dev_set_drvdata(&bdev->dev, lab);
	/*@ end */
	/*@ hole 123: Request the interrupt bdev->irq for lab1_top. */
	/*@ hint dev_id is what lab1_top gets. If the request fails, what does probe() return? */
	/*@ else 123: return 0; */
	/* The request comes last, because from here on the top half may run. */
	return request_irq(bdev->irq, lab1_top, 0, dev_name(&bdev->dev), lab);
	/*@ end */
}

/* The device or the driver is being removed. Process context. */
static void lab1_remove(struct bench_device *bdev)
{
	/*@ hole 123: Undo lab1_probe(). devm frees lab right after this function. */
	/* After free_irq() the top half no longer runs. */
	free_irq(bdev->irq, dev_get_drvdata(&bdev->dev));
	/*@ end */
}

static struct bench_driver lab1_driver = {
	.probe = lab1_probe,
	.remove = lab1_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_HARDIRQ,
};
module_bench_driver(lab1_driver);

MODULE_DESCRIPTION("Lab 1: the first interrupt");
MODULE_LICENSE("GPL");
