// SPDX-License-Identifier: GPL-2.0
/*
 * lock_no_bh_fixed: a task that takes a lock with _bh, because a softirq takes it too.
 *
 * The rule it keeps: if a softirq takes a lock, a task must take it with spin_lock_bh().
 * Until the task unlocks, no softirq runs on this CPU. A softirq on another CPU spins as
 * long as the task holds the lock, which is a short time.
 *
 * Expect no message, and every event handled.
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
		spin_lock_bh(&l->lock);
		irq_line_raise(bdev->line);
		l->total = 0;
		spin_unlock_bh(&l->lock);
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
};
module_bench_driver(lock_no_bh_driver);

MODULE_DESCRIPTION("Fixed: a lock shared with a softirq, taken with _bh");
MODULE_LICENSE("GPL");
