// SPDX-License-Identifier: GPL-2.0
/*
 * wait_lost_fixed: a task that waits with wait_event_timeout().
 *
 * The rule it keeps: a task that waits must set its state before it checks. The
 * wait_event() macros follow this rule, and check again after each wake-up. A wake-up after
 * the state was set makes the task runnable again, so the task does not sleep. The timeout
 * is a second rule: a driver must not wait forever for its device.
 *
 * Expect no message, and every event handled.
 */
#include <linux/wait.h>

#include "bench_tasklet.h"

struct wait_lost {
	struct bench_tasklet bh;
	struct wait_queue_head wait;
	bool done;			/* set by the tasklet, cleared by the task */
};

/* The end of a transfer. Softirq context. */
static void wait_lost_bottom(struct tasklet_struct *tasklet)
{
	struct wait_lost *w = from_tasklet(w, tasklet, bh.tasklet);

	bench_run(w->bh.bdev);
	bench_done(w->bh.bdev, atomic_xchg(&w->bh.pending, 0));
	WRITE_ONCE(w->done, true);
	wake_up(&w->wait);
}

/* Process context: sleeps until the transfer is done. Gives up after ten seconds. */
static int wait_lost_wait(struct wait_lost *w)
{
	irq_line_raise(w->bh.bdev->line);
	if (!wait_event_timeout(w->wait, READ_ONCE(w->done), 10 * HZ))
		return -ETIMEDOUT;
	return 0;
}

/* Process context: makes @n transfers. */
static int wait_lost_transfer(struct bench_device *bdev, unsigned int n)
{
	struct wait_lost *w = from_bench(w, bdev, bh);
	int err = 0;

	for (; n && !err; n--) {
		WRITE_ONCE(w->done, false);
		err = wait_lost_wait(w);
	}
	return err;
}

static int wait_lost_probe(struct bench_device *bdev)
{
	struct wait_lost *w = dev_get_drvdata(&bdev->dev);

	init_waitqueue_head(&w->wait);
	return bench_tasklet_setup(&w->bh, bdev, bench_tasklet_top, wait_lost_bottom);
}

static struct bench_driver wait_lost_driver = {
	.probe = wait_lost_probe,
	.remove = bench_tasklet_remove,
	.priv_size = sizeof(struct wait_lost),
	.command = { wait_lost_transfer, 1, 1000 },
};
module_bench_driver(wait_lost_driver);

MODULE_DESCRIPTION("Fixed: a task that waits by wait_event_timeout()");
MODULE_LICENSE("GPL");
