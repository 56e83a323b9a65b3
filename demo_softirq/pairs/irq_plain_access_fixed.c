// SPDX-License-Identifier: GPL-2.0
/*
 * irq_plain_access_fixed: a counter with marked accesses, written by a top half and read by
 * a task.
 *
 * The rule it keeps: both sides mark the access with WRITE_ONCE() or READ_ONCE(). The
 * compiler turns each marked access into exactly one access of full width. That is enough,
 * because the top half is the only writer and the value is independent of other values. For
 * two writers, or two values that belong together, use a lock or atomic_t. The top half may
 * read its own counter with a plain access.
 *
 * Expect no message, and every event handled.
 */
#include "bench.h"

struct irq_plain_access {
	unsigned long total;		/* events so far; written by the top half only */
};

/* Hard interrupt context; on PREEMPT_RT a thread. The only writer of total. */
static irqreturn_t irq_plain_access_top(int irq, void *data)
{
	struct bench_device *bdev = data;
	struct irq_plain_access *p = dev_get_drvdata(&bdev->dev);
	unsigned int events = bench_read_events(bdev);

	if (!events)
		return IRQ_NONE;
	bench_run(bdev);
	WRITE_ONCE(p->total, p->total + events);
	bench_done(bdev, events);
	return IRQ_HANDLED;
}

/* Process context: reads the total @n times. The value must never decrease. */
static int irq_plain_access_command(struct bench_device *bdev, unsigned int n)
{
	struct irq_plain_access *p = dev_get_drvdata(&bdev->dev);
	unsigned long total, last = 0;

	while (n--) {
		total = READ_ONCE(p->total);
		if (total < last)
			return -EIO;
		last = total;
		cpu_relax();
	}
	return 0;
}

static int irq_plain_access_probe(struct bench_device *bdev)
{
	return bench_irq_setup(bdev, irq_plain_access_top);
}

static struct bench_driver irq_plain_access_driver = {
	.probe = irq_plain_access_probe,
	.priv_size = sizeof(struct irq_plain_access),
	.command = { irq_plain_access_command, 1, 1000000 },
};
module_bench_driver(irq_plain_access_driver);

MODULE_DESCRIPTION("Fixed: a counter with marked accesses, shared by top half and task");
MODULE_LICENSE("GPL");
