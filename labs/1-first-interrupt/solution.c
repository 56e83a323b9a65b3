// SPDX-License-Identifier: GPL-2.0
/*
 * lab1: a driver with one interrupt. The device counts events; its line interrupts,
 * the handler takes the events over and keeps the account.
 */
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_probe.h"
#include "irq_line.h"

struct lab1 {
	struct irq_line *line;
	struct bh_counters counters;	/* in debugfs: bh_testbench/lab1/account */
};

static struct lab1 lab1;

/* The top half: hard interrupt context. */
static irqreturn_t lab1_top(int irq, void *dev_id)
{
	/*@ hole 3: Take the events, count them and this interrupt, say whose it was. */
	/*@ else 3: return IRQ_NONE; */
	struct lab1 *lab = dev_id;
	/*@ hole 12: How many events are there? irq_line_ack() tells, and clears. */
	/*@ hint One interrupt may stand for several events, or for none. */
	/*@ else 12: unsigned int events = 0; */
	unsigned int events = irq_line_ack(lab->line);
	/*@ end */

	/*@ hole 2: No event: then it was not our interrupt. What does one return? */
	if (!events)
		return IRQ_NONE;
	/*@ end */

	/*@ hole 12: Count the interrupt in top_halves, its events in events and handled. */
	/*@ else 12: atomic64_add(events, &lab->counters.events); */
	atomic64_inc(&lab->counters.top_halves);
	atomic64_add(events, &lab->counters.events);
	atomic64_add(events, &lab->counters.handled);
	/*@ end */
	return IRQ_HANDLED;
	/*@ end */
}

static int __init lab1_init(void)
{
	/*@ else 3: int err = 0; */
	/*@ hole 3 */
	int err;
	/*@ end */

	lab1.line = irq_line_create("lab1", IRQ_LINE_EDGE);
	/*@ hole 23: It may have failed: see IS_ERR() and PTR_ERR(). */
	if (IS_ERR(lab1.line))
		return PTR_ERR(lab1.line);
	/*@ end */

	bh_counters_init(&lab1.counters, lab1.line);
	/*@ hole 3: From here on the handler may run: request the interrupt, last of all. */
	/*@ hole 12: Request irq_line_irq(lab1.line) for lab1_top, with &lab1 as its dev_id. */
	/*@ else 12: err = 0; */
	err = request_irq(irq_line_irq(lab1.line), lab1_top, 0, "lab1", &lab1);
	/*@ end */
	if (err)
		irq_line_destroy(lab1.line);
	/*@ end */
	return err;
}
module_init(lab1_init);

static void __exit lab1_exit(void)
{
	/*@ hole 123: Undo lab1_init(), in reverse. */
	/* Source off first: after free_irq() the handler does not run. */
	free_irq(irq_line_irq(lab1.line), &lab1);
	irq_line_destroy(lab1.line);
	/*@ end */
}
module_exit(lab1_exit);

MODULE_DESCRIPTION("Lab 1: the first interrupt");
MODULE_LICENSE("GPL");
