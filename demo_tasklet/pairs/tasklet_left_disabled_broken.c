// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_left_disabled_broken: a way out that leaves a tasklet disabled.
 *
 * The rule it breaks: every tasklet_disable() has its tasklet_enable(), on every
 * way out of the function.
 *
 * What to expect: the kernel is silent. A tasklet that is scheduled and disabled
 * is put back on the list and its softirq raised again, for ever: the TASKLET
 * row of /proc/softirqs races, ksoftirqd has the CPU for itself.
 *
 * The machine survives, with a CPU that does nothing else, and the module cannot
 * be unloaded: tasklet_kill() waits for the tasklet to run.
 */
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_pair.h"

#define RING_SIZE_MAX 4

struct tasklet_left_disabled {
	struct bh_pair pair;
	struct tasklet_struct tasklet;
	unsigned int ring_size;		/* changes only while the tasklet is disabled */
};

static void tasklet_left_disabled_bottom(struct tasklet_struct *tasklet)
{
	struct tasklet_left_disabled *t = from_tasklet(t, tasklet, tasklet);

	bh_pair_run(&t->pair);
	bh_pair_drain(&t->pair);
}

static irqreturn_t tasklet_left_disabled_top(int irq, void *dev_id)
{
	struct tasklet_left_disabled *t = container_of(dev_id, struct tasklet_left_disabled, pair);

	if (!bh_pair_take(&t->pair))
		return IRQ_NONE;
	tasklet_schedule(&t->tasklet);
	return IRQ_HANDLED;
}

/* Process context: tasklet_disable() sleeps until a running one is done. */
static int tasklet_left_disabled_resize(struct bh_pair *pair, u64 n)
{
	struct tasklet_left_disabled *t = container_of(pair, struct tasklet_left_disabled, pair);

	tasklet_disable(&t->tasklet);
	if (n > RING_SIZE_MAX)
		return -EINVAL;
	t->ring_size = n;
	tasklet_enable(&t->tasklet);
	return 0;
}

static int tasklet_left_disabled_setup(struct bh_pair *pair)
{
	struct tasklet_left_disabled *t = container_of(pair, struct tasklet_left_disabled, pair);

	tasklet_setup(&t->tasklet, tasklet_left_disabled_bottom);
	return 0;
}

static void tasklet_left_disabled_teardown(struct bh_pair *pair)
{
	struct tasklet_left_disabled *t = container_of(pair, struct tasklet_left_disabled, pair);

	tasklet_kill(&t->tasklet);
}

static struct tasklet_left_disabled demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = tasklet_left_disabled_top,
		.setup = tasklet_left_disabled_setup,
		.teardown = tasklet_left_disabled_teardown,
		.command = tasklet_left_disabled_resize,
		.breaks = "broken on purpose: a refused command leaves the tasklet disabled",
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a way out that leaves a tasklet disabled");
MODULE_LICENSE("GPL");
