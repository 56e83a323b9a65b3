// SPDX-License-Identifier: GPL-2.0
/*
 * irq_unbalanced_broken: enable_irq() on a path without disable_irq().
 *
 * The rule it breaks: each disable_irq() needs exactly one enable_irq(), because the kernel
 * counts the calls. A path must call both functions, or neither.
 *
 * Expect these messages when "command" sets the value that is already set:
 *
 *	Unbalanced enable for IRQ 41
 *	WARNING: ... kernel/irq/manage.c ...
 *
 * The kernel ignores that call and survives. An extra disable_irq() causes no message, but
 * the interrupt stays disabled.
 */
#include "bench.h"

struct irq_unbalanced {
	unsigned int setting;		/* must not change while the top half runs */
};

static irqreturn_t irq_unbalanced_top(int irq, void *data)
{
	struct bench_device *bdev = data;
	unsigned int events = bench_read_events(bdev);

	if (!events)
		return IRQ_NONE;
	bench_run(bdev);
	bench_done(bdev, events);
	return IRQ_HANDLED;
}

/* Process context: changes the setting. disable_irq() waits until the top half has ended. */
static int irq_unbalanced_set(struct bench_device *bdev, unsigned int n)
{
	struct irq_unbalanced *i = dev_get_drvdata(&bdev->dev);

	if (n != i->setting)
		disable_irq(bdev->irq);
	i->setting = n;
	enable_irq(bdev->irq);
	return 0;
}

static int irq_unbalanced_probe(struct bench_device *bdev)
{
	struct irq_unbalanced *i = dev_get_drvdata(&bdev->dev);

	i->setting = 1;
	return bench_irq_setup(bdev, irq_unbalanced_top);
}

static struct bench_driver irq_unbalanced_driver = {
	.probe = irq_unbalanced_probe,
	.priv_size = sizeof(struct irq_unbalanced),
	.command = { irq_unbalanced_set, 1, 1000 },
	.breaks = "broken on purpose: a command enables an interrupt that is enabled",
};
module_bench_driver(irq_unbalanced_driver);

MODULE_DESCRIPTION("Broken on purpose: enable_irq() without disable_irq()");
MODULE_LICENSE("GPL");
