// SPDX-License-Identifier: GPL-2.0
/*
 * irq_none_stuck_broken: a handler that does not recognise its own interrupt.
 *
 * The rule it breaks: a handler tests the status bit that stands for events, and
 * acknowledges the events it finds. A level interrupt that is not acknowledged stays
 * asserted.
 *
 * The first event causes an interrupt storm. Expect these messages after 100,000
 * interrupts (kernel/irq/spurious.c):
 *
 *	irq 41: nobody cared (try booting with the "irqpoll" option)
 *	handlers: [<...>] irq_none_stuck_top [irq_none_stuck_broken]
 *	Disabling IRQ #41
 *
 * The kernel survives, but the CPU does nothing else until the kernel has disabled the
 * interrupt. The interrupt stays disabled for all devices that share it.
 */
#include <linux/bits.h>

#include "bench.h"

/* Bits of the status register. */
#define STATUS_LINK		BIT(0)	/* the link is up; never set on this device */
#define STATUS_EVENT		BIT(7)	/* the event register is not zero */

/* Reading the status register has no side effect. */
static u8 irq_none_stuck_status(struct bench_device *bdev)
{
	return irq_line_waiting(bdev->line) ? STATUS_EVENT : 0;
}

static irqreturn_t irq_none_stuck_top(int irq, void *data)
{
	struct bench_device *bdev = data;

	if (!(irq_none_stuck_status(bdev) & STATUS_LINK))
		return IRQ_NONE;
	bench_run(bdev);
	bench_done(bdev, bench_read_events(bdev));
	return IRQ_HANDLED;
}

static int irq_none_stuck_probe(struct bench_device *bdev)
{
	return devm_request_irq(&bdev->dev, bdev->irq, irq_none_stuck_top, 0,
				dev_name(&bdev->dev), bdev);
}

static struct bench_driver irq_none_stuck_driver = {
	.probe = irq_none_stuck_probe,
	.trigger = BENCH_LEVEL,
	.breaks = "broken on purpose: the first event is denied, and its interrupt storms",
};
module_bench_driver(irq_none_stuck_driver);

MODULE_DESCRIPTION("Broken on purpose: a handler that does not recognise its own interrupt");
MODULE_LICENSE("GPL");
