// SPDX-License-Identifier: GPL-2.0
/*
 * devm_irq_outlives_broken: remove() kills the tasklet before devm frees the interrupt.
 *
 * The rule it breaks: remove() must not free what the handler still uses. devm frees the
 * interrupt only after remove() has returned. Until then the handler can still be called,
 * and can schedule the tasklet again after tasklet_kill().
 *
 * At unbind or rmmod, if an event comes just after remove() has freed the ring, expect:
 *
 *	BUG: unable to handle page fault for address: ffff...
 *	RIP: 0010:devm_irq_outlives_bottom...
 *	Kernel panic - not syncing: Fatal exception in interrupt
 *
 * The kernel does not survive. CONFIG_KASAN reports the write first: "BUG: KASAN:
 * vmalloc-out-of-bounds in devm_irq_outlives_bottom". The page fault happens because
 * vfree() unmaps the pages. With a ring from kmalloc(), only KASAN would notice the write.
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
	err = devm_request_irq(&bdev->dev, bdev->irq, devm_irq_outlives_top, 0,
			       dev_name(&bdev->dev), d);
	if (err)
		devm_irq_outlives_stop(d);
	return err;
}

static void devm_irq_outlives_remove(struct bench_device *bdev)
{
	bool waiting;

	devm_irq_outlives_stop(dev_get_drvdata(&bdev->dev));
	/* Raise an event at the worst moment: devm frees the interrupt only after remove(). */
	irq_line_raise(bdev->line);
	read_poll_timeout(irq_line_waiting, waiting, !waiting, 100, USEC_PER_SEC, false,
			  bdev->line);
}

static struct bench_driver devm_irq_outlives_driver = {
	.probe = devm_irq_outlives_probe,
	.remove = devm_irq_outlives_remove,
	.mechanism = BH_TASKLET,
	.breaks = "broken on purpose: an event during unbind causes a panic",
};
module_bench_driver(devm_irq_outlives_driver);

MODULE_DESCRIPTION("Broken on purpose: remove() kills the tasklet before devm frees the interrupt");
MODULE_LICENSE("GPL");
