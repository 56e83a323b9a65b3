// SPDX-License-Identifier: GPL-2.0
/*
 * demo_workqueue: the top half reads the events, and a work item handles them. A task runs
 * the item, so the item may do what a softirq may not: wait for a slow device, take a
 * mutex, allocate with GFP_KERNEL.
 *
 * If you load the module with dyndbg=+p, each run adds a line to the kernel log: which
 * kworker ran the item, on which CPU, and how long it slept. Watch the files in
 * /sys/kernel/debug/bh_testbench/demo_workqueue while you write to "raise".
 */
#include <linux/delay.h>
#include <linux/workqueue.h>

#include "bench.h"

struct demo_workqueue {
	struct bench_device *bdev;
	struct work_struct work;	/* embedded: from_work() returns this struct */
	atomic_t pending;		/* events read, not yet handled */
};

/*
 * The bottom half: a kernel thread runs it, so it may sleep. The item never runs on two
 * CPUs at once.
 */
static void demo_workqueue_bottom(struct work_struct *work)
{
	struct demo_workqueue *demo = from_work(demo, work, work);
	unsigned long switches = current->nvcsw;
	ktime_t start = ktime_get();
	unsigned int events;

	bench_run(demo->bdev);
	/* One run may follow several interrupts, so count events, not runs. */
	events = atomic_xchg(&demo->pending, 0);
	/* The device is slow. Meanwhile another worker runs the other items of this CPU. */
	usleep_range(2000, 3000);
	dev_dbg(&demo->bdev->dev, "%s on CPU %d slept %lld us, voluntary switches %lu\n",
		current->comm, raw_smp_processor_id(), ktime_us_delta(ktime_get(), start),
		current->nvcsw - switches);
	bench_done(demo->bdev, events);
}

/* The top half: hard interrupt context. */
static irqreturn_t demo_workqueue_top(int irq, void *data)
{
	struct demo_workqueue *demo = data;
	unsigned int events = bench_read_events(demo->bdev);

	if (!events)
		return IRQ_NONE;
	/* Add the events before queueing: the run that follows must see them (work.litmus). */
	atomic_add(events, &demo->pending);
	bench_raise(demo->bdev);
	/*
	 * schedule_work() returns false if the item is already queued and has not begun.
	 * Then the queued run handles these events too.
	 */
	schedule_work(&demo->work);
	return IRQ_HANDLED;
}

static int demo_workqueue_probe(struct bench_device *bdev)
{
	struct demo_workqueue *demo = devm_kzalloc(&bdev->dev, sizeof(*demo), GFP_KERNEL);

	if (!demo)
		return -ENOMEM;
	demo->bdev = bdev;
	INIT_WORK(&demo->work, demo_workqueue_bottom);
	dev_set_drvdata(&bdev->dev, demo);
	/* Do this last, because from here on the top half may run. */
	return request_irq(bdev->irq, demo_workqueue_top, 0, dev_name(&bdev->dev), demo);
}

static void demo_workqueue_remove(struct bench_device *bdev)
{
	struct demo_workqueue *demo = dev_get_drvdata(&bdev->dev);

	/* Free the interrupt first: after free_irq() nothing queues the item. */
	free_irq(bdev->irq, demo);
	/*
	 * Then flush the item: flush_work() waits until it has run. cancel_work_sync()
	 * would drop events.
	 */
	flush_work(&demo->work);
}

static struct bench_driver demo_workqueue_driver = {
	.probe = demo_workqueue_probe,
	.remove = demo_workqueue_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_WORK,
};
module_bench_driver(demo_workqueue_driver);

MODULE_DESCRIPTION("Bottom halves: a work item");
MODULE_LICENSE("GPL");
