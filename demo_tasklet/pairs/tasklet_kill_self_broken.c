// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_kill_self_broken: a tasklet that kills itself.
 *
 * The rule it breaks: tasklet_kill() waits for the tasklet to be idle, so it is for
 * process context, and never for the tasklet itself. To stop a device is what an
 * error path and remove() share, and only one of them may wait.
 *
 * What to expect, at the first event (kernel/softirq.c:tasklet_kill()):
 *
 *	softirq: Attempt to kill tasklet from interrupt
 *
 * and then a softirq that sleeps, as tasklet_unlock_wait() does,
 *
 *	BUG: scheduling while atomic: TASK/PID/0x00000101
 *
 * and is never woken. On PREEMPT_RT it is "Voluntary context switch within RCU
 * read-side critical section!" in place of the second.
 *
 * The task that was interrupted is lost, and so is the tasklet; the machine survives
 * them, except with 6.12's PREEMPT_RT, where the CPU is lost.
 */
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_pair.h"

struct tasklet_kill_self {
	struct bh_pair pair;
	struct tasklet_struct tasklet;
	bool stopped;			/* changes only while nobody else is in the tasklet */
};

/* For the tasklet, or when it was killed: the device does nothing any more. */
static void __device_stop(struct tasklet_kill_self *t)
{
	t->stopped = true;
}

/* Process context, and the source is off: nobody schedules the tasklet again. */
static void device_stop(struct tasklet_kill_self *t)
{
	tasklet_kill(&t->tasklet);
	__device_stop(t);
}

/* Every event is an error after which the device is to be stopped. */
static void tasklet_kill_self_bottom(struct tasklet_struct *tasklet)
{
	struct tasklet_kill_self *t = from_tasklet(t, tasklet, tasklet);

	bh_pair_run(&t->pair);
	device_stop(t);
	bh_pair_drain(&t->pair);
}

static irqreturn_t tasklet_kill_self_top(int irq, void *dev_id)
{
	struct tasklet_kill_self *t = container_of(dev_id, struct tasklet_kill_self, pair);

	if (!bh_pair_take(&t->pair))
		return IRQ_NONE;
	tasklet_schedule(&t->tasklet);
	return IRQ_HANDLED;
}

static int tasklet_kill_self_setup(struct bh_pair *pair)
{
	struct tasklet_kill_self *t = container_of(pair, struct tasklet_kill_self, pair);

	tasklet_setup(&t->tasklet, tasklet_kill_self_bottom);
	return 0;
}

static void tasklet_kill_self_teardown(struct bh_pair *pair)
{
	struct tasklet_kill_self *t = container_of(pair, struct tasklet_kill_self, pair);

	device_stop(t);
}

static struct tasklet_kill_self demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = tasklet_kill_self_top,
		.setup = tasklet_kill_self_setup,
		.teardown = tasklet_kill_self_teardown,
		.breaks = "broken on purpose: the first event makes a tasklet kill itself",
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a tasklet that kills itself");
MODULE_LICENSE("GPL");
