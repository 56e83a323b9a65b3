// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_counts_runs_fixed: a tasklet that handles everything that is pending.
 *
 * The rule it keeps: one run of a tasklet must handle all pending events, because
 * tasklet_schedule() does nothing if the tasklet is already scheduled. A run tells the
 * tasklet that there is something to do, not how much.
 *
 * Expect no message, and every event handled.
 */
#include <linux/bottom_half.h>

#include "bench_tasklet.h"

static void tasklet_counts_runs_bottom(struct tasklet_struct *tasklet)
{
	struct bench_tasklet *t = from_tasklet(t, tasklet, tasklet);

	bench_run(t->bdev);
	bench_done(t->bdev, atomic_xchg(&t->pending, 0));
}

/*
 * Process context: raises @n events while BH is disabled, as under any spin_lock_bh(). The
 * interrupts are handled at once, but the tasklet waits.
 */
static int tasklet_counts_runs_burst(struct bench_device *bdev, unsigned int n)
{
	local_bh_disable();
	while (n--)
		irq_line_raise(bdev->line);
	local_bh_enable();
	return 0;
}

static int tasklet_counts_runs_probe(struct bench_device *bdev)
{
	return bench_tasklet_probe(bdev, tasklet_counts_runs_bottom);
}

static struct bench_driver tasklet_counts_runs_driver = {
	.probe = tasklet_counts_runs_probe,
	.remove = bench_tasklet_remove,
	.priv_size = sizeof(struct bench_tasklet),
	.command = { tasklet_counts_runs_burst, 1, 500 },
};
module_bench_driver(tasklet_counts_runs_driver);

MODULE_DESCRIPTION("Fixed: a tasklet that deals with everything that is pending");
MODULE_LICENSE("GPL");
