/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part that most drivers with a timer share. The top half reads the events and arms the
 * timer. probe() and remove() do their steps in the right order. A pair whose lesson is
 * about one of these functions has its own version of the function.
 */
#ifndef _BENCH_TIMER_H
#define _BENCH_TIMER_H

#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/smp.h>
#include <linux/timer.h>

#include "bench.h"

/**
 * struct bench_timer - a device whose events a timer callback handles
 * @bdev: the device
 * @timer: the bottom half. It expires on the CPU that armed it
 * @delay: jiffies from the first event of a burst to the callback; 0 is the next tick
 * @pending: events that were read and are not yet handled
 *
 * A driver uses this struct as it is, or embeds it in its own struct. This struct is the
 * dev_id of the top half and the drvdata of the device, see from_bench().
 */
struct bench_timer {
	struct bench_device *bdev;
	struct timer_list timer;
	unsigned long delay;
	atomic_t pending;
};

/* Handles the pending events. Any context but NMI. This is also a full barrier (timer.litmus). */
static inline unsigned int bench_timer_handle(struct bench_timer *t)
{
	unsigned int events = atomic_xchg(&t->pending, 0);

	bench_done(t->bdev, events);
	return events;
}

/* The top half. Hard interrupt context; on PREEMPT_RT a thread. */
static inline irqreturn_t bench_timer_top(int irq, void *data)
{
	struct bench_timer *t = data;
	unsigned int events = bench_read_events(t->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &t->pending);
	/*
	 * timer_reduce() may look at the timer without a lock. Pairs with atomic_xchg() in
	 * bench_timer_handle(): either the callback sees the events, or timer_reduce() sees
	 * that the timer is not pending (timer.litmus).
	 */
	smp_mb__after_atomic();
	bench_raise(t->bdev);
	/*
	 * timer_reduce() never moves the timer to a later time, so a stream of events cannot
	 * delay the callback.
	 */
	timer_reduce(&t->timer, jiffies + t->delay);
	return IRQ_HANDLED;
}

/* For a driver whose struct has more members. Process context; returns 0 or an error. */
static inline int bench_timer_setup(struct bench_timer *t, struct bench_device *bdev,
				    irq_handler_t top, void (*bottom)(struct timer_list *))
{
	int err = bench_set_mechanism(bdev, BH_TIMER);

	if (err)
		return err;
	t->bdev = bdev;
	timer_setup(&t->timer, bottom, TIMER_PINNED);
	dev_set_drvdata(&bdev->dev, t);
	/* Do this last: from here on the top half may arm the timer. */
	return request_irq(bdev->irq, top, 0, dev_name(&bdev->dev), t);
}

/* Process context: waits for a running callback. */
static inline void bench_timer_remove(struct bench_device *bdev)
{
	struct bench_timer *t = dev_get_drvdata(&bdev->dev);

	/* After this no top half arms the timer. */
	free_irq(bdev->irq, t);
	timer_shutdown_sync(&t->timer);
	/* The callback may have left some events. Handle them here. */
	bench_timer_handle(t);
}

/* For a .command that must raise an event at the worst moment. */

static inline void bench_timer_expire(void *data)
{
	struct bench_timer *t = data;

	/*
	 * First arm the timer on this CPU, then raise the event. On PREEMPT_RT the top half
	 * may run on another CPU, and would otherwise arm the timer there.
	 */
	timer_reduce(&t->timer, jiffies);
	irq_line_raise(t->bdev->line);
}

/*
 * Raises an event on another CPU, where the timer expires. Waits at most one second for the
 * callback to begin. Does nothing if there is no other CPU. Called by a task, which may have
 * BH disabled.
 */
static inline void bench_timer_begin_elsewhere(struct bench_timer *t)
{
	unsigned int cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	s64 runs = atomic64_read(&t->bdev->counters.bottom_halves);
	ktime_t end = ktime_add_ms(ktime_get(), MSEC_PER_SEC);

	if (cpu >= nr_cpu_ids)
		return;
	smp_call_function_single(cpu, bench_timer_expire, t, true);
	while (atomic64_read(&t->bdev->counters.bottom_halves) == runs &&
	       ktime_before(ktime_get(), end))
		cpu_relax();
}

#endif /* _BENCH_TIMER_H */
