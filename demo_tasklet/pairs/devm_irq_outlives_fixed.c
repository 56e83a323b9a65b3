// SPDX-License-Identifier: GPL-2.0
/*
 * devm_irq_outlives_fixed: devm frees the interrupt, and only then kills the tasklet.
 *
 * The rule it keeps: before devm_request_irq(), register with devm everything that the
 * handler uses. devm undoes everything in reverse order, after remove() has returned. So
 * what the handler uses is still there when the handler is called for the last time.
 * axi_dmac_probe() in drivers/dma/dma-axi-dmac.c does it the same way.
 *
 * Expect no message, and every event handled.
 */
#include <linux/iopoll.h>
#include <linux/vmalloc.h>

#include "bench.h"

#define RING_SIZE	16

struct devm_irq_outlives {
	struct bench_device *bdev;
	struct tasklet_struct tasklet;
	atomic_t pending;
	u8 (*ring)[PAGE_SIZE];		/* only the tasklet writes it, one page per run */
	unsigned int head;
};

static void devm_irq_outlives_bottom(struct tasklet_struct *tasklet)
{
	struct devm_irq_outlives *d = from_tasklet(d, tasklet, tasklet);
	unsigned int events;

	bench_run(d->bdev);
	events = atomic_xchg(&d->pending, 0);
	memset(d->ring[d->head++ % RING_SIZE], events, PAGE_SIZE);
	bench_done(d->bdev, events);
}

static irqreturn_t devm_irq_outlives_top(int irq, void *data)
{
	struct devm_irq_outlives *d = data;
	unsigned int events = bench_read_events(d->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &d->pending);
	bench_raise(d->bdev);
	tasklet_schedule(&d->tasklet);
	return IRQ_HANDLED;
}

/* Process context. Call this when nothing can schedule the tasklet any more. */
static void devm_irq_outlives_stop(void *data)
{
	struct devm_irq_outlives *d = data;

	tasklet_kill(&d->tasklet);
	vfree(d->ring);
}

static int devm_irq_outlives_probe(struct bench_device *bdev)
{
	struct devm_irq_outlives *d = devm_kzalloc(&bdev->dev, sizeof(*d), GFP_KERNEL);
	int err;

	if (!d)
		return -ENOMEM;
	d->bdev = bdev;
	d->ring = vcalloc(RING_SIZE, sizeof(*d->ring));
	if (!d->ring)
		return -ENOMEM;
	tasklet_setup(&d->tasklet, devm_irq_outlives_bottom);
	dev_set_drvdata(&bdev->dev, d);
	err = devm_add_action_or_reset(&bdev->dev, devm_irq_outlives_stop, d);
	if (err)
		return err;
	return devm_request_irq(&bdev->dev, bdev->irq, devm_irq_outlives_top, 0,
				dev_name(&bdev->dev), d);
}

static void devm_irq_outlives_remove(struct bench_device *bdev)
{
	bool waiting;

	/* Raise an event at the worst moment: devm frees the interrupt only after remove(). */
	irq_line_raise(bdev->line);
	read_poll_timeout(irq_line_waiting, waiting, !waiting, 100, USEC_PER_SEC, false,
			  bdev->line);
}

static struct bench_driver devm_irq_outlives_driver = {
	.probe = devm_irq_outlives_probe,
	.remove = devm_irq_outlives_remove,
	.mechanism = BH_TASKLET,
};
module_bench_driver(devm_irq_outlives_driver);

MODULE_DESCRIPTION("Fixed: devm frees the interrupt before it kills the tasklet");
MODULE_LICENSE("GPL");
