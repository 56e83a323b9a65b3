// SPDX-License-Identifier: GPL-2.0
/*
 * irq_forced: what PREEMPT_RT makes a thread of, and what it leaves alone.
 *
 * Two lines with the same handler, which starts an irq_work and an hrtimer.
 * On the line irq_forced all three are plain; on irq_forced_not each asks to
 * be hard. On a stock kernel all six run in hard interrupts; with "threadirqs"
 * on its command line the plain handler does not; on PREEMPT_RT only those do
 * that asked for it. Read the contexts side by side:
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

struct irq_forced {
	const char *name;
	unsigned long irqflags;
	enum hrtimer_mode mode;
	struct irq_work work;
	struct hrtimer timer;
	struct irq_line *line;
	struct bh_counters counters;
	struct bh_probe top, in_work, in_timer;
};

static void irq_forced_work(struct irq_work *work)
{
	bh_probe_run(&container_of(work, struct irq_forced, work)->in_work);
}

static enum hrtimer_restart irq_forced_timer(struct hrtimer *timer)
{
	bh_probe_run(&container_of(timer, struct irq_forced, timer)->in_timer);
	return HRTIMER_NORESTART;
}

static struct irq_forced plain = {
	.name = "irq_forced",
	.mode = HRTIMER_MODE_REL_PINNED,
	.work = IRQ_WORK_INIT(irq_forced_work),
};

static struct irq_forced hard = {
	.name = "irq_forced_not",
	.irqflags = IRQF_NO_THREAD,
	.mode = HRTIMER_MODE_REL_PINNED_HARD,
	.work = IRQ_WORK_INIT_HARD(irq_forced_work),
};

/* A hard interrupt, or a thread: to start either is allowed in both. */
static irqreturn_t irq_forced_top(int irq, void *dev_id)
{
	struct irq_forced *f = dev_id;
	unsigned int events = irq_line_ack(f->line);

	if (!events)
		return IRQ_NONE;

	bh_probe_run(&f->top);
	atomic64_inc(&f->counters.top_halves);
	atomic64_add(events, &f->counters.events);
	bh_probe_raise(&f->in_work);
	irq_work_queue(&f->work);
	bh_probe_raise(&f->in_timer);
	hrtimer_start(&f->timer, 0, f->mode);
	atomic64_add(events, &f->counters.handled);
	return IRQ_HANDLED;
}

static int __init irq_forced_start(struct irq_forced *f)
{
	int err;

	f->line = irq_line_create(f->name, IRQ_LINE_EDGE);
	if (IS_ERR(f->line))
		return PTR_ERR(f->line);

	bh_counters_init(&f->counters, f->line);
	hrtimer_setup(&f->timer, irq_forced_timer, CLOCK_MONOTONIC, f->mode);
	err = bh_probe_init(&f->top, f->line, "top", BH_HARDIRQ);
	if (err)
		goto err_line;
	/* The first one of BH_HARDIRQ is the top half's; this is another interrupt. */
	err = bh_probe_init(&f->in_work, f->line, "irq_work", BH_HARDIRQ);
	if (err)
		goto err_top;
	err = bh_probe_init(&f->in_timer, f->line, "hrtimer", BH_HRTIMER);
	if (err)
		goto err_work;
	err = request_irq(irq_line_irq(f->line), irq_forced_top, f->irqflags, f->name, f);
	if (err)
		goto err_timer;
	return 0;

err_timer:
	bh_probe_destroy(&f->in_timer);
err_work:
	bh_probe_destroy(&f->in_work);
err_top:
	bh_probe_destroy(&f->top);
err_line:
	irq_line_destroy(f->line);
	return err;
}

static void irq_forced_stop(struct irq_forced *f)
{
	/* Source off; then wait for what the handler has started; then what that used. */
	free_irq(irq_line_irq(f->line), f);
	hrtimer_cancel(&f->timer);
	irq_work_sync(&f->work);
	bh_probe_destroy(&f->in_timer);
	bh_probe_destroy(&f->in_work);
	bh_probe_destroy(&f->top);
	irq_line_destroy(f->line);
}

static int __init irq_forced_init(void)
{
	int err = irq_forced_start(&plain);

	if (err)
		return err;
	err = irq_forced_start(&hard);
	if (err)
		irq_forced_stop(&plain);
	return err;
}
module_init(irq_forced_init);

static void __exit irq_forced_exit(void)
{
	irq_forced_stop(&hard);
	irq_forced_stop(&plain);
}
module_exit(irq_forced_exit);

MODULE_DESCRIPTION("Bottom halves: what PREEMPT_RT makes a thread of, and what not");
MODULE_LICENSE("GPL");
