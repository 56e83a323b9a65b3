// SPDX-License-Identifier: GPL-2.0
/*
 * irq_plain_access_broken: a plain counter, written by a top half and read by a task.
 *
 * The rule it breaks: if two contexts access data at the same time and at least one writes,
 * a lock must protect the data, or both sides must mark the access with READ_ONCE() and
 * WRITE_ONCE(). The compiler may split a plain access in two, or drop it, because it
 * assumes that nothing else accesses the data. The memory model calls this a data race.
 *
 * Write to "command" while the generator runs. Expect no message from a stock kernel, nor
 * from a kernel with lockdep and KASAN, because the compiler happens to read the counter
 * exactly once per round. A kernel with CONFIG_KCSAN says
 *
 *	BUG: KCSAN: data-race in irq_plain_access_command [irq_plain_access_broken] /
 *		irq_plain_access_top [irq_plain_access_broken]
 *
 * The kernel survives.
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
	p->total += events;
	bench_done(bdev, events);
	return IRQ_HANDLED;
}

/* Process context: reads the total @n times. The value must never decrease. */
static int irq_plain_access_command(struct bench_device *bdev, unsigned int n)
{
	struct irq_plain_access *p = dev_get_drvdata(&bdev->dev);
	unsigned long total, last = 0;

	while (n--) {
		total = p->total;
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
	.breaks = "broken on purpose: plain accesses to a counter that two contexts share",
};
module_bench_driver(irq_plain_access_driver);

MODULE_DESCRIPTION("Broken on purpose: a plain counter shared by top half and task");
MODULE_LICENSE("GPL");
