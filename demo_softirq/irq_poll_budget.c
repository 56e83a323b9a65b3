// SPDX-License-Identifier: GPL-2.0
/*
 * irq_poll_budget: a softirq handler of your own, with a budget.
 *
 * irq_poll is the closest thing to a softirq of your own: the vector IRQ_POLL is shared,
 * but the poll function is yours. The poll function may handle at most "weight" completions
 * per run. If it handles "weight" completions, the kernel calls it again, after the other
 * poll functions on the list. If it handles fewer, it has finished and must call
 * irq_poll_complete(). NAPI has the same rules, for packets.
 *
 * The device is a disk controller that interrupts when it has completed as many requests as
 * the parameter "ring" says. Its interrupt is masked while the ring is polled, so
 * completions cause no interrupt then. The debugfs file "runs" shows how many completions
 * each run of the poll function handled.
 */
#include <linux/types.h>		/* irq_poll.h needs struct list_head */
#include <linux/irq_poll.h>
#include <linux/seq_file.h>

#include "bench.h"

#define RUNS	256

static unsigned int weight = 8;
static unsigned int ring = 100;

static int weight_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, 256);
}

static int ring_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, 10000);
}

static const struct kernel_param_ops weight_ops = {
	.set = weight_set,
	.get = param_get_uint,
};
module_param_cb(weight, &weight_ops, &weight, 0400);
MODULE_PARM_DESC(weight, "maximum number of completions per run, 1 to 256 (8)");

static const struct kernel_param_ops ring_ops = {
	.set = ring_set,
	.get = param_get_uint,
};
module_param_cb(ring, &ring_ops, &ring, 0600);
MODULE_PARM_DESC(ring, "number of completions per device event, 1 to 10000 (100)");

struct irq_poll_budget {
	struct bench_device *bdev;
	struct irq_poll poll;

	/* Used only by the poll function, which runs on one CPU at a time. */
	unsigned int events;		/* read from the device, not yet handled */
	u64 completions;		/* completions of these events that are not handled yet */
	unsigned int n;			/* runs since the last interrupt */
	unsigned int runs[RUNS];
};

/* The bottom half: softirq context. */
static int irq_poll_budget_poll(struct irq_poll *poll, int budget)
{
	struct irq_poll_budget *d = container_of(poll, struct irq_poll_budget, poll);
	unsigned int events;
	int done;

	bench_run(d->bdev);
	events = bench_read_events(d->bdev);
	d->events += events;
	d->completions += (u64)events * READ_ONCE(ring);

	done = min_t(u64, d->completions, budget);
	d->completions -= done;
	if (d->n < RUNS) {
		WRITE_ONCE(d->runs[d->n], done);
		WRITE_ONCE(d->n, d->n + 1);
	}
	if (!d->completions) {
		bench_done(d->bdev, d->events);
		d->events = 0;
	}

	/*
	 * The poll used less than its budget, so it has finished. irq_poll_complete() must
	 * come before enable_irq(). In the opposite order, an interrupt between the two
	 * calls would find the instance still scheduled, and would stay masked forever.
	 * The poll need not check the device again: if the device has more completions, it
	 * still asserts its interrupt, and the interrupt fires when it is unmasked.
	 */
	if (done < budget) {
		irq_poll_complete(poll);
		enable_irq(d->bdev->irq);
	}
	return done;
}

/* The top half: masks the interrupt and leaves the events to the poll function. */
static irqreturn_t irq_poll_budget_top(int irq, void *data)
{
	struct irq_poll_budget *d = data;

	if (!irq_line_waiting(d->bdev->line))
		return IRQ_NONE;
	/* _nosync, because disable_irq() would wait for this handler to return. */
	disable_irq_nosync(irq);
	/*
	 * The interrupt is unmasked only at the end of the last run of the poll function, so
	 * the poll function is not running now.
	 */
	WRITE_ONCE(d->n, 0);
	bench_raise(d->bdev);
	irq_poll_sched(&d->poll);
	return IRQ_HANDLED;
}

static int irq_poll_budget_runs_show(struct seq_file *m, void *unused)
{
	struct irq_poll_budget *d = m->private;
	unsigned int i, n = min(READ_ONCE(d->n), RUNS);

	for (i = 0; i < n; i++)
		seq_printf(m, "%u%c", READ_ONCE(d->runs[i]), i % 16 == 15 ? '\n' : ' ');
	seq_printf(m, "(%u runs%s)\n", n, n == RUNS ? " or more" : "");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(irq_poll_budget_runs);

static const struct bench_file irq_poll_budget_files[] = {
	{ "runs", &irq_poll_budget_runs_fops },
	{ }
};

static int irq_poll_budget_probe(struct bench_device *bdev)
{
	struct irq_poll_budget *d = devm_kzalloc(&bdev->dev, sizeof(*d), GFP_KERNEL);

	if (!d)
		return -ENOMEM;
	d->bdev = bdev;
	irq_poll_init(&d->poll, weight, irq_poll_budget_poll);
	dev_set_drvdata(&bdev->dev, d);
	return request_irq(bdev->irq, irq_poll_budget_top, 0, dev_name(&bdev->dev), d);
}

static void irq_poll_budget_remove(struct bench_device *bdev)
{
	struct irq_poll_budget *d = dev_get_drvdata(&bdev->dev);

	/*
	 * First disable the interrupt, but do not free it yet: the poll function may
	 * still call enable_irq().
	 */
	disable_irq(bdev->irq);
	/*
	 * Then stop the bottom half. A softirq is an RCU reader, so synchronize_rcu() waits
	 * until the poll function has returned.
	 */
	irq_poll_disable(&d->poll);
	synchronize_rcu();
	free_irq(bdev->irq, d);
	/* irq_poll_disable() may have ended the polling with completions left in the ring. */
	bench_done(bdev, d->events);
}

static struct bench_driver irq_poll_budget_driver = {
	.probe = irq_poll_budget_probe,
	.remove = irq_poll_budget_remove,
	.files = irq_poll_budget_files,
	.trigger = BENCH_LEVEL,
	.mechanism = BH_IRQ_POLL,
};
module_bench_driver(irq_poll_budget_driver);

MODULE_DESCRIPTION("Bottom halves: irq_poll, your own softirq handler with a budget");
MODULE_LICENSE("GPL");
