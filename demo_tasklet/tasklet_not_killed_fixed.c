// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_not_killed_fixed: a driver that goes and kills its tasklet first.
 *
 * The rule it keeps: before memory or code goes that a tasklet uses, no source
 * may schedule it any more, and then tasklet_kill(). That waits for one that is
 * scheduled to run, so it has to be enabled, and for the run to end.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_pair.h"

struct tasklet_not_killed {
	struct bh_pair pair;
	struct tasklet_struct tasklet;
	bool suspended;			/* commands come one at a time */
};

static void tasklet_not_killed_bottom(struct tasklet_struct *tasklet)
{
	struct tasklet_not_killed *t = from_tasklet(t, tasklet, tasklet);

	bh_pair_run(&t->pair);
	bh_pair_drain(&t->pair);
}

static irqreturn_t tasklet_not_killed_top(int irq, void *dev_id)
{
	struct tasklet_not_killed *t = container_of(dev_id, struct tasklet_not_killed, pair);

	if (!bh_pair_take(&t->pair))
		return IRQ_NONE;
	tasklet_schedule(&t->tasklet);
	return IRQ_HANDLED;
}

static void device_suspend(struct tasklet_not_killed *t)
{
	if (!t->suspended)
		tasklet_disable(&t->tasklet);
	t->suspended = true;
}

static void device_resume(struct tasklet_not_killed *t)
{
	if (t->suspended)
		tasklet_enable(&t->tasklet);
	t->suspended = false;
}

/* Process context: suspends the device, or resumes it with n = 0. */
static int tasklet_not_killed_suspend(struct bh_pair *pair, u64 n)
{
	struct tasklet_not_killed *t = container_of(pair, struct tasklet_not_killed, pair);

	if (n)
		device_suspend(t);
	else
		device_resume(t);
	return 0;
}

static int tasklet_not_killed_setup(struct bh_pair *pair)
{
	struct tasklet_not_killed *t = container_of(pair, struct tasklet_not_killed, pair);

	tasklet_setup(&t->tasklet, tasklet_not_killed_bottom);
	return 0;
}

static void tasklet_not_killed_teardown(struct bh_pair *pair)
{
	struct tasklet_not_killed *t = container_of(pair, struct tasklet_not_killed, pair);

	/* free_irq() is behind us: nobody schedules it any more. */
	device_resume(t);
	tasklet_kill(&t->tasklet);
}

static struct tasklet_not_killed demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = tasklet_not_killed_top,
		.setup = tasklet_not_killed_setup,
		.teardown = tasklet_not_killed_teardown,
		.command = tasklet_not_killed_suspend,
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a tasklet killed at unload");
MODULE_LICENSE("GPL");
