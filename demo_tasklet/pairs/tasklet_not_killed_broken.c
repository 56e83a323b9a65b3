// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_not_killed_broken: a driver that goes and only disables its tasklet.
 *
 * The rule it breaks: before memory or code goes that a tasklet uses, no source
 * may schedule it any more, and then tasklet_kill(). A tasklet that is disabled
 * does not run, but one that was scheduled stays on the list of its CPU.
 *
 * What to expect: the module is gone, ksoftirqd walks the list into it:
 *
 *	BUG: unable to handle page fault for address: ffffffffc0...
 *	RIP: 0010:tasklet_action_common...
 *	Kernel panic - not syncing: Fatal exception in interrupt
 *
 * The machine is dead. CONFIG_KASAN sees ksoftirqd read there, "vmalloc-out-of-bounds",
 * before that; who gave the memory back it does not know.
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
	device_suspend(t);
}

static struct tasklet_not_killed demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = tasklet_not_killed_top,
		.setup = tasklet_not_killed_setup,
		.teardown = tasklet_not_killed_teardown,
		.command = tasklet_not_killed_suspend,
		.breaks = "broken on purpose: unloaded while suspended it makes a panic",
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a tasklet disabled at unload, and not killed");
MODULE_LICENSE("GPL");
