// SPDX-License-Identifier: GPL-2.0
/*
 * bh_enable_irqs_off_broken: spin_unlock_bh() with interrupts off.
 *
 * The rule it breaks: do not call a function with _bh in its name while interrupts are off.
 * spin_unlock_bh() runs the pending softirqs, and enables interrupts for them. So
 * interrupts and softirqs can come inside an outer critical section.
 *
 * Expect no message, unless a pending softirq takes the outer lock ("command" schedules
 * such a softirq). Then the softirq spins for a lock that the interrupted task holds:
 *
 *	watchdog: BUG: soft lockup - CPU#1 stuck for ...
 *
 * CONFIG_PROVE_LOCKING reports the bug even if no softirq is pending:
 *
 *	WARNING: ... kernel/softirq.c ... __local_bh_enable_ip
 *
 * No task runs on this CPU any more. PREEMPT_RT loses the CPU too: there the softirq sleeps
 * until the lock is free, which never happens.
 */
#include <linux/spinlock.h>

#include "bench_tasklet.h"

struct bh_enable_irqs_off {
	struct bench_tasklet bh;
	spinlock_t lock;		/* protects @total, used by tasklet and tasks */
	u64 total;
	spinlock_t history_lock;	/* protects @polls, used by tasklets and tasks */
	u64 polls;
};

/* Softirq context. */
static void bh_enable_irqs_off_bottom(struct tasklet_struct *tasklet)
{
	struct bh_enable_irqs_off *b = from_tasklet(b, tasklet, bh.tasklet);

	bench_run(b->bh.bdev);
	spin_lock(&b->lock);
	b->total += bench_tasklet_handle(&b->bh);
	spin_unlock(&b->lock);
}

/* Process context, BH enabled. */
static void bh_enable_irqs_off_note(struct bh_enable_irqs_off *b)
{
	spin_lock_bh(&b->history_lock);
	b->polls++;
	spin_unlock_bh(&b->history_lock);
}

/* Process context. Resets the total and schedules the tasklet, @n times. */
static int bh_enable_irqs_off_poll(struct bench_device *bdev, unsigned int n)
{
	struct bh_enable_irqs_off *b = from_bench(b, bdev, bh);
	unsigned long flags;

	while (n--) {
		spin_lock_irqsave(&b->lock, flags);
		b->total = 0;
		tasklet_schedule(&b->bh.tasklet);
		bh_enable_irqs_off_note(b);
		spin_unlock_irqrestore(&b->lock, flags);
	}
	return 0;
}

static int bh_enable_irqs_off_probe(struct bench_device *bdev)
{
	struct bh_enable_irqs_off *b = dev_get_drvdata(&bdev->dev);

	spin_lock_init(&b->lock);
	spin_lock_init(&b->history_lock);
	return bench_tasklet_setup(&b->bh, bdev, bench_tasklet_top, bh_enable_irqs_off_bottom);
}

static struct bench_driver bh_enable_irqs_off_driver = {
	.probe = bh_enable_irqs_off_probe,
	.remove = bench_tasklet_remove,
	.priv_size = sizeof(struct bh_enable_irqs_off),
	.command = { bh_enable_irqs_off_poll, 1, 1000 },
	.breaks = "broken on purpose: a command makes a tasklet wait for the interrupted task",
};
module_bench_driver(bh_enable_irqs_off_driver);

MODULE_DESCRIPTION("Broken on purpose: BH enabled in a section with interrupts off");
MODULE_LICENSE("GPL");
