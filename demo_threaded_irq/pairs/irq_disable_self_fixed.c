// SPDX-License-Identifier: GPL-2.0
/*
 * irq_disable_self_fixed: an IRQ thread that disables its interrupt without
 * waiting.
 *
 * The rule it keeps: the handler and the thread of an interrupt must use
 * disable_irq_nosync(), which does not wait. disable_irq() waits until the handler and the
 * thread have ended.
 *
 * Expect no message, and every event handled.
 */
#include "bench_work.h"

/* Runs in a task. The interrupt stays disabled until the work item has handled the events. */
static irqreturn_t irq_disable_self_thread(int irq, void *data)
{
	struct bench_work *w = data;
	unsigned int events = bench_read_events(w->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &w->pending);
	disable_irq_nosync(irq);
	bench_raise(w->bdev);
	schedule_work(&w->work);
	return IRQ_HANDLED;
}

/* The bottom half: a kworker. */
static void irq_disable_self_bottom(struct work_struct *work)
{
	struct bench_work *w = from_work(w, work, work);

	bench_run(w->bdev);
	bench_done(w->bdev, atomic_xchg(&w->pending, 0));
	enable_irq(w->bdev->irq);
}

static int irq_disable_self_probe(struct bench_device *bdev)
{
	struct bench_work *w = dev_get_drvdata(&bdev->dev);

	w->bdev = bdev;
	INIT_WORK(&w->work, irq_disable_self_bottom);
	return request_threaded_irq(bdev->irq, NULL, irq_disable_self_thread, IRQF_ONESHOT,
				    dev_name(&bdev->dev), w);
}

static void irq_disable_self_remove(struct bench_device *bdev)
{
	struct bench_work *w = dev_get_drvdata(&bdev->dev);

	/*
	 * disable_irq() waits for the thread, so nothing queues the item again after
	 * flush_work().
	 */
	disable_irq(bdev->irq);
	flush_work(&w->work);
	/*
	 * Free the interrupt last, because the work item enables the interrupt, and an
	 * enabled interrupt needs a handler.
	 */
	free_irq(bdev->irq, w);
}

static struct bench_driver irq_disable_self_driver = {
	.probe = irq_disable_self_probe,
	.remove = irq_disable_self_remove,
	.priv_size = sizeof(struct bench_work),
	.trigger = BENCH_LEVEL,
	.mechanism = BH_WORK,
};
module_bench_driver(irq_disable_self_driver);

MODULE_DESCRIPTION("Fixed: an IRQ thread that disables its interrupt without waiting");
MODULE_LICENSE("GPL");
