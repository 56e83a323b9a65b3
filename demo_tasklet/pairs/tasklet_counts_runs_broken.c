// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_counts_runs_broken: a tasklet that takes each run for one event.
 *
 * The rule it breaks: tasklet_schedule() of a tasklet that is scheduled does
 * nothing. A run means that there is something to do, not how much.
 *
 * What to expect: the kernel is silent. The account says it, and the pair at
 * unload: "2 of 3 events lost".
 *
 * The machine survives. Events wait for good, or until the next come.
 */
#include <linux/bottom_half.h>
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_pair.h"

struct tasklet_counts_runs {
	struct bh_pair pair;
	struct tasklet_struct tasklet;
};

static void tasklet_counts_runs_bottom(struct tasklet_struct *tasklet)
{
	struct tasklet_counts_runs *t = from_tasklet(t, tasklet, tasklet);

	bh_pair_run(&t->pair);
	if (atomic_dec_if_positive(&t->pair.fifo) >= 0)
		atomic64_inc(&t->pair.counters.handled);
}

static irqreturn_t tasklet_counts_runs_top(int irq, void *dev_id)
{
	struct tasklet_counts_runs *t = container_of(dev_id, struct tasklet_counts_runs, pair);

	if (!bh_pair_take(&t->pair))
		return IRQ_NONE;
	tasklet_schedule(&t->tasklet);
	return IRQ_HANDLED;
}

/*
 * Process context: n events while bottom halves are disabled, as by anybody's
 * spin_lock_bh(). Interrupts are taken meanwhile, the tasklet waits.
 */
static int tasklet_counts_runs_burst(struct bh_pair *pair, u64 n)
{
	local_bh_disable();
	while (n--)
		irq_line_raise(pair->line);
	local_bh_enable();
	return 0;
}

static int tasklet_counts_runs_setup(struct bh_pair *pair)
{
	struct tasklet_counts_runs *t = container_of(pair, struct tasklet_counts_runs, pair);

	tasklet_setup(&t->tasklet, tasklet_counts_runs_bottom);
	return 0;
}

static void tasklet_counts_runs_teardown(struct bh_pair *pair)
{
	struct tasklet_counts_runs *t = container_of(pair, struct tasklet_counts_runs, pair);

	tasklet_kill(&t->tasklet);
}

static struct tasklet_counts_runs demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = tasklet_counts_runs_top,
		.setup = tasklet_counts_runs_setup,
		.teardown = tasklet_counts_runs_teardown,
		.command = tasklet_counts_runs_burst,
		.breaks = "broken on purpose: events that come while it is scheduled are forgotten",
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a tasklet that takes each run for one event");
MODULE_LICENSE("GPL");
