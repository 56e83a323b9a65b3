// SPDX-License-Identifier: GPL-2.0
/*
 * bh_unbalanced_fixed: one way out, and bottom halves enabled on it.
 *
 * The rule it keeps: every local_bh_disable() has its local_bh_enable(), on
 * every way out of the function.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/bottom_half.h>
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_pair.h"

struct bh_unbalanced {
	struct bh_pair pair;
	struct tasklet_struct tasklet;
	unsigned int frames;		/* the tasklet's alone */
};

/* Every second frame is bad, beginning with the first. */
static bool frame_is_bad(struct bh_unbalanced *b)
{
	return b->frames++ % 2 == 0;
}

/* Called by tasks as well, hence the disabling; it nests. */
static void frames_receive(struct bh_unbalanced *b)
{
	local_bh_disable();
	bh_pair_drain(&b->pair);
	if (frame_is_bad(b))
		goto out;
	/* Here a good frame would go to its protocol. */
out:
	local_bh_enable();
}

static void bh_unbalanced_bottom(struct tasklet_struct *tasklet)
{
	struct bh_unbalanced *b = from_tasklet(b, tasklet, tasklet);

	bh_pair_run(&b->pair);
	frames_receive(b);
}

static irqreturn_t bh_unbalanced_top(int irq, void *dev_id)
{
	struct bh_unbalanced *b = container_of(dev_id, struct bh_unbalanced, pair);

	if (!bh_pair_take(&b->pair))
		return IRQ_NONE;
	tasklet_schedule(&b->tasklet);
	return IRQ_HANDLED;
}

static int bh_unbalanced_setup(struct bh_pair *pair)
{
	struct bh_unbalanced *b = container_of(pair, struct bh_unbalanced, pair);

	tasklet_setup(&b->tasklet, bh_unbalanced_bottom);
	return 0;
}

static void bh_unbalanced_teardown(struct bh_pair *pair)
{
	struct bh_unbalanced *b = container_of(pair, struct bh_unbalanced, pair);

	tasklet_kill(&b->tasklet);
}

static struct bh_unbalanced demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = bh_unbalanced_top,
		.setup = bh_unbalanced_setup,
		.teardown = bh_unbalanced_teardown,
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: bottom halves enabled on every way out");
MODULE_LICENSE("GPL");
