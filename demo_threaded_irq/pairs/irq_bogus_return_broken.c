// SPDX-License-Identifier: GPL-2.0
/*
 * irq_bogus_return_broken: a handler that returns how many events there were.
 *
 * The rule it breaks: a handler returns IRQ_NONE (0), IRQ_HANDLED (1) or
 * IRQ_WAKE_THREAD (2). A handler does not return a count or an error code.
 *
 * If events come one at a time, expect no message. If two events come at once, the kernel
 * mistakes the return value 2 for IRQ_WAKE_THREAD. If seven events come at once ("command" 7),
 * expect this message:
 *
 *	irq event 39: bogus return value 7
 *
 * The kernel reports the first hundred bogus return values, and survives.
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
	return irq_bogus_return_service(data);
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
	.breaks = "broken on purpose: a handler returns a value that the kernel does not know",
};
module_bench_driver(irq_bogus_return_driver);

MODULE_DESCRIPTION("Broken on purpose: a handler that returns a number");
MODULE_LICENSE("GPL");
