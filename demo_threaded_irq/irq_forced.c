// SPDX-License-Identifier: GPL-2.0
/*
 * irq_forced: what PREEMPT_RT makes a thread of, and what it leaves alone.
 *
 * Two lines with the same handler; that of irq_forced_not says IRQF_NO_THREAD.
 * From the one of irq_forced hang two irq_works and two hrtimers, one of each
 * kind marked hard. On a stock kernel all six run in hard interrupts; with
 * "threadirqs" on its command line the handler of irq_forced does not; on
 * PREEMPT_RT only those do that asked for it. Read the contexts side by side:
 *
 *	grep -rE --include=context 'ran_in|task' /bench/irq_forced /bench/irq_forced_not
 *
 * What is in a hard interrupt on PREEMPT_RT may take raw spinlocks only: a
 * spinlock_t is one that sleeps there. So nothing here takes any.
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/module.h>

#include "bh_probe.h"
#include "compat.h"
#include "irq_line.h"

struct forced_line {
	const char *name;
	unsigned long irqflags;
	struct irq_line *line;
	struct bh_counters counters;
	struct bh_probe top;
};

static struct forced_line lines[] = {
	{ .name = "irq_forced" },
	{ .name = "irq_forced_not", .irqflags = IRQF_NO_THREAD },
};

enum { WORK, WORK_HARD, TIMER, TIMER_HARD, PROBES };

static const char * const probe_names[] = {
	[WORK]		= "irq_work",
	[WORK_HARD]	= "irq_work_hard",
	[TIMER]		= "hrtimer",
	[TIMER_HARD]	= "hrtimer_hard",
};

static struct bh_probe probes[PROBES];

static void work_fn(struct irq_work *unused)
{
	bh_probe_run(&probes[WORK]);
}

static void work_hard_fn(struct irq_work *unused)
{
	bh_probe_run(&probes[WORK_HARD]);
}

static struct irq_work work = IRQ_WORK_INIT(work_fn);
static struct irq_work work_hard = IRQ_WORK_INIT_HARD(work_hard_fn);

static enum hrtimer_restart timer_fn(struct hrtimer *unused)
{
	bh_probe_run(&probes[TIMER]);
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart timer_hard_fn(struct hrtimer *unused)
{
	bh_probe_run(&probes[TIMER_HARD]);
	return HRTIMER_NORESTART;
}

static struct hrtimer timer;
static struct hrtimer timer_hard;

/* A hard interrupt, or a thread. Neither kind of irq_work or timer minds. */
static irqreturn_t forced_top(int irq, void *dev_id)
{
	struct forced_line *l = dev_id;
	unsigned int events = irq_line_ack(l->line);
	int i;

	if (!events)
		return IRQ_NONE;

	bh_probe_run(&l->top);
	atomic64_inc(&l->counters.top_halves);
	atomic64_add(events, &l->counters.events);
	if (!l->irqflags) {
		for (i = 0; i < PROBES; i++)
			bh_probe_raise(&probes[i]);
		irq_work_queue(&work);
		irq_work_queue(&work_hard);
		hrtimer_start(&timer, 0, HRTIMER_MODE_REL_PINNED);
		hrtimer_start(&timer_hard, 0, HRTIMER_MODE_REL_PINNED_HARD);
	}
	atomic64_add(events, &l->counters.handled);
	return IRQ_HANDLED;
}

/* A line and what it is looked at with; no interrupts yet. */
static int __init forced_make(struct forced_line *l)
{
	int err;

	l->line = irq_line_create(l->name, IRQ_LINE_EDGE);
	if (IS_ERR(l->line))
		return PTR_ERR(l->line);
	bh_counters_init(&l->counters, l->line);
	err = bh_probe_init(&l->top, l->line, "top", BH_HARDIRQ);
	if (err)
		irq_line_destroy(l->line);
	return err;
}

static void forced_destroy(struct forced_line *l)
{
	bh_probe_destroy(&l->top);
	irq_line_destroy(l->line);
}

static int __init forced_request(struct forced_line *l)
{
	return request_irq(irq_line_irq(l->line), forced_top, l->irqflags, l->name, l);
}

static void forced_free(struct forced_line *l)
{
	free_irq(irq_line_irq(l->line), l);
}

/* Waits for what the handler has started, and takes the first @n probes away. */
static void probes_stop(int n)
{
	hrtimer_cancel(&timer_hard);
	hrtimer_cancel(&timer);
	irq_work_sync(&work_hard);
	irq_work_sync(&work);
	while (n--)
		bh_probe_destroy(&probes[n]);
}

static int __init probes_start(void)
{
	int err, i;

	hrtimer_setup(&timer, timer_fn, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED);
	hrtimer_setup(&timer_hard, timer_hard_fn, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
	for (i = 0; i < PROBES; i++) {
		err = bh_probe_init(&probes[i], lines[0].line, probe_names[i],
				    i < TIMER ? BH_HARDIRQ : BH_HRTIMER);
		if (err) {
			probes_stop(i);
			return err;
		}
	}
	return 0;
}

static int __init irq_forced_init(void)
{
	int err;

	err = forced_make(&lines[0]);
	if (err)
		return err;
	err = forced_make(&lines[1]);
	if (err)
		goto err_first;
	err = probes_start();
	if (err)
		goto err_second;
	err = forced_request(&lines[0]);
	if (err)
		goto err_probes;
	err = forced_request(&lines[1]);
	if (err)
		goto err_irq;
	return 0;

err_irq:
	forced_free(&lines[0]);
err_probes:
	probes_stop(PROBES);
err_second:
	forced_destroy(&lines[1]);
err_first:
	forced_destroy(&lines[0]);
	return err;
}
module_init(irq_forced_init);

static void __exit irq_forced_exit(void)
{
	/* Source off first; then what the handler has started; then what that used. */
	forced_free(&lines[1]);
	forced_free(&lines[0]);
	probes_stop(PROBES);
	forced_destroy(&lines[1]);
	forced_destroy(&lines[0]);
}
module_exit(irq_forced_exit);

MODULE_DESCRIPTION("Bottom halves: what PREEMPT_RT makes a thread of, and what not");
MODULE_LICENSE("GPL");
