// SPDX-License-Identifier: GPL-2.0
/*
 * bh_per_cpu_broken: local_bh_disable() as the lock of per-CPU data.
 *
 * The rule it breaks: local_bh_disable() says that no softirq comes in between on
 * this CPU, not that nobody does. On stock kernels that is the same. On PREEMPT_RT
 * whoever has bottom halves disabled may be preempted, and since Linux commit
 * 3253cb49cbad (6.18) another task of this CPU may have them disabled meanwhile, too,
 * and serve a softirq that works on the same per-CPU data.
 *
 * What to expect: stock kernels, and PREEMPT_RT before that, are silent and lose
 * nothing. PREEMPT_RT after that is silent as well, and the pair says at unload:
 * "3 of 3 events lost".
 *
 * The machine survives. In a driver the data would be a list.
 */
#include <linux/bottom_half.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/percpu.h>

#include "bh_pair.h"

/* What a CPU has taken in and nobody has fetched yet. */
struct box {
	unsigned int events;
};

static DEFINE_PER_CPU(struct box, boxes);

struct bh_per_cpu {
	struct bh_pair pair;
	struct tasklet_struct tasklet;
};

/* Softirq: what has come goes into the box of this CPU. */
static void bh_per_cpu_bottom(struct tasklet_struct *tasklet)
{
	struct bh_per_cpu *b = from_tasklet(b, tasklet, tasklet);

	bh_pair_run(&b->pair);
	this_cpu_ptr(&boxes)->events += atomic_xchg(&b->pair.fifo, 0);
}

static irqreturn_t bh_per_cpu_top(int irq, void *dev_id)
{
	struct bh_per_cpu *b = container_of(dev_id, struct bh_per_cpu, pair);

	if (!bh_pair_take(&b->pair))
		return IRQ_NONE;
	tasklet_schedule(&b->tasklet);
	return IRQ_HANDLED;
}

/* Process context: empties the box of this CPU, and an event may come in between. */
static void bh_per_cpu_fetch(struct bh_pair *pair, bool event)
{
	unsigned int events;
	struct box *box;

	local_bh_disable();
	box = this_cpu_ptr(&boxes);
	events = box->events;
	if (event)
		irq_line_raise(pair->line);
	box->events = 0;
	local_bh_enable();
	atomic64_add(events, &pair->counters.handled);
}

/* n times, and what came in last. */
static int bh_per_cpu_command(struct bh_pair *pair, u64 n)
{
	while (n--)
		bh_per_cpu_fetch(pair, true);
	/* On PREEMPT_RT the handler's thread serves the tasklet: waits for both. */
	synchronize_irq(pair->irq);
	bh_per_cpu_fetch(pair, false);
	return 0;
}

static int bh_per_cpu_setup(struct bh_pair *pair)
{
	struct bh_per_cpu *b = container_of(pair, struct bh_per_cpu, pair);

	tasklet_setup(&b->tasklet, bh_per_cpu_bottom);
	return 0;
}

static void bh_per_cpu_teardown(struct bh_pair *pair)
{
	struct bh_per_cpu *b = container_of(pair, struct bh_per_cpu, pair);
	int cpu;

	tasklet_kill(&b->tasklet);
	/* Nobody is left who could put anything in. */
	for_each_possible_cpu(cpu)
		atomic64_add(per_cpu(boxes, cpu).events, &pair->counters.handled);
}

static struct bh_per_cpu demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = bh_per_cpu_top,
		.setup = bh_per_cpu_setup,
		.teardown = bh_per_cpu_teardown,
		.command = bh_per_cpu_command,
		.breaks = "broken on purpose: on PREEMPT_RT a command loses what comes meanwhile",
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: local_bh_disable() as a lock");
MODULE_LICENSE("GPL");
