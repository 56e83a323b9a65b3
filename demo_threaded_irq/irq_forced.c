// SPDX-License-Identifier: GPL-2.0
/*
 * irq_forced: what PREEMPT_RT turns into threads, and what it does not.
 *
 * Two devices have the same top half, which starts an irq_work and an hrtimer. The device
 * irq_forced uses no special flags. The device irq_forced_not asks for hard interrupt context
 * for its top half, its irq_work and its hrtimer. On a stock kernel all six functions run in a
 * hard interrupt. With "threadirqs" on the kernel's command line, irq_forced's top half runs in
 * a thread. On PREEMPT_RT only the three functions of irq_forced_not run in a hard interrupt.
 * Read the contexts side by side:
 *
 *	grep -rE --include=context 'ran_in|task' /bench/irq_forced /bench/irq_forced_not
 *
 * On PREEMPT_RT, code that waits for a spinlock_t sleeps. So a function that runs in a hard
 * interrupt may take a raw_spinlock_t, but no spinlock_t. The functions in this file take no
 * lock.
 */
#include <linux/hrtimer.h>
#include <linux/irq_work.h>

#include "bench.h"
#include "compat.h"

struct irq_forced {
	struct bench_device *bdev;
	enum hrtimer_mode mode;
	struct irq_work work;
	struct hrtimer timer;
	struct bh_probe in_work, in_timer;
};

static void irq_forced_work(struct irq_work *work)
{
	bh_probe_run(&container_of(work, struct irq_forced, work)->in_work);
}

static enum hrtimer_restart irq_forced_timer(struct hrtimer *timer)
{
	bh_probe_run(&container_of(timer, struct irq_forced, timer)->in_timer);
	return HRTIMER_NORESTART;
}

/*
 * Runs in a hard interrupt or in a thread. In both contexts this handler may start an
 * irq_work and an hrtimer.
 */
static irqreturn_t irq_forced_top(int irq, void *data)
{
	struct irq_forced *f = data;
	unsigned int events = bench_read_events(f->bdev);

	if (!events)
		return IRQ_NONE;
	bench_run(f->bdev);
	bh_probe_raise(&f->in_work);
	irq_work_queue(&f->work);
	bh_probe_raise(&f->in_timer);
	hrtimer_start(&f->timer, 0, f->mode);
	bench_done(f->bdev, events);
	return IRQ_HANDLED;
}

static int irq_forced_probe(struct bench_device *bdev)
{
	struct irq_forced *f = devm_kzalloc(&bdev->dev, sizeof(*f), GFP_KERNEL);
	unsigned long flags = 0;
	int err;

	if (!f)
		return -ENOMEM;
	f->bdev = bdev;
	f->mode = HRTIMER_MODE_REL_PINNED;
	f->work = IRQ_WORK_INIT(irq_forced_work);
	if (bdev->id == 1) {
		flags = IRQF_NO_THREAD;
		f->mode = HRTIMER_MODE_REL_PINNED_HARD;
		f->work = IRQ_WORK_INIT_HARD(irq_forced_work);
	}
	hrtimer_setup(&f->timer, irq_forced_timer, CLOCK_MONOTONIC, f->mode);
	dev_set_drvdata(&bdev->dev, f);

	err = devm_bh_probe_init(bdev, &f->in_work, "irq_work", BH_HARDIRQ);
	if (err)
		return err;
	err = devm_bh_probe_init(bdev, &f->in_timer, "hrtimer", BH_HRTIMER);
	if (err)
		return err;
	return request_irq(bdev->irq, irq_forced_top, flags, dev_name(&bdev->dev), f);
}

static void irq_forced_remove(struct bench_device *bdev)
{
	struct irq_forced *f = dev_get_drvdata(&bdev->dev);

	/*
	 * Free the interrupt first, because its handler starts the hrtimer and the
	 * irq_work.
	 */
	free_irq(bdev->irq, f);
	hrtimer_cancel(&f->timer);
	irq_work_sync(&f->work);
	/*
	 * If an irq_work is queued on another CPU while it still runs, two CPUs may run it. Then
	 * irq_work_sync() waits only until one run has ended. Each run is an RCU reader, so
	 * synchronize_rcu() waits for both runs.
	 */
	synchronize_rcu();
}

static const char * const irq_forced_devices[] = { "irq_forced", "irq_forced_not", NULL };

static struct bench_driver irq_forced_driver = {
	.probe = irq_forced_probe,
	.remove = irq_forced_remove,
	.devices = irq_forced_devices,
	.trigger = BENCH_EDGE,
	.mechanism = BH_HARDIRQ,
};
module_bench_driver(irq_forced_driver);

MODULE_DESCRIPTION("Bottom halves: what PREEMPT_RT turns into threads, and what not");
MODULE_LICENSE("GPL");
