// SPDX-License-Identifier: GPL-2.0
/*
 * bh_unbalanced_fixed: a guard that enables BH on every path out.
 *
 * The rule it keeps: every local_bh_disable() has its local_bh_enable(), on every path out
 * of the function. With guard() the compiler enables BH on each path (linux/cleanup.h).
 *
 * Expect no message, and every event handled.
 */
#include <linux/bottom_half.h>
#include <linux/cleanup.h>

#include "bench_tasklet.h"

struct bh_unbalanced {
	struct bench_tasklet bh;
	unsigned int frames;		/* received; only the tasklet uses it */
};

/* guard(bh_disabled)() disables BH until the end of the enclosing block. */
DEFINE_LOCK_GUARD_0(bh_disabled, local_bh_disable(), local_bh_enable())

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
	guard(bh_disabled)();
	bench_done(b->bh.bdev, atomic_xchg(&b->bh.pending, 0));
	if (bh_unbalanced_frame_is_bad(b))
		return;
	/* Here a good frame would go to its protocol. */
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
};
module_bench_driver(bh_unbalanced_driver);

MODULE_DESCRIPTION("Fixed: a guard that enables BH on every path out");
MODULE_LICENSE("GPL");
