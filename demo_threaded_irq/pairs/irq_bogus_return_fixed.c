// SPDX-License-Identifier: GPL-2.0
/*
 * irq_bogus_return_fixed: a handler that returns whether there were events.
 *
 * The rule it keeps: a handler returns IRQ_NONE (0), IRQ_HANDLED (1) or
 * IRQ_WAKE_THREAD (2). A handler does not return a count or an error code.
 *
 * Expect no message, and every event handled.
 */
#include <linux/irqflags.h>

#include "bench.h"

/* Handles the events of the device. Returns the number of events. */
static unsigned int irq_bogus_return_service(struct bench_device *bdev)
{
	unsigned int events = bench_read_events(bdev);

	if (events)
		bench_run(bdev);
	bench_done(bdev, events);
	return events;
}

static irqreturn_t irq_bogus_return_top(int irq, void *data)
{
	return IRQ_RETVAL(irq_bogus_return_service(data));
}

/* Process context: raises @n events. The handler runs only after the last event. */
static int irq_bogus_return_burst(struct bench_device *bdev, unsigned int n)
{
	guard(irq)();
	while (n--)
		irq_line_raise(bdev->line);
	return 0;
}

static int irq_bogus_return_probe(struct bench_device *bdev)
{
	return devm_request_irq(&bdev->dev, bdev->irq, irq_bogus_return_top, 0,
				dev_name(&bdev->dev), bdev);
}

static struct bench_driver irq_bogus_return_driver = {
	.probe = irq_bogus_return_probe,
	.command = { irq_bogus_return_burst, 1, 1000 },
};
module_bench_driver(irq_bogus_return_driver);

MODULE_DESCRIPTION("Fixed: a handler that returns IRQ_HANDLED");
MODULE_LICENSE("GPL");
