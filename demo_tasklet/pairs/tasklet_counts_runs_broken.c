// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_counts_runs_broken: a tasklet that counts each run as one event.
 *
 * The rule it breaks: one run of a tasklet must handle all pending events, because
 * tasklet_schedule() does nothing if the tasklet is already scheduled.
 *
 * Write 3 to "command". Expect no message from the kernel. Three events come while BH is
 * disabled, and the tasklet runs once. When the driver is unbound, the testbench reports
 *
 *	tasklet_counts_runs_broken: 2 of 3 events lost
 *
 * The kernel survives. Two events stay pending until the unbind, because each later run
 * also handles only one event. On PREEMPT_RT from 6.18 on, the IRQ thread preempts a task
 * that has BH disabled. So each event has its own run there, and no event is lost.
 */
#include <linux/bottom_half.h>

#include "bench_tasklet.h"

static void tasklet_counts_runs_bottom(struct tasklet_struct *tasklet)
{
	struct bench_tasklet *t = from_tasklet(t, tasklet, tasklet);

	bench_run(t->bdev);
	if (atomic_dec_if_positive(&t->pending) >= 0)
		bench_done(t->bdev, 1);
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
	.breaks = "broken on purpose: events that come while the tasklet is scheduled are lost",
};
module_bench_driver(tasklet_counts_runs_driver);

MODULE_DESCRIPTION("Broken on purpose: a tasklet that takes each run for one event");
MODULE_LICENSE("GPL");
