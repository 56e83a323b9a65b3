// SPDX-License-Identifier: GPL-2.0
/*
 * bh_unbalanced_broken: a return that leaves BH disabled.
 *
 * The rule it breaks: every local_bh_disable() has its local_bh_enable(), on every path
 * out of the function.
 *
 * On a stock kernel, expect this message of handle_softirqs() at the first event:
 *
 *	softirq: huh, entered softirq 6 TASKLET ... with preempt_count 00000100,
 *		exited with 00000300?
 *
 * The kernel survives, because handle_softirqs() corrects the count. For a task, nothing
 * corrects the count. On PREEMPT_RT a thread runs the softirq. On 6.12 the CPU is lost.
 * From 6.18 on, only the thread is lost.
 */
#include <linux/bottom_half.h>

#include "bench_tasklet.h"

struct bh_unbalanced {
	struct bench_tasklet bh;
	unsigned int frames;		/* received; only the tasklet uses it */
};

/* Every second frame is bad, beginning with the first. */
static bool bh_unbalanced_frame_is_bad(struct bh_unbalanced *b)
{
	return b->frames++ % 2 == 0;
}

/*
 * A task may also call this function, so the function disables BH. In the tasklet, BH is
 * already disabled, and the calls nest.
 */
static void bh_unbalanced_receive(struct bh_unbalanced *b)
{
	local_bh_disable();
	bench_done(b->bh.bdev, atomic_xchg(&b->bh.pending, 0));
	if (bh_unbalanced_frame_is_bad(b))
		return;
	/* Here a good frame would go to its protocol. */
	local_bh_enable();
}

static void bh_unbalanced_bottom(struct tasklet_struct *tasklet)
{
	struct bh_unbalanced *b = from_tasklet(b, tasklet, bh.tasklet);

	bench_run(b->bh.bdev);
	bh_unbalanced_receive(b);
}

static int bh_unbalanced_probe(struct bench_device *bdev)
{
	struct bh_unbalanced *b = dev_get_drvdata(&bdev->dev);

	return bench_tasklet_setup(&b->bh, bdev, bench_tasklet_top, bh_unbalanced_bottom);
}

static struct bench_driver bh_unbalanced_driver = {
	.probe = bh_unbalanced_probe,
	.remove = bench_tasklet_remove,
	.priv_size = sizeof(struct bh_unbalanced),
	.breaks = "broken on purpose: the first event leaves BH disabled",
};
module_bench_driver(bh_unbalanced_driver);

MODULE_DESCRIPTION("Broken on purpose: a return that leaves BH disabled");
MODULE_LICENSE("GPL");
