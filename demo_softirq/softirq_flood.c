// SPDX-License-Identifier: GPL-2.0
/*
 * softirq_flood: a softirq that raises itself again, and who pays for it.
 *
 * On its way out of an interrupt the kernel serves what is raised, on top of
 * whatever task was interrupted. What is raised anew while it does so it serves
 * too, but no more than ten times over, for no more than 2 ms, and not when the
 * scheduler wants the CPU (kernel/softirq.c:handle_softirqs()). What is left
 * then is the business of ksoftirqd, a thread like any other, so that a flood
 * of interrupts cannot take the CPU away from everybody else.
 *
 * An interrupt here leads to "passes" runs of a tasklet, each raised by the one
 * before. Read "runs": which task each run was served on top of.
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "bh_probe.h"
#include "irq_line.h"

#define STRETCHES	32

static unsigned int passes = 100;

static int passes_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, 10000);
}

static const struct kernel_param_ops passes_ops = {
	.set = passes_set,
	.get = param_get_uint,
};
module_param_cb(passes, &passes_ops, &passes, 0600);
MODULE_PARM_DESC(passes, "runs of the softirq that one interrupt leads to, 1 to 10000");

/* Runs in a row that were served on top of the same task. */
struct stretch {
	unsigned int first;
	unsigned int last;
	unsigned int cpu;
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

struct softirq_flood {
	struct irq_line *line;
	struct tasklet_struct tasklet;
	atomic_t fifo;			/* events taken over, not yet handled */
	struct bh_counters counters;
	struct bh_probe bottom;

	spinlock_t lock;		/* all below, against the reader */
	unsigned int run;		/* of this flood; 0 when there is none */
	unsigned int want;
	unsigned int n;
	struct stretch stretches[STRETCHES];
};

static struct softirq_flood demo;

/* Whose back am I on? In softirq context current is whoever was interrupted. */
static void softirq_flood_note(struct softirq_flood *d)
{
	struct stretch *s = d->n ? &d->stretches[d->n - 1] : NULL;

	if (!s || s->pid != current->pid || s->cpu != smp_processor_id()) {
		if (d->n == STRETCHES)
			return;
		s = &d->stretches[d->n++];
		s->first = d->run;
		s->cpu = smp_processor_id();
		s->pid = current->pid;
		/* Not get_task_comm(): up to 6.12 it takes a lock unfit for here. */
		strscpy(s->comm, current->comm, sizeof(s->comm));
	}
	s->last = d->run;
}

/* The bottom half: softirq context, never twice at a time. */
static void softirq_flood_bottom(struct tasklet_struct *tasklet)
{
	struct softirq_flood *d = from_tasklet(d, tasklet, tasklet);
	bool more;

	bh_probe_run(&d->bottom);
	atomic64_inc(&d->counters.bottom_halves);

	spin_lock(&d->lock);
	if (!d->run) {
		d->want = READ_ONCE(passes);
		d->n = 0;
	}
	d->run++;
	softirq_flood_note(d);
	more = d->run < d->want;
	if (!more)
		d->run = 0;
	spin_unlock(&d->lock);

	/* TASKLET is raised while it is being served: another pass is due. */
	if (more)
		tasklet_schedule(&d->tasklet);
	else
		atomic64_add(atomic_xchg(&d->fifo, 0), &d->counters.handled);
}

static irqreturn_t softirq_flood_top(int irq, void *dev_id)
{
	struct softirq_flood *d = dev_id;
	unsigned int events = irq_line_ack(d->line);

	if (!events)
		return IRQ_NONE;

	atomic64_inc(&d->counters.top_halves);
	atomic64_add(events, &d->counters.events);
	atomic_add(events, &d->fifo);
	bh_probe_raise(&d->bottom);
	tasklet_schedule(&d->tasklet);
	return IRQ_HANDLED;
}

static int runs_show(struct seq_file *m, void *v)
{
	struct softirq_flood *d = m->private;
	unsigned int i;

	/* _bh: the softirq takes this lock on any CPU, on this one too. */
	spin_lock_bh(&d->lock);
	for (i = 0; i < d->n; i++) {
		struct stretch *s = &d->stretches[i];

		seq_printf(m, "%5u to %5u  on cpu %u on top of %s\n",
			   s->first, s->last, s->cpu, s->comm);
	}
	spin_unlock_bh(&d->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(runs);

static int __init softirq_flood_init(void)
{
	int err;

	demo.line = irq_line_create("softirq_flood", IRQ_LINE_EDGE);
	if (IS_ERR(demo.line))
		return PTR_ERR(demo.line);

	bh_counters_init(&demo.counters, demo.line);
	err = bh_probe_init(&demo.bottom, demo.line, "bottom", BH_TASKLET);
	if (err)
		goto err_line;

	spin_lock_init(&demo.lock);
	debugfs_create_file("runs", 0400, irq_line_dir(demo.line), &demo, &runs_fops);
	tasklet_setup(&demo.tasklet, softirq_flood_bottom);
	err = request_irq(irq_line_irq(demo.line), softirq_flood_top, 0,
			  "softirq_flood", &demo);
	if (err)
		goto err_bottom;
	return 0;

err_bottom:
	bh_probe_destroy(&demo.bottom);
err_line:
	irq_line_destroy(demo.line);
	return err;
}
module_init(softirq_flood_init);

static void __exit softirq_flood_exit(void)
{
	free_irq(irq_line_irq(demo.line), &demo);
	/* Either lets the flood end or gets in between two runs and ends it. */
	tasklet_kill(&demo.tasklet);
	bh_probe_destroy(&demo.bottom);
	irq_line_destroy(demo.line);
}
module_exit(softirq_flood_exit);

MODULE_DESCRIPTION("Bottom halves: a softirq flood is handed to ksoftirqd");
MODULE_LICENSE("GPL");
