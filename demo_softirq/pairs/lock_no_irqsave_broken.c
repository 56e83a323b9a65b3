// SPDX-License-Identifier: GPL-2.0
/*
 * lock_no_irqsave_broken: a task that takes a lock with _bh only, although a top half takes it too.
 *
 * The rule it breaks: if a top half takes a lock, all other code must take it with
 * interrupts off. spin_lock_bh() keeps softirqs away, but not interrupts.
 *
 * An event must come while the task holds the lock ("command" raises such an event). Then
 * the top half spins with interrupts off, so its CPU cannot report anything. After
 * rcu_cpu_stall_timeout seconds another CPU reports that a grace period does not end:
 *
 *	rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
 *
 * If the CPU has a performance counter, the hard-lockup detector says "Watchdog detected
 * hard LOCKUP on cpu 1". CONFIG_PROVE_LOCKING reports the bug even if no event comes at
 * that moment: "inconsistent {HARDIRQ-ON-W} -> {IN-HARDIRQ-W} usage". On PREEMPT_RT nothing
 * goes wrong: the top half is a thread, and spin_lock() sleeps.
 *
 * First the CPU is lost, and soon the whole kernel: a CPU that sends an interrupt to the
 * lost CPU waits forever for the answer.
 */
#include <linux/spinlock.h>

#include "bench_tasklet.h"

struct lock_no_irqsave {
	struct bench_tasklet bh;
	spinlock_t lock;		/* protects @total, used by top half and tasks */
	u64 total;
};

/*
 * Hard interrupt context with interrupts off. On PREEMPT_RT this is a thread, and
 * spin_lock() sleeps. So spin_lock() is correct in both cases.
 */
static irqreturn_t lock_no_irqsave_top(int irq, void *data)
{
	struct lock_no_irqsave *l = container_of(data, struct lock_no_irqsave, bh);
	unsigned int events = bench_read_events(l->bh.bdev);

	if (!events)
		return IRQ_NONE;
	spin_lock(&l->lock);
	l->total += events;
	spin_unlock(&l->lock);
	return bench_tasklet_request(&l->bh, events);
}

/* Process context: resets the total @n times, each time with an event at the worst moment. */
static int lock_no_irqsave_reset(struct bench_device *bdev, unsigned int n)
{
	struct lock_no_irqsave *l = from_bench(l, bdev, bh);

	while (n--) {
		spin_lock_bh(&l->lock);
		irq_line_raise(bdev->line);
		l->total = 0;
		spin_unlock_bh(&l->lock);
	}
	return 0;
}

static int lock_no_irqsave_probe(struct bench_device *bdev)
{
	struct lock_no_irqsave *l = dev_get_drvdata(&bdev->dev);

	spin_lock_init(&l->lock);
	return bench_tasklet_setup(&l->bh, bdev, lock_no_irqsave_top, bench_tasklet_bottom);
}

static struct bench_driver lock_no_irqsave_driver = {
	.probe = lock_no_irqsave_probe,
	.remove = bench_tasklet_remove,
	.priv_size = sizeof(struct lock_no_irqsave),
	.command = { lock_no_irqsave_reset, 1, 1000 },
	.breaks = "broken on purpose: a command makes a top half wait for the interrupted task",
};
module_bench_driver(lock_no_irqsave_driver);

MODULE_DESCRIPTION("Broken on purpose: a lock shared with a top half, taken with interrupts on");
MODULE_LICENSE("GPL");
