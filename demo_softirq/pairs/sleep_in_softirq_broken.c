// SPDX-License-Identifier: GPL-2.0
/*
 * sleep_in_softirq_broken: a softirq handler that sleeps.
 *
 * The rule it breaks: no code in a softirq may call schedule(). A softirq runs on top of
 * the interrupted task, with preemption off.
 *
 * Expect these messages at the first event, on a stock kernel
 * (kernel/sched/core.c:__schedule_bug() and kernel/softirq.c:handle_softirqs()):
 *
 *	BUG: scheduling while atomic: TASK/PID/0x00000101
 *	softirq: huh, entered softirq 6 TASKLET ... with preempt_count 00000100,
 *		exited with 00000000?
 *
 * With CONFIG_DEBUG_ATOMIC_SLEEP, might_sleep() first reports "BUG: sleeping function
 * called from invalid context". PREEMPT_RT reports "Voluntary context switch within RCU
 * read-side critical section!" instead, and then an RCU stall.
 *
 * A stock or debug kernel survives if the interrupt came while a task computed in user
 * space: that task is put to sleep. If kernel code ran (as after a write to "raise"), the kernel
 * may panic. If the CPU was idle (events from "rate"), 6.12 prints a dozen more reports, and
 * 6.1 panics. With PREEMPT_RT, 6.12 usually loses the CPU, but 6.18 and newer survive.
 */
#include <linux/delay.h>

#include "bench_tasklet.h"

struct sleep_in_softirq {
	struct bench_tasklet bh;
};

/* Fetches the data of the events by DMA: starts the transfer, and sleeps until it ends. */
static void sleep_in_softirq_transfer(struct sleep_in_softirq *s)
{
	unsigned int events = atomic_xchg(&s->bh.pending, 0);

	might_sleep();
	msleep(20);
	bench_done(s->bh.bdev, events);
}

/* The bottom half: softirq context. */
static void sleep_in_softirq_bottom(struct tasklet_struct *tasklet)
{
	struct sleep_in_softirq *s = from_tasklet(s, tasklet, bh.tasklet);

	bench_run(s->bh.bdev);
	sleep_in_softirq_transfer(s);
}

static int sleep_in_softirq_probe(struct bench_device *bdev)
{
	struct sleep_in_softirq *s = dev_get_drvdata(&bdev->dev);

	return bench_tasklet_setup(&s->bh, bdev, bench_tasklet_top, sleep_in_softirq_bottom);
}

static void sleep_in_softirq_remove(struct bench_device *bdev)
{
	struct sleep_in_softirq *s = from_bench(s, bdev, bh);

	free_irq(bdev->irq, &s->bh);
	tasklet_kill(&s->bh.tasklet);
}

static struct bench_driver sleep_in_softirq_driver = {
	.probe = sleep_in_softirq_probe,
	.remove = sleep_in_softirq_remove,
	.priv_size = sizeof(struct sleep_in_softirq),
	.breaks = "broken on purpose: the first event makes a softirq handler sleep",
};
module_bench_driver(sleep_in_softirq_driver);

MODULE_DESCRIPTION("Broken on purpose: a softirq handler that sleeps");
MODULE_LICENSE("GPL");
