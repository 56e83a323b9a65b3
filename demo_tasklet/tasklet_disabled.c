// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_disabled: a tasklet that is held back, and let go again.
 *
 * Write 0 to "enabled" to disable the tasklet, 1 to enable it. What is raised
 * in between waits: interrupts are taken and the tasklet is scheduled, but it
 * does not run. Watch what that costs: /proc/softirqs (row TASKLET), and
 * ksoftirqd in top.
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_probe.h"
#include "irq_line.h"

static struct gate {
	struct irq_line *line;
	struct tasklet_struct tasklet;
	atomic_t enabled;
	atomic_t fifo;
	struct bh_counters counters;
	struct bh_probe bottom;
	struct dentry *file;
} gate;

static void gate_bottom(struct tasklet_struct *tasklet)
{
	struct gate *g = from_tasklet(g, tasklet, tasklet);

	bh_probe_run(&g->bottom);
	atomic64_inc(&g->counters.bottom_halves);
	atomic64_add(atomic_xchg(&g->fifo, 0), &g->counters.handled);
}

static irqreturn_t gate_top(int irq, void *dev_id)
{
	struct gate *g = dev_id;
	unsigned int events = irq_line_ack(g->line);

	if (!events)
		return IRQ_NONE;

	atomic64_inc(&g->counters.top_halves);
	atomic64_add(events, &g->counters.events);
	atomic_add(events, &g->fifo);
	bh_probe_raise(&g->bottom);
	tasklet_schedule(&g->tasklet);
	return IRQ_HANDLED;
}

static int gate_enabled_get(void *data, u64 *enabled)
{
	struct gate *g = data;

	*enabled = atomic_read(&g->enabled);
	return 0;
}

/* Process context: tasklet_disable() sleeps until a running one is done. */
static int gate_enabled_set(void *data, u64 enabled)
{
	struct gate *g = data;

	if (enabled > 1)
		return -EINVAL;
	/* Disables add up, and want as many enables: act on a change only. */
	if (atomic_xchg(&g->enabled, enabled) == enabled)
		return 0;
	if (enabled)
		tasklet_enable(&g->tasklet);
	else
		tasklet_disable(&g->tasklet);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(gate_enabled_fops, gate_enabled_get, gate_enabled_set,
			 "%llu\n");

static int __init gate_init(void)
{
	int err;

	gate.line = irq_line_create("tasklet_disabled", IRQ_LINE_EDGE);
	if (IS_ERR(gate.line))
		return PTR_ERR(gate.line);

	bh_counters_init(&gate.counters, gate.line);
	err = bh_probe_init(&gate.bottom, gate.line, "bottom", BH_TASKLET);
	if (err)
		goto err_line;

	tasklet_setup(&gate.tasklet, gate_bottom);
	atomic_set(&gate.enabled, 1);
	err = request_irq(irq_line_irq(gate.line), gate_top, 0,
			  "tasklet_disabled", &gate);
	if (err)
		goto err_bottom;
	gate.file = debugfs_create_file_unsafe("enabled", 0600,
					       irq_line_dir(gate.line), &gate,
					       &gate_enabled_fops);
	return 0;

err_bottom:
	bh_probe_destroy(&gate.bottom);
err_line:
	irq_line_destroy(gate.line);
	return err;
}
module_init(gate_init);

static void __exit gate_exit(void)
{
	/* Nobody disables it from here on, and nobody schedules it. */
	debugfs_remove(gate.file);
	free_irq(irq_line_irq(gate.line), &gate);
	/*
	 * While it is disabled, a scheduled tasklet keeps TASKLET_STATE_SCHED,
	 * and tasklet_kill() would wait for that bit for good: enable first.
	 */
	gate_enabled_set(&gate, 1);
	tasklet_kill(&gate.tasklet);
	bh_probe_destroy(&gate.bottom);
	irq_line_destroy(gate.line);
}
module_exit(gate_exit);

MODULE_DESCRIPTION("Bottom halves: a tasklet disabled and enabled");
MODULE_LICENSE("GPL");
