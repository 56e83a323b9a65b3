// SPDX-License-Identifier: GPL-2.0
/*
 * irq_too_early_broken: an interrupt is requested before its handler's data exists.
 *
 * The rule it breaks: probe() must request the interrupt last. The handler may be called as
 * soon as request_irq() has begun: a boot loader or an earlier driver may have left the
 * device in a state in which it raises interrupts.
 *
 * Expect no message if the device is silent while probe() runs. If an event is already
 * waiting:
 *
 *	BUG: kernel NULL pointer dereference, address: ...
 *	Kernel panic - not syncing: Fatal exception in interrupt
 *
 * On PREEMPT_RT the handler runs in a thread. The kernel panics nevertheless, because the
 * thread has BH disabled: in_interrupt() is true.
 */
#include <linux/delay.h>

#include "bench.h"

#define IRQ_TOO_EARLY_SLOTS	64

struct irq_too_early {
	struct bench_device *bdev;
	unsigned int *ring;		/* events of the last interrupts */
	unsigned int head;
};

static irqreturn_t irq_too_early_top(int irq, void *data)
{
	struct irq_too_early *i = data;
	unsigned int events = bench_read_events(i->bdev);

	if (!events)
		return IRQ_NONE;
	bench_run(i->bdev);
	i->ring[i->head++ % IRQ_TOO_EARLY_SLOTS] = events;
	bench_done(i->bdev, events);
	return IRQ_HANDLED;
}

/* Waits until the device's firmware has started. Returns 0 or -ENOMEM. */
static int irq_too_early_start(struct irq_too_early *i)
{
	msleep(20);
	i->ring = devm_kcalloc(&i->bdev->dev, IRQ_TOO_EARLY_SLOTS, sizeof(*i->ring),
			       GFP_KERNEL);
	return i->ring ? 0 : -ENOMEM;
}

static int irq_too_early_probe(struct bench_device *bdev)
{
	struct irq_too_early *i = dev_get_drvdata(&bdev->dev);
	int err;

	i->bdev = bdev;
	err = devm_request_irq(&bdev->dev, bdev->irq, irq_too_early_top, 0,
			       dev_name(&bdev->dev), i);
	if (err)
		return err;
	return irq_too_early_start(i);
}

static struct bench_driver irq_too_early_driver = {
	.probe = irq_too_early_probe,
	.priv_size = sizeof(struct irq_too_early),
	.breaks = "broken on purpose: an event that is waiting at bind time is handled too early",
};
module_bench_driver(irq_too_early_driver);

MODULE_DESCRIPTION("Broken on purpose: an interrupt requested too early");
MODULE_LICENSE("GPL");
