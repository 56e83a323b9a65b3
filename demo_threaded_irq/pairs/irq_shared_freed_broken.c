// SPDX-License-Identifier: GPL-2.0
/*
 * irq_shared_freed_broken: kfree() before free_irq(), on a shared interrupt.
 *
 * The rule it breaks: free_irq() must return before you free what the handler uses. Until
 * then the handler may be called. On a shared line, the kernel calls the handler for the
 * interrupts of other devices too, even if the handler's own device is silent.
 *
 * Expect no message from a stock kernel, unless another device interrupts between kfree()
 * and free_irq(). With CONFIG_DEBUG_SHIRQ, free_irq() itself calls the handler once more,
 * to find this bug. Then KASAN reports it at every unload:
 *
 *	BUG: KASAN: slab-use-after-free in irq_shared_freed_top
 *
 * The kernel survives. KASAN may store its own data in the freed object. Then the handler
 * uses this data as a pointer, and the kernel kills rmmod.
 */
#include <linux/slab.h>

#include "bench.h"

struct irq_shared_freed {
	struct bench_device *bdev;
	u64 total;			/* only the top half writes it */
};

static irqreturn_t irq_shared_freed_top(int irq, void *data)
{
	struct irq_shared_freed *i = data;
	unsigned int events = bench_read_events(i->bdev);

	if (!events)
		return IRQ_NONE;
	bench_run(i->bdev);
	i->total += events;
	bench_done(i->bdev, events);
	return IRQ_HANDLED;
}

static int irq_shared_freed_probe(struct bench_device *bdev)
{
	struct irq_shared_freed *i = kzalloc(sizeof(*i), GFP_KERNEL);
	int err;

	if (!i)
		return -ENOMEM;
	i->bdev = bdev;
	dev_set_drvdata(&bdev->dev, i);
	err = request_irq(bdev->irq, irq_shared_freed_top, IRQF_SHARED,
			  dev_name(&bdev->dev), i);
	if (err)
		kfree(i);
	return err;
}

static void irq_shared_freed_remove(struct bench_device *bdev)
{
	struct irq_shared_freed *i = dev_get_drvdata(&bdev->dev);

	kfree(i);
	free_irq(bdev->irq, i);
}

static struct bench_driver irq_shared_freed_driver = {
	.probe = irq_shared_freed_probe,
	.remove = irq_shared_freed_remove,
	.trigger = BENCH_LEVEL,
	.breaks = "broken on purpose: at unload its handler may be called with freed data",
};
module_bench_driver(irq_shared_freed_driver);

MODULE_DESCRIPTION("Broken on purpose: kfree() before free_irq(), on a shared interrupt");
MODULE_LICENSE("GPL");
