// SPDX-License-Identifier: GPL-2.0
/*
 * irq_always_handled_fixed: a handler that returns IRQ_NONE if there was nothing to handle.
 *
 * The rule it keeps: return IRQ_HANDLED only if the device had an event and the handler
 * handled it. Return IRQ_NONE if the device had no event.
 *
 * Expect no message, and every event handled.
 */
#include <linux/bits.h>

#include "bench.h"

/* Bits of the status register. */
#define STATUS_LINK		BIT(0)	/* the link is up; never set on this device */
#define STATUS_EVENT		BIT(7)	/* the event register is not zero */

/* Reading the status register has no side effect. */
static u8 irq_always_handled_status(struct bench_device *bdev)
{
	return irq_line_waiting(bdev->line) ? STATUS_EVENT : 0;
}

static irqreturn_t irq_always_handled_top(int irq, void *data)
{
	struct bench_device *bdev = data;

	if (!(irq_always_handled_status(bdev) & STATUS_EVENT))
		return IRQ_NONE;
	bench_run(bdev);
	bench_done(bdev, bench_read_events(bdev));
	return IRQ_HANDLED;
}

static int irq_always_handled_probe(struct bench_device *bdev)
{
	return devm_request_irq(&bdev->dev, bdev->irq, irq_always_handled_top, 0,
				dev_name(&bdev->dev), bdev);
}

static struct bench_driver irq_always_handled_driver = {
	.probe = irq_always_handled_probe,
	.trigger = BENCH_LEVEL,
};
module_bench_driver(irq_always_handled_driver);

MODULE_DESCRIPTION("Fixed: a handler that returns IRQ_NONE if it handled nothing");
MODULE_LICENSE("GPL");
