// SPDX-License-Identifier: GPL-2.0
/*
 * demo_threaded_irq: the top half reads the events, a thread handles them and sleeps.
 *
 * IRQF_ONESHOT keeps the level interrupt masked until the thread has returned
 * (irq_finalize_oneshot()). devm frees the interrupt after remove() has returned. Watch the
 * thread (ps -e | grep irq/) and the files in
 * /sys/kernel/debug/bh_testbench/demo_threaded_irq. Then unload the module while the thread
 * sleeps, and read dmesg.
 */
#include "bench.h"
#include "slow_bus.h"

struct demo {
	struct bench_device *bdev;
	struct slow_bus bus;
	atomic_t pending;		/* events read, not yet handled */
	bool removed;			/* remove() was called */
};

/* The bottom half: a task that belongs to this interrupt, and may sleep. */
static irqreturn_t demo_thread(int irq, void *data)
{
	struct demo *demo = data;
	unsigned int events;

	bench_run(demo->bdev);
	/* One run may handle the events of several interrupts, so count events, not runs. */
	events = atomic_xchg(&demo->pending, 0);
	slow_bus_transfer(&demo->bus);
	bench_done(demo->bdev, events);
	if (READ_ONCE(demo->removed))
		dev_info(&demo->bdev->dev, "the thread finished a run after remove() was called\n");
	return IRQ_RETVAL(events);
}

/* The top half: hard interrupt context. */
static irqreturn_t demo_top(int irq, void *data)
{
	struct demo *demo = data;
	unsigned int events = bench_read_events(demo->bdev);

	if (!events)
		return IRQ_NONE;
	/*
	 * Add the events to @pending before the thread is woken, so that the thread sees
	 * them (irq-thread.litmus).
	 */
	atomic_add(events, &demo->pending);
	bench_raise(demo->bdev);
	return IRQ_WAKE_THREAD;
}

static int demo_probe(struct bench_device *bdev)
{
	struct demo *demo = devm_kzalloc(&bdev->dev, sizeof(*demo), GFP_KERNEL);

	if (!demo)
		return -ENOMEM;
	demo->bdev = bdev;
	slow_bus_init(&demo->bus);
	dev_set_drvdata(&bdev->dev, &demo->bus);
	/*
	 * The request comes last, because from here on the top half and the thread may run.
	 * devm frees in reverse order, so it frees the interrupt before *demo.
	 */
	return devm_request_threaded_irq(&bdev->dev, bdev->irq, demo_top, demo_thread,
					 IRQF_ONESHOT, dev_name(&bdev->dev), demo);
}

/*
 * The interrupt may still come: devm frees it after this function has returned. So this
 * function must not free or stop anything that the top half or the thread uses.
 */
static void demo_remove(struct bench_device *bdev)
{
	struct demo *demo = container_of(dev_get_drvdata(&bdev->dev), struct demo, bus);

	WRITE_ONCE(demo->removed, true);
	/*
	 * free_irq() will wait for the thread, and the thread may be waiting for its
	 * transfer. So let the transfer continue.
	 */
	slow_bus_close(&demo->bus);
}

static struct bench_driver demo_driver = {
	.probe = demo_probe,
	.remove = demo_remove,
	.files = slow_bus_files,
	.trigger = BENCH_LEVEL,
	.mechanism = BH_IRQ_THREAD,
};
module_bench_driver(demo_driver);

MODULE_DESCRIPTION("Bottom halves: a threaded interrupt handler");
MODULE_LICENSE("GPL");
