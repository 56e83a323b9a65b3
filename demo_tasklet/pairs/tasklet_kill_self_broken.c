// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_kill_self_broken: a tasklet that kills itself.
 *
 * The rule it breaks: call tasklet_kill() in process context, never in the tasklet itself,
 * because it waits until the tasklet is idle.
 *
 * Expect this message of tasklet_kill() (kernel/softirq.c) at the first event:
 *
 *	softirq: Attempt to kill tasklet from interrupt
 *
 * Then tasklet_unlock_wait() sleeps in a softirq, and nothing wakes it:
 *
 *	BUG: scheduling while atomic: TASK/PID/0x00000101
 *
 * On PREEMPT_RT the second message is "Voluntary context switch within RCU read-side
 * critical section!".
 *
 * The interrupted task is lost, and so is the tasklet. The kernel survives, except on
 * 6.12 with PREEMPT_RT, where the CPU is lost.
 */
#include "bench_tasklet.h"

/* Any context: from here on the device does not interrupt. Its events wait in the register. */
static void device_silence(struct bench_tasklet *t)
{
	irq_line_set_irq_enabled(t->bdev->line, false);
}

/*
 * Process context. If events are waiting, the device interrupts when this function enables its
 * interrupt.
 */
static void device_restart(struct bench_tasklet *t)
{
	tasklet_kill(&t->tasklet);
	irq_line_set_irq_enabled(t->bdev->line, true);
}

/* Every event of this device is an error that needs a restart of the device. */
static void tasklet_kill_self_bottom(struct tasklet_struct *tasklet)
{
	struct bench_tasklet *t = from_tasklet(t, tasklet, tasklet);

	bench_run(t->bdev);
	device_silence(t);
	device_restart(t);
	bench_done(t->bdev, atomic_xchg(&t->pending, 0));
}

static int tasklet_kill_self_probe(struct bench_device *bdev)
{
	return bench_tasklet_probe(bdev, tasklet_kill_self_bottom);
}

static struct bench_driver tasklet_kill_self_driver = {
	.probe = tasklet_kill_self_probe,
	.remove = bench_tasklet_remove,
	.priv_size = sizeof(struct bench_tasklet),
	.trigger = BENCH_LEVEL,
	.breaks = "broken on purpose: the first event makes a tasklet kill itself",
};
module_bench_driver(tasklet_kill_self_driver);

MODULE_DESCRIPTION("Broken on purpose: a tasklet that kills itself");
MODULE_LICENSE("GPL");
