// SPDX-License-Identifier: GPL-2.0
/*
 * timer_delete_self_broken: a timer callback that waits for its own end.
 *
 * The rule it breaks: a timer's callback must not call timer_delete_sync() or
 * timer_shutdown_sync(), which wait until this callback no longer runs.
 *
 * Expect this message 2 * watchdog_thresh seconds after the first event:
 *
 *	watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [swapper/1:0]
 *
 * CONFIG_PROVE_LOCKING says "possible recursive locking detected" at once. On PREEMPT_RT the
 * thread that runs timers, ktimers/1, sleeps forever, and RCU reports a stall.
 *
 * The CPU is lost. The other CPUs continue until they must wait for this CPU.
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
	timer_delete_sync(&t->timer);
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
	.breaks = "broken on purpose: the first event makes a timer callback wait for itself",
};
module_bench_driver(timer_delete_self_driver);

MODULE_DESCRIPTION("Broken on purpose: a timer callback that waits for its own end");
MODULE_LICENSE("GPL");
