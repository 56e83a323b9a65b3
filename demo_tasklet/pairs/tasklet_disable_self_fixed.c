// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_disable_self_fixed: a tasklet that knows that it excludes itself.
 *
 * The rule it keeps: tasklet_disable() and tasklet_kill() wait for the tasklet,
 * so they are for process context. In the tasklet there is nobody to wait for: it
 * never runs twice at a time.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_pair.h"

struct tasklet_disable_self {
	struct bh_pair pair;
	struct tasklet_struct tasklet;
	unsigned int resets;		/* changes only while the tasklet is kept out */
};

/* For the tasklet, or with the tasklet disabled. */
static void __device_reset(struct tasklet_disable_self *t)
{
	t->resets++;
}

/* Process context. */
static void device_reset(struct tasklet_disable_self *t)
{
	tasklet_disable(&t->tasklet);
	__device_reset(t);
	tasklet_enable(&t->tasklet);
}

/* Every event is an error, and asks for a reset. */
static void tasklet_disable_self_bottom(struct tasklet_struct *tasklet)
{
	struct tasklet_disable_self *t = from_tasklet(t, tasklet, tasklet);

	bh_pair_run(&t->pair);
	__device_reset(t);
	bh_pair_drain(&t->pair);
}

static irqreturn_t tasklet_disable_self_top(int irq, void *dev_id)
{
	struct tasklet_disable_self *t = container_of(dev_id, struct tasklet_disable_self, pair);

	if (!bh_pair_take(&t->pair))
		return IRQ_NONE;
	tasklet_schedule(&t->tasklet);
	return IRQ_HANDLED;
}

static int tasklet_disable_self_reset(struct bh_pair *pair, u64 n)
{
	struct tasklet_disable_self *t = container_of(pair, struct tasklet_disable_self, pair);

	while (n--)
		device_reset(t);
	return 0;
}

static int tasklet_disable_self_setup(struct bh_pair *pair)
{
	struct tasklet_disable_self *t = container_of(pair, struct tasklet_disable_self, pair);

	tasklet_setup(&t->tasklet, tasklet_disable_self_bottom);
	return 0;
}

static void tasklet_disable_self_teardown(struct bh_pair *pair)
{
	struct tasklet_disable_self *t = container_of(pair, struct tasklet_disable_self, pair);

	tasklet_kill(&t->tasklet);
}

static struct tasklet_disable_self demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = tasklet_disable_self_top,
		.setup = tasklet_disable_self_setup,
		.teardown = tasklet_disable_self_teardown,
		.command = tasklet_disable_self_reset,
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a tasklet that knows that it excludes itself");
MODULE_LICENSE("GPL");
