// SPDX-License-Identifier: GPL-2.0
/*
 * irq_always_handled_broken: a handler that claims every interrupt.
 *
 * The rule it breaks: return IRQ_HANDLED only if the device had an event and the handler
 * handled it. The kernel counts IRQ_NONE to detect a stuck interrupt. This handler claims
 * every interrupt, so the kernel does not detect the stuck interrupt.
 *
 * Expect no message that names the handler. After the first event the interrupt stays
 * asserted and fires again and again.
 *
 * The kernel survives, because the testbench disconnects the device after 300,000
 * interrupts. A real device would interrupt forever, and this CPU would do nothing else.
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

	if (!(irq_always_handled_status(bdev) & STATUS_LINK))
		return IRQ_HANDLED;
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
	.breaks = "broken on purpose: the first event makes a storm that goes undetected",
};
module_bench_driver(irq_always_handled_driver);

MODULE_DESCRIPTION("Broken on purpose: a handler that claims every interrupt");
MODULE_LICENSE("GPL");
