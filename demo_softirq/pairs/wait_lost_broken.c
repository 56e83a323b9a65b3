// SPDX-License-Identifier: GPL-2.0
/*
 * wait_lost_broken: a task that checks for its event before it sets its state.
 *
 * The rule it breaks: a task that waits must set its state before it checks. Between the
 * check and set_current_state() the task is still running, so a wake-up at that moment does
 * nothing. Then the task sleeps, and nothing wakes it.
 *
 * Expect this message 120 seconds (hung_task_timeout_secs) after the first "command":
 *
 *	INFO: task sh:227 blocked for more than 122 seconds.
 *
 * No checker detects the bug. If no event comes while those few instructions run, the code
 * works.
 *
 * The kernel survives. The task is lost, and no signal ends it.
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

/* Process context: sleeps until the transfer is done. The transfer ends at the worst moment. */
static int wait_lost_wait(struct wait_lost *w)
{
	DECLARE_WAITQUEUE(wait, current);

	add_wait_queue(&w->wait, &wait);
	if (!READ_ONCE(w->done)) {
		irq_line_raise(w->bh.bdev->line);
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule();
	}
	remove_wait_queue(&w->wait, &wait);
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
	.breaks = "broken on purpose: a command waits for an event that has already happened",
};
module_bench_driver(wait_lost_driver);

MODULE_DESCRIPTION("Broken on purpose: a task that looks before it sets its state");
MODULE_LICENSE("GPL");
