// SPDX-License-Identifier: GPL-2.0
/*
 * lock_irq_nested_broken: spin_lock_irq() inside spin_lock_irqsave().
 *
 * The rule it breaks: a function that may be called with interrupts off must use
 * spin_lock_irqsave(). Its unlock restores the earlier state. But spin_unlock_irq() always
 * enables interrupts, even if they were off before spin_lock_irq().
 *
 * Expect no message until an event arrives between the inner unlock and the outer unlock
 * ("command" raises such an event). Then the top half spins for the outer lock with
 * interrupts off, and after rcu_cpu_stall_timeout seconds the other CPUs notice this:
 *
 *	rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
 *
 * CONFIG_PROVE_LOCKING reports the bug at spin_unlock_irq(): "inconsistent {IN-HARDIRQ-W}
 * -> {HARDIRQ-ON-W} usage". On PREEMPT_RT nothing goes wrong: the top half is a thread, and
 * both locks leave interrupts on.
 *
 * First the CPU is lost, and soon the whole kernel.
 */
#include <linux/spinlock.h>

#include "bench.h"

struct lock_irq_nested {
	spinlock_t lock;		/* protects @total, used by top half and tasks */
	u64 total;
	spinlock_t history_lock;	/* protects @resets; a task may already hold @lock */
	u64 resets;
};

/* Hard interrupt context; on PREEMPT_RT a thread. */
static irqreturn_t lock_irq_nested_top(int irq, void *data)
{
	struct bench_device *bdev = data;
	struct lock_irq_nested *l = dev_get_drvdata(&bdev->dev);
	unsigned int events = bench_read_events(bdev);

	if (!events)
		return IRQ_NONE;
	bench_run(bdev);
	spin_lock(&l->lock);
	l->total += events;
	spin_unlock(&l->lock);
	bench_done(bdev, events);
	return IRQ_HANDLED;
}

static void lock_irq_nested_note(struct lock_irq_nested *l)
{
	spin_lock_irq(&l->history_lock);
	l->resets++;
	spin_unlock_irq(&l->history_lock);
}

/* Process context: resets the total @n times, each time with an event at the worst moment. */
static int lock_irq_nested_reset(struct bench_device *bdev, unsigned int n)
{
	struct lock_irq_nested *l = dev_get_drvdata(&bdev->dev);
	unsigned long flags;

	while (n--) {
		spin_lock_irqsave(&l->lock, flags);
		lock_irq_nested_note(l);
		irq_line_raise(bdev->line);
		l->total = 0;
		spin_unlock_irqrestore(&l->lock, flags);
	}
	return 0;
}

static int lock_irq_nested_probe(struct bench_device *bdev)
{
	struct lock_irq_nested *l = dev_get_drvdata(&bdev->dev);

	spin_lock_init(&l->lock);
	spin_lock_init(&l->history_lock);
	return bench_irq_setup(bdev, lock_irq_nested_top);
}

static struct bench_driver lock_irq_nested_driver = {
	.probe = lock_irq_nested_probe,
	.priv_size = sizeof(struct lock_irq_nested),
	.command = { lock_irq_nested_reset, 1, 1000 },
	.breaks = "broken on purpose: a command makes a top half wait for the interrupted task",
};
module_bench_driver(lock_irq_nested_driver);

MODULE_DESCRIPTION("Broken on purpose: an inner unlock that enables interrupts too early");
MODULE_LICENSE("GPL");
