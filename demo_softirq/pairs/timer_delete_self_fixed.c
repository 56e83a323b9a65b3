// SPDX-License-Identifier: GPL-2.0
/*
 * timer_delete_self_fixed: a timer callback that does not wait for itself.
 *
 * The rule it keeps: a timer's callback calls timer_delete(), which waits for nothing.
 * timer_delete_sync() and timer_shutdown_sync() wait until the callback no longer runs.
 *
 * Expect no message, and every event handled.
 */
#include "bench_timer.h"

/* Softirq context. */
static void timer_delete_self_bottom(struct timer_list *timer)
{
	struct bench_timer *t = container_of(timer, struct bench_timer, timer);

	bench_run(t->bdev);
	/*
	 * If the top half has armed the timer again, stop the timer: this run handles the
	 * new events too.
	 */
	timer_delete(&t->timer);
	bench_timer_handle(t);
}

static int timer_delete_self_probe(struct bench_device *bdev)
{
	struct bench_timer *t = dev_get_drvdata(&bdev->dev);

	return bench_timer_setup(t, bdev, bench_timer_top, timer_delete_self_bottom);
}

static struct bench_driver timer_delete_self_driver = {
	.probe = timer_delete_self_probe,
	.remove = bench_timer_remove,
	.priv_size = sizeof(struct bench_timer),
};
module_bench_driver(timer_delete_self_driver);

MODULE_DESCRIPTION("Fixed: a timer callback that does not wait for its own end");
MODULE_LICENSE("GPL");
