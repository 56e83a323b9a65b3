// SPDX-License-Identifier: GPL-2.0
/*
 * work_hogs_cpu_fixed: a long computation on an unbound queue, with breaks.
 *
 * The rule it keeps: what computes for long goes to an unbound queue, where the
 * scheduler finds a CPU for it as for any task; and lets others have that one
 * when they want it, by cond_resched().
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "bh_pair.h"
#include "compat.h"

#define HOG_MS		3000
#define LATE_MS		1500

struct work_hogs_cpu {
	struct bh_pair pair;
	struct work_struct hog;
	struct work_struct work;
	atomic64_t since;		/* when the oldest event came; 0: there is none */
	u64 events;			/* that come in while the hog computes */
};

/* Does not take long, on the CPU of the interrupt. */
static void work_hogs_cpu_bottom(struct work_struct *work)
{
	struct work_hogs_cpu *w = container_of(work, struct work_hogs_cpu, work);

	ktime_t since = atomic64_xchg(&w->since, 0);
	s64 waited = since ? ktime_ms_delta(ktime_get(), since) : 0;

	bh_pair_run(&w->pair);
	bh_pair_drain(&w->pair);
	if (waited > LATE_MS)
		pr_warn("%s: an event waited %lld ms\n", w->pair.name, waited);
}

static irqreturn_t work_hogs_cpu_top(int irq, void *dev_id)
{
	struct work_hogs_cpu *w = container_of(dev_id, struct work_hogs_cpu, pair);

	if (!bh_pair_take(&w->pair))
		return IRQ_NONE;
	atomic64_cmpxchg(&w->since, 0, ktime_get());
	queue_work(system_percpu_wq, &w->work);
	return IRQ_HANDLED;
}

/* Compresses, encrypts, checks sums: three seconds of it. */
static void work_hogs_cpu_hog(struct work_struct *work)
{
	struct work_hogs_cpu *w = container_of(work, struct work_hogs_cpu, hog);
	ktime_t end = ktime_add_ms(ktime_get(), HOG_MS);

	while (w->events) {
		w->events--;
		irq_line_raise(w->pair.line);
	}
	while (ktime_before(ktime_get(), end)) {
		cpu_relax();
		cond_resched();
	}
}

/* Process context: starts a computation, during which n events come in. */
static int work_hogs_cpu_start(struct bh_pair *pair, u64 n)
{
	struct work_hogs_cpu *w = container_of(pair, struct work_hogs_cpu, pair);

	flush_work(&w->hog);
	w->events = n;
	queue_work(system_dfl_wq, &w->hog);
	return 0;
}

static int work_hogs_cpu_setup(struct bh_pair *pair)
{
	struct work_hogs_cpu *w = container_of(pair, struct work_hogs_cpu, pair);

	INIT_WORK(&w->hog, work_hogs_cpu_hog);
	INIT_WORK(&w->work, work_hogs_cpu_bottom);
	return 0;
}

static void work_hogs_cpu_teardown(struct bh_pair *pair)
{
	struct work_hogs_cpu *w = container_of(pair, struct work_hogs_cpu, pair);

	flush_work(&w->hog);
	flush_work(&w->work);
}

static struct work_hogs_cpu demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = work_hogs_cpu_top,
		.setup = work_hogs_cpu_setup,
		.teardown = work_hogs_cpu_teardown,
		.command = work_hogs_cpu_start,
		.mechanism = BH_WORK,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a long computation on an unbound queue");
MODULE_LICENSE("GPL");
