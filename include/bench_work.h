/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part that most drivers with a work item share. The top half reads the events and
 * queues the item. The bottom half handles the events. probe() and remove() do their steps
 * in the right order. A pair whose lesson is about one of these functions has its own version
 * of the function. demo_workqueue.c shows all these steps without this header.
 */
#ifndef _BENCH_WORK_H
#define _BENCH_WORK_H

#include <linux/delay.h>
#include <linux/workqueue.h>

#include "bench.h"

/**
 * struct bench_work - a device whose events a work item handles
 * @bdev: the device
 * @work: the bottom half
 * @pending: events that were read and are not yet handled
 *
 * A driver uses this struct as it is, or embeds it in its own struct. This struct is the
 * dev_id of the top half and the drvdata of the device, see from_bench().
 */
struct bench_work {
	struct bench_device *bdev;
	struct work_struct work;
	atomic_t pending;
};

/* The top half. Hard interrupt context; on PREEMPT_RT a thread. */
static inline irqreturn_t bench_work_top(int irq, void *data)
{
	struct bench_work *w = data;
	unsigned int events = bench_read_events(w->bdev);

	if (!events)
		return IRQ_NONE;
	/*
	 * Add the events before the item is queued: the run that follows must see them
	 * (work.litmus).
	 */
	atomic_add(events, &w->pending);
	bench_raise(w->bdev);
	schedule_work(&w->work);
	return IRQ_HANDLED;
}

/* Handles the pending events: all of them, because one run may follow several interrupts. */
static inline unsigned int bench_work_handle(struct bench_work *w)
{
	unsigned int events = atomic_xchg(&w->pending, 0);

	bench_done(w->bdev, events);
	return events;
}

/* A bottom half that only handles the pending events. A kworker runs it. */
static inline void bench_work_bottom(struct work_struct *work)
{
	struct bench_work *w = from_work(w, work, work);

	bench_run(w->bdev);
	bench_work_handle(w);
}

/* For a driver whose struct has more members. Process context; returns 0 or an error. */
static inline int bench_work_setup(struct bench_work *w, struct bench_device *bdev,
				   irq_handler_t top, work_func_t bottom)
{
	int err = bench_set_mechanism(bdev, BH_WORK);

	if (err)
		return err;
	w->bdev = bdev;
	INIT_WORK(&w->work, bottom);
	dev_set_drvdata(&bdev->dev, w);
	/* Do this last: from here on the top half may queue the item. */
	return request_irq(bdev->irq, top, 0, dev_name(&bdev->dev), w);
}

/* For a driver with .priv_size = sizeof(struct bench_work). */
static inline int bench_work_probe(struct bench_device *bdev, work_func_t bottom)
{
	return bench_work_setup(dev_get_drvdata(&bdev->dev), bdev, bench_work_top, bottom);
}

/*
 * Process context: waits until the item has run. After this every event that the driver has
 * read is handled.
 */
static inline void bench_work_remove(struct bench_device *bdev)
{
	struct bench_work *w = dev_get_drvdata(&bdev->dev);

	/* After this no top half queues the item. */
	free_irq(bdev->irq, w);
	flush_work(&w->work);
}

/*
 * For a .command that must raise an event at the worst moment. Raises an event, and waits
 * at most one second for the item to begin. Process context, may sleep.
 */
static inline void bench_work_begin(struct bench_work *w)
{
	s64 runs = atomic64_read(&w->bdev->counters.bottom_halves);
	unsigned int ms = MSEC_PER_SEC;

	irq_line_raise(w->bdev->line);
	while (atomic64_read(&w->bdev->counters.bottom_halves) == runs && ms--)
		fsleep(USEC_PER_MSEC);
}

#endif /* _BENCH_WORK_H */
