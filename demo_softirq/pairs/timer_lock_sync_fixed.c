// SPDX-License-Identifier: GPL-2.0
/*
 * timer_lock_sync_fixed: a task that waits for a timer callback without holding the
 * callback's lock.
 *
 * The rule it keeps: code that calls timer_delete_sync() or timer_shutdown_sync() must not
 * hold a lock that the callback takes.
 *
 * Expect no message, and every event handled.
 */
#include <linux/spinlock.h>

#include "bench_timer.h"

struct timer_lock_sync {
	struct bench_timer bh;
	spinlock_t lock;		/* protects @total, used by timer callback and tasks */
	u64 total;
};

/* Softirq context, so spin_lock() is enough. */
static void timer_lock_sync_bottom(struct timer_list *timer)
{
	struct timer_lock_sync *t = container_of(timer, struct timer_lock_sync, bh.timer);

	bench_run(t->bh.bdev);
	spin_lock(&t->lock);
	t->total += bench_timer_handle(&t->bh);
	spin_unlock(&t->lock);
}

/* Process context. Stops the timer and counts the events itself, @n times. */
static int timer_lock_sync_report(struct bench_device *bdev, unsigned int n)
{
	struct timer_lock_sync *t = from_bench(t, bdev, bh);

	while (n--) {
		bench_timer_begin_elsewhere(&t->bh);
		timer_delete_sync(&t->bh.timer);
		spin_lock_bh(&t->lock);
		t->total += bench_timer_handle(&t->bh);
		spin_unlock_bh(&t->lock);
	}
	return 0;
}

static int timer_lock_sync_probe(struct bench_device *bdev)
{
	struct timer_lock_sync *t = dev_get_drvdata(&bdev->dev);

	spin_lock_init(&t->lock);
	return bench_timer_setup(&t->bh, bdev, bench_timer_top, timer_lock_sync_bottom);
}

static struct bench_driver timer_lock_sync_driver = {
	.probe = timer_lock_sync_probe,
	.remove = bench_timer_remove,
	.priv_size = sizeof(struct timer_lock_sync),
	.command = { timer_lock_sync_report, 1, 100 },
};
module_bench_driver(timer_lock_sync_driver);

MODULE_DESCRIPTION("Fixed: a task that waits for a timer callback with the lock released");
MODULE_LICENSE("GPL");
