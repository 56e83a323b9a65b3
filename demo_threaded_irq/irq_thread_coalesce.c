// SPDX-License-Identifier: GPL-2.0
/*
 * irq_thread_coalesce: many interrupts wake the thread, and it runs only once.
 *
 * This is an edge interrupt without IRQF_ONESHOT. handle_edge_irq() masks nothing, so the top
 * half can run again while the thread works. Each IRQ_WAKE_THREAD sets the bit IRQTF_RUNTHREAD,
 * and the kernel does not count how often. The driver counts the events itself, and each run of
 * the thread takes all of them. So no event is lost when the thread runs less often than it is
 * woken.
 */
#include "bench.h"
#include "slow_bus.h"

struct irq_thread_coalesce {
	struct bench_device *bdev;
	struct slow_bus bus;
	/*
	 * Events that were read but are not yet handled. The top half and the thread may
	 * run at the same time, so this counter is atomic.
	 */
	atomic_t pending;
};

/* The bottom half: a task. */
static irqreturn_t irq_thread_coalesce_thread(int irq, void *data)
{
	struct irq_thread_coalesce *c = data;
	unsigned int events;

	bench_run(c->bdev);
	/*
	 * The kernel cleared IRQTF_RUNTHREAD before this call. An interrupt that comes from
	 * here on sets the bit again. Then the thread runs once more, for the events that
	 * arrive after the atomic_xchg().
	 */
	events = atomic_xchg(&c->pending, 0);
	slow_bus_transfer(&c->bus);
	bench_done(c->bdev, events);
	return IRQ_RETVAL(events);
}

/* The top half: hard interrupt context. */
static irqreturn_t irq_thread_coalesce_top(int irq, void *data)
{
	struct irq_thread_coalesce *c = data;
	unsigned int events = bench_read_events(c->bdev);

	if (!events)
		return IRQ_NONE;
	/*
	 * Add the events to @pending before the thread is woken, so that the thread sees
	 * them (irq-thread.litmus).
	 */
	atomic_add(events, &c->pending);
	bench_raise(c->bdev);
	return IRQ_WAKE_THREAD;
}

static int irq_thread_coalesce_probe(struct bench_device *bdev)
{
	struct irq_thread_coalesce *c = devm_kzalloc(&bdev->dev, sizeof(*c), GFP_KERNEL);
	int err;

	if (!c)
		return -ENOMEM;
	c->bdev = bdev;
	slow_bus_init(&c->bus);
	dev_set_drvdata(&bdev->dev, &c->bus);
	err = devm_request_threaded_irq(&bdev->dev, bdev->irq, irq_thread_coalesce_top,
					irq_thread_coalesce_thread, 0,
					dev_name(&bdev->dev), c);
	if (err)
		return err;
	/*
	 * This action is registered after the interrupt was requested, so devm closes the bus
	 * before it calls free_irq(), which waits for the thread.
	 */
	return devm_add_action_or_reset(&bdev->dev, slow_bus_close, &c->bus);
}

static struct bench_driver irq_thread_coalesce_driver = {
	.probe = irq_thread_coalesce_probe,
	.files = slow_bus_files,
	.trigger = BENCH_EDGE,
	.mechanism = BH_IRQ_THREAD,
};
module_bench_driver(irq_thread_coalesce_driver);

MODULE_DESCRIPTION("Bottom halves: wake-ups of an IRQ thread coalesce");
MODULE_LICENSE("GPL");
