/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part that most tasklet drivers share. The top half reads the events and schedules the
 * tasklet. The bottom half handles the events. probe() and remove() do their steps in the
 * right order. A pair whose lesson is about one of these functions has its own version of
 * the function. demo_tasklet.c shows all these steps without this header.
 */
#ifndef _BENCH_TASKLET_H
#define _BENCH_TASKLET_H

#include "bench.h"

/**
 * struct bench_tasklet - a device whose events a tasklet handles
 * @bdev: the device
 * @tasklet: the bottom half
 * @pending: events that were read and are not yet handled
 *
 * A driver uses this struct as it is, or embeds it in its own struct. This struct is the
 * dev_id of the top half and the drvdata of the device, see from_bench().
 */
struct bench_tasklet {
	struct bench_device *bdev;
	struct tasklet_struct tasklet;
	atomic_t pending;
};

/* The last step of the top half: leaves the @events events that it has read to the tasklet. */
static inline irqreturn_t bench_tasklet_request(struct bench_tasklet *t, unsigned int events)
{
	/*
	 * Add the events before the tasklet is scheduled: the run that follows must see
	 * them (tasklet.litmus).
	 */
	atomic_add(events, &t->pending);
	bench_raise(t->bdev);
	tasklet_schedule(&t->tasklet);
	return IRQ_HANDLED;
}

/* The top half. Hard interrupt context; on PREEMPT_RT a thread. */
static inline irqreturn_t bench_tasklet_top(int irq, void *data)
{
	struct bench_tasklet *t = data;
	unsigned int events = bench_read_events(t->bdev);

	return events ? bench_tasklet_request(t, events) : IRQ_NONE;
}

/* Handles the pending events: all of them, because one run may follow several interrupts. */
static inline unsigned int bench_tasklet_handle(struct bench_tasklet *t)
{
	unsigned int events = atomic_xchg(&t->pending, 0);

	bench_done(t->bdev, events);
	return events;
}

/* A bottom half that only handles the pending events. Softirq context. */
static inline void bench_tasklet_bottom(struct tasklet_struct *tasklet)
{
	struct bench_tasklet *t = from_tasklet(t, tasklet, tasklet);

	bench_run(t->bdev);
	bench_tasklet_handle(t);
}

/* For a driver whose struct has more members. Process context; returns 0 or an error. */
static inline int bench_tasklet_setup(struct bench_tasklet *t, struct bench_device *bdev,
				      irq_handler_t top,
				      void (*bottom)(struct tasklet_struct *))
{
	int err = bench_set_mechanism(bdev, BH_TASKLET);

	if (err)
		return err;
	t->bdev = bdev;
	tasklet_setup(&t->tasklet, bottom);
	dev_set_drvdata(&bdev->dev, t);
	/* Do this last: from here on the top half may schedule the tasklet. */
	return request_irq(bdev->irq, top, 0, dev_name(&bdev->dev), t);
}

/* For a driver with .priv_size = sizeof(struct bench_tasklet). */
static inline int bench_tasklet_probe(struct bench_device *bdev,
				      void (*bottom)(struct tasklet_struct *))
{
	return bench_tasklet_setup(dev_get_drvdata(&bdev->dev), bdev, bench_tasklet_top, bottom);
}

/*
 * Process context: if the tasklet is scheduled, waits until it has run. A disabled tasklet
 * never runs, so the tasklet must be enabled.
 */
static inline void bench_tasklet_remove(struct bench_device *bdev)
{
	struct bench_tasklet *t = dev_get_drvdata(&bdev->dev);

	/* After this no top half schedules the tasklet. */
	free_irq(bdev->irq, t);
	tasklet_kill(&t->tasklet);
}

#endif /* _BENCH_TASKLET_H */
