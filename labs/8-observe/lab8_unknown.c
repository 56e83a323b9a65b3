// SPDX-License-Identifier: GPL-2.0
/*
 * lab8_unknown: the module that is behind the trace of lab 8. kind= says what it does
 * with an interrupt; its names give nothing away.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "irq_line.h"

enum unknown_kind {
	UNKNOWN_HARDIRQ,
	UNKNOWN_TASKLET,
	UNKNOWN_BH_WORK,
	UNKNOWN_WORK,
	UNKNOWN_THREAD,
	UNKNOWN_KINDS
};

static unsigned int kind;
module_param(kind, uint, 0);
static char *name = "unknown";
module_param(name, charp, 0);

static struct irq_line *line;
static struct tasklet_struct unknown_t;
static struct work_struct unknown_w;

/* What it is about: some computing. */
static void unknown_do(void)
{
	udelay(9);
}

static void unknown_a(struct tasklet_struct *unused)
{
	unknown_do();
}

static void unknown_b(struct work_struct *unused)
{
	unknown_do();
}

static irqreturn_t unknown_c(int irq, void *dev_id)
{
	unknown_do();
	return IRQ_HANDLED;
}

static irqreturn_t unknown_irq(int irq, void *dev_id)
{
	if (!irq_line_ack(line))
		return IRQ_NONE;
	switch (kind) {
	case UNKNOWN_HARDIRQ:
		unknown_do();
		break;
	case UNKNOWN_TASKLET:
		tasklet_schedule(&unknown_t);
		break;
	case UNKNOWN_BH_WORK:
		queue_work(system_bh_wq, &unknown_w);
		break;
	case UNKNOWN_WORK:
		schedule_work(&unknown_w);
		break;
	case UNKNOWN_THREAD:
		return IRQ_WAKE_THREAD;
	}
	return IRQ_HANDLED;
}

static int __init unknown_init(void)
{
	int err;

	if (kind >= UNKNOWN_KINDS || (kind == UNKNOWN_BH_WORK && !system_bh_wq))
		return -EINVAL;
	line = irq_line_create(name, IRQ_LINE_EDGE);
	if (IS_ERR(line))
		return PTR_ERR(line);
	tasklet_setup(&unknown_t, unknown_a);
	INIT_WORK(&unknown_w, unknown_b);
	err = request_threaded_irq(irq_line_irq(line), unknown_irq,
				   kind == UNKNOWN_THREAD ? unknown_c : NULL,
				   0, name, &line);
	if (err)
		irq_line_destroy(line);
	return err;
}
module_init(unknown_init);

static void __exit unknown_exit(void)
{
	free_irq(irq_line_irq(line), &line);
	tasklet_kill(&unknown_t);
	cancel_work_sync(&unknown_w);
	irq_line_destroy(line);
}
module_exit(unknown_exit);

MODULE_DESCRIPTION("Lab 8: what does it do?");
MODULE_LICENSE("GPL");
