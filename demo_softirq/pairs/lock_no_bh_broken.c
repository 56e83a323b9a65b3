// SPDX-License-Identifier: GPL-2.0
/*
 * lock_no_bh_broken: a task that takes a lock without _bh, although a softirq takes it too.
 *
 * The rule it breaks: if a softirq takes a lock, a task must take it with spin_lock_bh().
 * With spin_lock(), the softirq may run on the same CPU while the task holds the lock. Then
 * the softirq spins for the lock, and the task waits for the softirq to end.
 *
 * An event must come while the task holds the lock ("command" raises such an event). Then
 * expect, after 2 * watchdog_thresh seconds:
 *
 *	watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [sh:227]
 *
 * CONFIG_PROVE_LOCKING reports the bug even if no event comes at that moment: "inconsistent
 * {SOFTIRQ-ON-W} -> {IN-SOFTIRQ-W} usage". On PREEMPT_RT nothing goes wrong, because there
 * spin_lock() sleeps.
 *
 * The CPU is lost. The other CPUs continue until they must wait for this CPU.
 */
#include <linux/spinlock.h>

#include "bench_tasklet.h"

struct lock_no_bh {
	struct bench_tasklet bh;
	spinlock_t lock;		/* protects @total, used by tasklet and tasks */
	u64 total;
};

/*
 * The bottom half: softirq context. On a stock kernel no task of this CPU runs at the same
 * time. On PREEMPT_RT a task may run and hold the lock, but spin_lock() then sleeps until
 * the lock is free. So spin_lock() is correct on both kernels.
 */
static void lock_no_bh_bottom(struct tasklet_struct *tasklet)
{
	struct lock_no_bh *l = from_tasklet(l, tasklet, bh.tasklet);

	bench_run(l->bh.bdev);
	spin_lock(&l->lock);
	l->total += bench_tasklet_handle(&l->bh);
	spin_unlock(&l->lock);
}

/* Process context: resets the total @n times, each time with an event at the worst moment. */
static int lock_no_bh_reset(struct bench_device *bdev, unsigned int n)
{
	struct lock_no_bh *l = from_bench(l, bdev, bh);

	while (n--) {
		spin_lock(&l->lock);
		irq_line_raise(bdev->line);
		l->total = 0;
		spin_unlock(&l->lock);
	}
	return 0;
}

static int lock_no_bh_probe(struct bench_device *bdev)
{
	struct lock_no_bh *l = dev_get_drvdata(&bdev->dev);

	spin_lock_init(&l->lock);
	return bench_tasklet_setup(&l->bh, bdev, bench_tasklet_top, lock_no_bh_bottom);
}

static struct bench_driver lock_no_bh_driver = {
	.probe = lock_no_bh_probe,
	.remove = bench_tasklet_remove,
	.priv_size = sizeof(struct lock_no_bh),
	.command = { lock_no_bh_reset, 1, 1000 },
	.breaks = "broken on purpose: a command makes a tasklet wait for the interrupted task",
};
module_bench_driver(lock_no_bh_driver);

MODULE_DESCRIPTION("Broken on purpose: a lock shared with a softirq, taken without _bh");
MODULE_LICENSE("GPL");
