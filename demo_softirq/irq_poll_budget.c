// SPDX-License-Identifier: GPL-2.0
/*
 * irq_poll_budget: a softirq handler of your own, with a budget.
 *
 * irq_poll is the nearest a driver comes to a softirq of its own: the vector
 * IRQ_POLL is shared, the poll function is yours. It may deal with "weight"
 * completions a run. When it did, it is called again after the others on the
 * list; when it dealt with fewer it is done and says so. The same contract,
 * made for packets, is called NAPI.
 *
 * The device here is a disk controller that interrupts when its ring holds
 * "ring" completed requests. The line is masked while the ring is polled, so
 * that what comes meanwhile costs no interrupt. Read "runs": how many
 * completions each run of the poll function dealt with.
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/irq_poll.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "bh_probe.h"
#include "irq_line.h"

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
MODULE_PARM_DESC(weight, "completions one run may deal with, 1 to 256 (8)");

static const struct kernel_param_ops ring_ops = {
	.set = ring_set,
	.get = param_get_uint,
};
module_param_cb(ring, &ring_ops, &ring, 0600);
MODULE_PARM_DESC(ring, "completions a device event stands for, 1 to 10000 (100)");

static struct irq_poll_budget {
	struct irq_line *line;
	unsigned int irq;
	struct irq_poll poll;
	struct bh_counters counters;
	struct bh_probe bottom;

	/* The poll function's, which runs on one CPU at a time. */
	unsigned int events;		/* taken over from the device */
	u64 completions;		/* of these, not yet dealt with */
	unsigned int n;			/* runs since the last interrupt */
	unsigned int runs[RUNS];
} demo;

/* The bottom half: softirq context. */
static int irq_poll_budget_poll(struct irq_poll *poll, int budget)
{
	struct irq_poll_budget *d = container_of(poll, struct irq_poll_budget, poll);
	unsigned int events = irq_line_ack(d->line);
	int done;

	bh_probe_run(&d->bottom);
	atomic64_inc(&d->counters.bottom_halves);
	atomic64_add(events, &d->counters.events);
	d->events += events;
	d->completions += (u64)events * READ_ONCE(ring);

	done = min_t(u64, d->completions, budget);
	d->completions -= done;
	if (d->n < RUNS)
		d->runs[d->n++] = done;
	if (!d->completions) {
		atomic64_add(d->events, &d->counters.handled);
		d->events = 0;
	}

	/*
	 * Less than the budget: done. Complete first, for an interrupt that
	 * came between the two would find the instance still scheduled and
	 * leave the line masked for good. No second look at the device: its
	 * line is still up if there is more, and fires as it is unmasked.
	 */
	if (done < budget) {
		irq_poll_complete(poll);
		enable_irq(d->irq);
	}
	return done;
}

/* The top half: silence the line and leave the device to the poll function. */
static irqreturn_t irq_poll_budget_top(int irq, void *dev_id)
{
	struct irq_poll_budget *d = dev_id;

	/* _nosync: disable_irq() would wait for this very handler to return. */
	disable_irq_nosync(irq);
	atomic64_inc(&d->counters.top_halves);
	d->n = 0;
	bh_probe_raise(&d->bottom);
	irq_poll_sched(&d->poll);
	return IRQ_HANDLED;
}

static int runs_show(struct seq_file *m, void *v)
{
	unsigned int i, n = min(READ_ONCE(demo.n), RUNS);

	for (i = 0; i < n; i++)
		seq_printf(m, "%u%c", READ_ONCE(demo.runs[i]), i % 16 == 15 ? '\n' : ' ');
	seq_printf(m, "(%u runs%s)\n", n, n == RUNS ? " or more" : "");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(runs);

static int __init irq_poll_budget_init(void)
{
	int err;

	demo.line = irq_line_create("irq_poll_budget", IRQ_LINE_LEVEL);
	if (IS_ERR(demo.line))
		return PTR_ERR(demo.line);
	demo.irq = irq_line_irq(demo.line);

	bh_counters_init(&demo.counters, demo.line);
	err = bh_probe_init(&demo.bottom, demo.line, "bottom", BH_IRQ_POLL);
	if (err)
		goto err_line;

	debugfs_create_file("runs", 0400, irq_line_dir(demo.line), NULL, &runs_fops);
	irq_poll_init(&demo.poll, weight, irq_poll_budget_poll);
	err = request_irq(demo.irq, irq_poll_budget_top, 0, "irq_poll_budget", &demo);
	if (err)
		goto err_bottom;
	return 0;

err_bottom:
	bh_probe_destroy(&demo.bottom);
err_line:
	irq_line_destroy(demo.line);
	return err;
}
module_init(irq_poll_budget_init);

static void __exit irq_poll_budget_exit(void)
{
	/* Source off. Not by free_irq() yet: the poll function unmasks. */
	disable_irq(demo.irq);
	/* The bottom half, and then its last instruction (an RCU reader). */
	irq_poll_disable(&demo.poll);
	synchronize_rcu();
	free_irq(demo.irq, &demo);
	bh_probe_destroy(&demo.bottom);
	irq_line_destroy(demo.line);
}
module_exit(irq_poll_budget_exit);

MODULE_DESCRIPTION("Bottom halves: irq_poll, your own softirq handler with a budget");
MODULE_LICENSE("GPL");
