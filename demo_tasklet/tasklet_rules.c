// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_rules: what tasklet_schedule() promises.
 *
 * Every interrupt schedules the normal tasklet twice and then, last of all,
 * the high one. The file "rules" says how often the normal one was asked for,
 * how often each of the two ran, and which of them came first.
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "bh_probe.h"
#include "irq_line.h"

static struct {
	struct irq_line *line;
	atomic_t fifo;
	struct bh_counters counters;	/* bottom_halves: the normal tasklet */
	struct bh_probe high;
	struct bh_probe normal;
	atomic64_t normal_asked;
	atomic64_t high_runs;
	atomic64_t high_first;
	atomic64_t normal_first;
	s64 high_seen;			/* the normal tasklet's alone: no lock */
} rules;

static void rules_high_run(struct tasklet_struct *unused)
{
	bh_probe_run(&rules.high);
	atomic64_inc(&rules.high_runs);
}

static void rules_normal_run(struct tasklet_struct *unused)
{
	s64 high_runs = atomic64_read(&rules.high_runs);

	bh_probe_run(&rules.normal);
	atomic64_inc(&rules.counters.bottom_halves);
	if (high_runs != rules.high_seen)
		atomic64_inc(&rules.high_first);
	else
		atomic64_inc(&rules.normal_first);
	rules.high_seen = high_runs;
	atomic64_add(atomic_xchg(&rules.fifo, 0), &rules.counters.handled);
}

/* Declared at file scope, a tasklet needs neither set-up nor from_tasklet(). */
static DECLARE_TASKLET(rules_high, rules_high_run);
static DECLARE_TASKLET(rules_normal, rules_normal_run);

static irqreturn_t rules_top(int irq, void *dev_id)
{
	unsigned int events = irq_line_ack(rules.line);

	if (!events)
		return IRQ_NONE;

	atomic64_inc(&rules.counters.top_halves);
	atomic64_add(events, &rules.counters.events);
	atomic_add(events, &rules.fifo);

	bh_probe_raise(&rules.normal);
	tasklet_schedule(&rules_normal);
	/* Finds TASKLET_STATE_SCHED set, and leaves it at that. */
	tasklet_schedule(&rules_normal);
	atomic64_add(2, &rules.normal_asked);

	bh_probe_raise(&rules.high);
	tasklet_hi_schedule(&rules_high);
	return IRQ_HANDLED;
}

static int rules_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "normal_asked %lld\n", atomic64_read(&rules.normal_asked));
	seq_printf(m, "normal_runs %lld\n",
		   atomic64_read(&rules.counters.bottom_halves));
	seq_printf(m, "high_runs %lld\n", atomic64_read(&rules.high_runs));
	seq_printf(m, "high_first %lld\n", atomic64_read(&rules.high_first));
	seq_printf(m, "normal_first %lld\n", atomic64_read(&rules.normal_first));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(rules);

static int __init rules_init(void)
{
	int err;

	rules.line = irq_line_create("tasklet_rules", IRQ_LINE_EDGE);
	if (IS_ERR(rules.line))
		return PTR_ERR(rules.line);

	bh_counters_init(&rules.counters, rules.line);
	err = bh_probe_init(&rules.high, rules.line, "high", BH_TASKLET_HI);
	if (err)
		goto err_line;
	err = bh_probe_init(&rules.normal, rules.line, "normal", BH_TASKLET);
	if (err)
		goto err_high;
	err = request_irq(irq_line_irq(rules.line), rules_top, 0,
			  "tasklet_rules", &rules);
	if (err)
		goto err_normal;
	debugfs_create_file("rules", 0400, irq_line_dir(rules.line), NULL,
			    &rules_fops);
	return 0;

err_normal:
	bh_probe_destroy(&rules.normal);
err_high:
	bh_probe_destroy(&rules.high);
err_line:
	irq_line_destroy(rules.line);
	return err;
}
module_init(rules_init);

static void __exit rules_exit(void)
{
	/* Nobody schedules them from here on, and then nobody runs them. */
	free_irq(irq_line_irq(rules.line), &rules);
	tasklet_kill(&rules_normal);
	tasklet_kill(&rules_high);
	bh_probe_destroy(&rules.normal);
	bh_probe_destroy(&rules.high);
	irq_line_destroy(rules.line);
}
module_exit(rules_exit);

MODULE_DESCRIPTION("Bottom halves: what scheduling a tasklet promises");
MODULE_LICENSE("GPL");
