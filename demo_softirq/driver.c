// SPDX-License-Identifier: GPL-2.0
/*
 * demo_softirq: one interrupt, ten softirq vectors, eight ways in.
 *
 * A module cannot own a softirq. What it can do is put an object of its own on
 * the list of one that exists: a tasklet, a timer, a NAPI instance. That raises
 * the vector, and the vector's handler in the kernel calls the module back. The
 * ways are in vectors.c; this is the driver that chooses one.
 *
 * Choose with /sys/module/demo_softirq/parameters/vector, raise the line, and
 * watch /proc/softirqs.
 */
#include <linux/interrupt.h>
#include <linux/module.h>

#include "irq_line.h"
#include "vectors.h"

static struct demo_softirq {
	struct irq_line *line;
	unsigned int chosen;
	struct bh_counters counters;
	struct bh_probe top;
} demo = { .chosen = IRQ_POLL_SOFTIRQ };

/* What every bottom half does: deal with at most @max of the events there are. */
int vector_take(struct vector *v, int max)
{
	int events;

	bh_probe_run(&v->probe);
	atomic64_inc(&demo.counters.bottom_halves);
	events = atomic_xchg(&v->fifo, 0);
	if (events > max) {
		atomic_add(events - max, &v->fifo);
		events = max;
	}
	atomic64_add(events, &demo.counters.handled);
	return events;
}

/* The top half: take from the device what it has, raise the chosen vector. */
static irqreturn_t demo_softirq_top(int irq, void *dev_id)
{
	struct vector *v = &vectors[READ_ONCE(demo.chosen)];
	unsigned int events = irq_line_ack(demo.line);

	if (!events)
		return IRQ_NONE;

	bh_probe_run(&demo.top);
	atomic64_inc(&demo.counters.top_halves);
	atomic64_add(events, &demo.counters.events);
	atomic_add(events, &v->fifo);
	bh_probe_raise(&v->probe);
	v->raise();
	return IRQ_HANDLED;
}

static int vector_set(const char *val, const struct kernel_param *kp)
{
	unsigned int i;

	for (i = 0; i < NR_SOFTIRQS; i++) {
		if (!sysfs_streq(val, vectors[i].name))
			continue;
		if (!vectors[i].raise)
			return -EOPNOTSUPP;
		WRITE_ONCE(demo.chosen, i);
		return 0;
	}
	return -EINVAL;
}

static int vector_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", vectors[READ_ONCE(demo.chosen)].name);
}

static const struct kernel_param_ops vector_ops = {
	.set = vector_set,
	.get = vector_get,
};
module_param_cb(vector, &vector_ops, NULL, 0600);
MODULE_PARM_DESC(vector, "softirq vector that the interrupt raises (IRQ_POLL)");

/* Undoes vectors_start() for the first @n. */
static void vectors_stop(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (vectors[i].stop)
			vectors[i].stop();
	/*
	 * IRQ_POLL and NET_TX say that they are through from within the call
	 * back. A softirq is an RCU reader: this waits for its last instruction.
	 */
	synchronize_rcu();
	for (i = 0; i < n; i++)
		if (vectors[i].raise)
			bh_probe_destroy(&vectors[i].probe);
}

static int vectors_start(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < NR_SOFTIRQS; i++) {
		struct vector *v = &vectors[i];

		if (!v->raise)
			continue;
		err = bh_probe_init(&v->probe, demo.line, v->name, v->mechanism);
		if (err)
			goto err;
		err = v->start ? v->start() : 0;
		if (err) {
			bh_probe_destroy(&v->probe);
			goto err;
		}
	}
	return 0;

err:
	vectors_stop(i);
	return err;
}

static int __init demo_softirq_init(void)
{
	int err;

	demo.line = irq_line_create("demo_softirq", IRQ_LINE_EDGE);
	if (IS_ERR(demo.line))
		return PTR_ERR(demo.line);

	bh_counters_init(&demo.counters, demo.line);
	err = bh_probe_init(&demo.top, demo.line, "top", BH_HARDIRQ);
	if (err)
		goto err_line;
	err = vectors_start();
	if (err)
		goto err_top;
	err = request_irq(irq_line_irq(demo.line), demo_softirq_top, 0,
			  "demo_softirq", &demo);
	if (err)
		goto err_vectors;
	return 0;

err_vectors:
	vectors_stop(NR_SOFTIRQS);
err_top:
	bh_probe_destroy(&demo.top);
err_line:
	irq_line_destroy(demo.line);
	return err;
}
module_init(demo_softirq_init);

static void __exit demo_softirq_exit(void)
{
	/* Source off first: after free_irq() nobody raises a vector. */
	free_irq(irq_line_irq(demo.line), &demo);
	/* Then the bottom halves: waits for those that are due or running. */
	vectors_stop(NR_SOFTIRQS);
	/* Only now may go what they used. */
	bh_probe_destroy(&demo.top);
	irq_line_destroy(demo.line);
}
module_exit(demo_softirq_exit);

MODULE_DESCRIPTION("Bottom halves: the softirq vectors, each by its legal route");
MODULE_LICENSE("GPL");
