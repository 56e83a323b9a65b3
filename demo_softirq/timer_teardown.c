// SPDX-License-Identifier: GPL-2.0
/*
 * timer_teardown: how to keep a timer from being armed again.
 *
 * A read of the debugfs file "rounds" tries three ways to stop the timer. After each try
 * the device raises one more event, and its top half arms the timer once more. The file
 * says whether the timer expired. After a driver's remove(), such a callback would use
 * freed memory.
 */
#include <linux/completion.h>
#include <linux/seq_file.h>

#include "bench_timer.h"

struct timer_teardown {
	struct bench_timer bh;
	atomic_t runs;
	struct mutex lock;		/* one experiment at a time */
	struct completion taken;	/* the top half has armed the timer, or tried to */
	struct completion ran;		/* the callback has run */
};

static void timer_teardown_bottom(struct timer_list *timer)
{
	struct timer_teardown *t = container_of(timer, struct timer_teardown, bh.timer);

	bench_run(t->bh.bdev);
	bench_timer_handle(&t->bh);
	atomic_inc(&t->runs);
	complete(&t->ran);
}

static irqreturn_t timer_teardown_top(int irq, void *data)
{
	struct timer_teardown *t = container_of(data, struct timer_teardown, bh);
	irqreturn_t ret = bench_timer_top(irq, &t->bh);

	if (ret == IRQ_HANDLED)
		complete(&t->taken);
	return ret;
}

static int wait_for(struct completion *what)
{
	long left = wait_for_completion_killable_timeout(what, 30 * HZ);

	if (!left)
		return -ETIMEDOUT;
	return left < 0 ? left : 0;
}

/* Raises an event, and waits until the top half has read it. */
static int device_event(struct timer_teardown *t)
{
	reinit_completion(&t->taken);
	reinit_completion(&t->ran);
	irq_line_raise(t->bh.bdev->line);
	return wait_for(&t->taken);
}

/*
 * Raises an event, stops the timer, and raises one more event. Prints whether the timer
 * expired.
 */
static int one_round(struct seq_file *seq, struct timer_teardown *t, const char *how,
		     int (*stop)(struct timer_list *timer))
{
	int runs;
	int err;

	err = device_event(t);
	if (err)
		return err;
	stop(&t->bh.timer);
	/*
	 * After timer_delete() the callback of the first event may still run. Wait for that
	 * run, because it must not be counted.
	 */
	timer_delete_sync(&t->bh.timer);
	runs = atomic_read(&t->runs);

	err = device_event(t);
	/*
	 * If the timer is not pending, it has expired, or it cannot be armed. Then there is
	 * nothing to wait for.
	 */
	if (!err && timer_pending(&t->bh.timer))
		err = wait_for(&t->ran);
	timer_delete_sync(&t->bh.timer);
	seq_printf(seq, "%-23s %s\n", how, atomic_read(&t->runs) == runs ? "no" : "yes");
	return err;
}

static int rounds_show(struct seq_file *seq, void *unused)
{
	struct timer_teardown *t = seq->private;
	int err;

	guard(mutex)(&t->lock);
	seq_puts(seq, "stopped with            expired again\n");
	err = one_round(seq, t, "timer_delete()", timer_delete) ?:
	      one_round(seq, t, "timer_delete_sync()", timer_delete_sync) ?:
	      one_round(seq, t, "timer_shutdown_sync()", timer_shutdown_sync);

	/*
	 * After a shutdown, set the timer up again. The top half must not arm the timer
	 * meanwhile.
	 */
	disable_irq(t->bh.bdev->irq);
	timer_shutdown_sync(&t->bh.timer);
	timer_setup(&t->bh.timer, timer_teardown_bottom, TIMER_PINNED);
	bench_timer_handle(&t->bh);
	enable_irq(t->bh.bdev->irq);
	return err;
}
DEFINE_SHOW_ATTRIBUTE(rounds);

static const struct bench_file timer_teardown_files[] = { { "rounds", &rounds_fops }, { } };

static int timer_teardown_probe(struct bench_device *bdev)
{
	struct timer_teardown *t = devm_kzalloc(&bdev->dev, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	mutex_init(&t->lock);
	init_completion(&t->taken);
	init_completion(&t->ran);
	return bench_timer_setup(&t->bh, bdev, timer_teardown_top, timer_teardown_bottom);
}

static struct bench_driver timer_teardown_driver = {
	.probe = timer_teardown_probe,
	/* Before remove(), the testbench removes "rounds" and waits for its readers. */
	.remove = bench_timer_remove,
	.mechanism = BH_TIMER,
	.files = timer_teardown_files,
};
module_bench_driver(timer_teardown_driver);

MODULE_DESCRIPTION("Bottom halves: what keeps a timer from being armed again");
MODULE_LICENSE("GPL");
