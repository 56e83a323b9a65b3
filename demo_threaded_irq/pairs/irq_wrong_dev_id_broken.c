// SPDX-License-Identifier: GPL-2.0
/*
 * irq_wrong_dev_id_broken: free_irq() with a dev_id that request_irq() did not get.
 *
 * The rule it breaks: pass the same dev_id to free_irq() as to request_irq(). free_irq()
 * finds the handler by this pointer.
 *
 * Expect these messages at unload:
 *
 *	Trying to free already-free IRQ 41
 *	WARNING: ... kernel/irq/manage.c ...
 *
 * free_irq() frees nothing. So the handler stays installed, although its data is freed.
 * With a real device the next interrupt would call this handler, and the kernel would
 * panic. Here the testbench notices the handler ("free_irq() is missing") and disconnects
 * the device, so the kernel survives.
 */
#include <linux/slab.h>

#include "bench.h"

struct irq_wrong_dev_id {
	struct bench_device *bdev;
	u64 total;			/* only the top half writes it */
};

static irqreturn_t irq_wrong_dev_id_top(int irq, void *data)
{
	struct irq_wrong_dev_id *i = data;
	unsigned int events = bench_read_events(i->bdev);

	if (!events)
		return IRQ_NONE;
	bench_run(i->bdev);
	i->total += events;
	bench_done(i->bdev, events);
	return IRQ_HANDLED;
}

static int irq_wrong_dev_id_probe(struct bench_device *bdev)
{
	struct irq_wrong_dev_id *i = kzalloc(sizeof(*i), GFP_KERNEL);
	int err;

	if (!i)
		return -ENOMEM;
	i->bdev = bdev;
	dev_set_drvdata(&bdev->dev, i);
	err = request_irq(bdev->irq, irq_wrong_dev_id_top, 0, dev_name(&bdev->dev), i);
	if (err)
		kfree(i);
	return err;
}

static void irq_wrong_dev_id_remove(struct bench_device *bdev)
{
	struct irq_wrong_dev_id *i = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, bdev);
	kfree(i);
}

static struct bench_driver irq_wrong_dev_id_driver = {
	.probe = irq_wrong_dev_id_probe,
	.remove = irq_wrong_dev_id_remove,
	.breaks = "broken on purpose: at unload its handler stays installed",
};
module_bench_driver(irq_wrong_dev_id_driver);

MODULE_DESCRIPTION("Broken on purpose: free_irq() with the wrong dev_id");
MODULE_LICENSE("GPL");
