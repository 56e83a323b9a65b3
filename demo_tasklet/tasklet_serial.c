// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_serial: one tasklet never runs twice at a time, two tasklets do.
 *
 * Two lines, tasklet_serial and tasklet_serial_b. The interrupt of either
 * schedules one tasklet that both share, and one of the line's own; all three
 * run the same code, which counts how many are in it at a time. Run the lines
 * on two CPUs and read "overlap".
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "bh_probe.h"
#include "irq_line.h"

#define SERIAL_STAY_US	100

struct serial_meter {
	atomic_t inside;
	atomic_t max_inside;
	atomic64_t runs;
	atomic64_t asked_inside;	/* scheduled while one was running */
};

static struct serial_line {
	const char *name;
	struct irq_line *line;
	atomic_t fifo;
	struct bh_counters counters;
	struct tasklet_struct own;
} serial_lines[] = {
	{ .name = "tasklet_serial" },
	{ .name = "tasklet_serial_b" },
};

static struct serial_meter serial_same, serial_two;

static void serial_measure(struct serial_meter *m)
{
	int inside = atomic_inc_return(&m->inside);
	int max = atomic_read(&m->max_inside);

	atomic64_inc(&m->runs);
	while (inside > max &&
	       !atomic_try_cmpxchg(&m->max_inside, &max, inside))
		;
	/* Gives the other CPU time to come in, if it may. No sleep in here. */
	udelay(SERIAL_STAY_US);
	atomic_dec(&m->inside);
}

/* Drains both lines: no lock, since no second CPU can be in here. */
static void serial_shared_run(struct tasklet_struct *unused)
{
	for (int i = 0; i < ARRAY_SIZE(serial_lines); i++) {
		struct serial_line *l = &serial_lines[i];
		int events = atomic_xchg(&l->fifo, 0);

		if (!events)
			continue;
		atomic64_inc(&l->counters.bottom_halves);
		atomic64_add(events, &l->counters.handled);
	}
	serial_measure(&serial_same);
}

static DECLARE_TASKLET(serial_shared, serial_shared_run);

/* The same function, but a tasklet a line: these exclude nobody. */
static void serial_own_run(struct tasklet_struct *unused)
{
	serial_measure(&serial_two);
}

static irqreturn_t serial_top(int irq, void *dev_id)
{
	struct serial_line *l = dev_id;
	unsigned int events = irq_line_ack(l->line);

	if (!events)
		return IRQ_NONE;

	atomic64_inc(&l->counters.top_halves);
	atomic64_add(events, &l->counters.events);
	atomic_add(events, &l->fifo);

	if (atomic_read(&serial_same.inside))
		atomic64_inc(&serial_same.asked_inside);
	tasklet_schedule(&serial_shared);

	if (atomic_read(&serial_two.inside))
		atomic64_inc(&serial_two.asked_inside);
	tasklet_schedule(&l->own);
	return IRQ_HANDLED;
}

static void serial_meter_show(struct seq_file *m, const char *who,
			      struct serial_meter *meter)
{
	seq_printf(m, "%s_runs %lld\n", who, atomic64_read(&meter->runs));
	seq_printf(m, "%s_asked_inside %lld\n", who,
		   atomic64_read(&meter->asked_inside));
	seq_printf(m, "%s_max_inside %d\n", who,
		   atomic_read(&meter->max_inside));
}

static int serial_show(struct seq_file *m, void *unused)
{
	serial_meter_show(m, "one_tasklet", &serial_same);
	serial_meter_show(m, "two_tasklets", &serial_two);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(serial);

/* Of the first @n lines; the rest were never set up. */
static void serial_teardown(int n)
{
	/* Every source off before the kill: each of them schedules the shared. */
	for (int i = 0; i < n; i++)
		free_irq(irq_line_irq(serial_lines[i].line), &serial_lines[i]);
	tasklet_kill(&serial_shared);
	for (int i = 0; i < n; i++) {
		tasklet_kill(&serial_lines[i].own);
		irq_line_destroy(serial_lines[i].line);
	}
}

static int __init serial_init(void)
{
	for (int i = 0; i < ARRAY_SIZE(serial_lines); i++) {
		struct serial_line *l = &serial_lines[i];
		int err;

		l->line = irq_line_create(l->name, IRQ_LINE_EDGE);
		if (IS_ERR(l->line)) {
			serial_teardown(i);
			return PTR_ERR(l->line);
		}
		bh_counters_init(&l->counters, l->line);
		tasklet_setup(&l->own, serial_own_run);
		err = request_irq(irq_line_irq(l->line), serial_top, 0,
				  l->name, l);
		if (err) {
			irq_line_destroy(l->line);
			serial_teardown(i);
			return err;
		}
	}
	debugfs_create_file("overlap", 0400, irq_line_dir(serial_lines[0].line),
			    NULL, &serial_fops);
	return 0;
}
module_init(serial_init);

static void __exit serial_exit(void)
{
	serial_teardown(ARRAY_SIZE(serial_lines));
}
module_exit(serial_exit);

MODULE_DESCRIPTION("Bottom halves: a tasklet is serialised with itself");
MODULE_LICENSE("GPL");
