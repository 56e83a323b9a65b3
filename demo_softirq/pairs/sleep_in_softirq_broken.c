// SPDX-License-Identifier: GPL-2.0
/*
 * sleep_in_softirq_broken: a softirq handler that sleeps.
 *
 * The rule it breaks: a softirq runs on the back of whatever task was
 * interrupted, with preemption off. Nothing in it may call schedule().
 *
 * What to expect, on a stock kernel at the first event (from
 * kernel/sched/core.c:__schedule_bug() and kernel/softirq.c:handle_softirqs()):
 *
 *	BUG: scheduling while atomic: TASK/PID/0x00000101
 *	softirq: huh, entered softirq 6 TASKLET ... with preempt_count 00000100,
 *		exited with 00000000?
 *
 * With CONFIG_DEBUG_ATOMIC_SLEEP before these "BUG: sleeping function called
 * from invalid context", from might_sleep(). On PREEMPT_RT instead "Voluntary
 * context switch within RCU read-side critical section!", then RCU stalls.
 *
 * The machine survives on a stock and on a debug kernel as long as a task was
 * interrupted, as by "raise": that task has slept without asking for it. Where
 * it was the idle task ("rate" on an idle CPU), 6.12 complains a dozen times
 * more and lives, 6.1 panics. On PREEMPT_RT 6.12 mostly loses the CPU; from 6.18 on
 * it survives.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_pair.h"

struct sleep_in_softirq {
	struct bh_pair pair;
	struct tasklet_struct tasklet;
};

/* Move what came in by DMA: start it, and sleep until it is through. */
static void device_transfer(struct sleep_in_softirq *s)
{
	might_sleep();
	msleep(20);
	bh_pair_drain(&s->pair);
}

/* The bottom half: softirq context. */
static void sleep_in_softirq_bottom(struct tasklet_struct *tasklet)
{
	struct sleep_in_softirq *s = from_tasklet(s, tasklet, tasklet);

	bh_pair_run(&s->pair);
	device_transfer(s);
}

static irqreturn_t sleep_in_softirq_top(int irq, void *dev_id)
{
	struct sleep_in_softirq *s = container_of(dev_id, struct sleep_in_softirq, pair);

	if (!bh_pair_take(&s->pair))
		return IRQ_NONE;
	tasklet_schedule(&s->tasklet);
	return IRQ_HANDLED;
}

static int sleep_in_softirq_setup(struct bh_pair *pair)
{
	struct sleep_in_softirq *s = container_of(pair, struct sleep_in_softirq, pair);

	tasklet_setup(&s->tasklet, sleep_in_softirq_bottom);
	return 0;
}

static void sleep_in_softirq_teardown(struct bh_pair *pair)
{
	struct sleep_in_softirq *s = container_of(pair, struct sleep_in_softirq, pair);

	tasklet_kill(&s->tasklet);
}

static struct sleep_in_softirq demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = sleep_in_softirq_top,
		.setup = sleep_in_softirq_setup,
		.teardown = sleep_in_softirq_teardown,
		.breaks = "broken on purpose: the first event makes a softirq handler sleep",
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a softirq handler that sleeps");
MODULE_LICENSE("GPL");
