// SPDX-License-Identifier: GPL-2.0
/*
 * sleep_in_softirq_fixed: a softirq handler that leaves the sleeping to a worker.
 *
 * The rule it keeps: a softirq runs on the back of whatever task was
 * interrupted, with preemption off. Nothing in it may call schedule(). What
 * must sleep goes to a task that exists for it.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "bh_pair.h"

struct sleep_in_softirq {
	struct bh_pair pair;
	struct tasklet_struct tasklet;
	struct work_struct work;
};

/* Move what came in by DMA: start it, and sleep until it is through. */
static void device_transfer(struct sleep_in_softirq *s)
{
	might_sleep();
	msleep(20);
	bh_pair_drain(&s->pair);
}

/* In a kworker: may sleep. The context comes with the work that is embedded. */
static void sleep_in_softirq_work(struct work_struct *work)
{
	struct sleep_in_softirq *s = container_of(work, struct sleep_in_softirq, work);

	device_transfer(s);
}

/* The bottom half: softirq context. */
static void sleep_in_softirq_bottom(struct tasklet_struct *tasklet)
{
	struct sleep_in_softirq *s = from_tasklet(s, tasklet, tasklet);

	bh_pair_run(&s->pair);
	/* False if it is queued already: then that run takes these events too. */
	schedule_work(&s->work);
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
	INIT_WORK(&s->work, sleep_in_softirq_work);
	return 0;
}

static void sleep_in_softirq_teardown(struct bh_pair *pair)
{
	struct sleep_in_softirq *s = container_of(pair, struct sleep_in_softirq, pair);

	tasklet_kill(&s->tasklet);
	/* After the tasklet, which queues it. Flushed: what was taken is handled. */
	flush_work(&s->work);
}

static struct sleep_in_softirq demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = sleep_in_softirq_top,
		.setup = sleep_in_softirq_setup,
		.teardown = sleep_in_softirq_teardown,
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a softirq handler that leaves the sleeping to a worker");
MODULE_LICENSE("GPL");
