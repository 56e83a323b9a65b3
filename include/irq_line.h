/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupt lines that software can raise: the interrupts of the testbench's devices.
 *
 * A line is a Linux interrupt like any other: request_irq(), enable_irq(), /proc/interrupts
 * and /proc/irq/N/smp_affinity all work on it. Behind the line is a device with one
 * register, which counts the events that have not been read yet. irq_line_raise()
 * raises an event, as the outside world does. With irq_line_read() the driver reads and
 * clears the register.
 */
#ifndef _BH_IRQ_LINE_H
#define _BH_IRQ_LINE_H

#include <linux/export.h>
#include <linux/types.h>

struct dentry;
struct irq_line;
struct module;

/**
 * enum irq_line_flow - how the device drives its wire
 * @IRQ_LINE_EDGE: one pulse per event. While the interrupt controller has a pulse
 *	latched, later pulses coalesce into it.
 * @IRQ_LINE_LEVEL: the wire is up as long as an event is unread.
 *	A level line that is unmasked while it is up fires at once.
 */
enum irq_line_flow {
	IRQ_LINE_EDGE,
	IRQ_LINE_LEVEL,
};

struct irq_line *__irq_line_create(const char *name, enum irq_line_flow flow,
				   struct module *owner);
void irq_line_destroy(struct irq_line *line);

/**
 * irq_line_create() - create a line
 * @__name: name of the line, and of its folder below debugfs bh_testbench: unique,
 *	shorter than 48 bytes, without '/'
 * @__flow: edge or level
 *
 * The calling module must destroy the line, at the latest when the module is unloaded.
 *
 * Context: process, may sleep.
 * Return: the line, or an ERR_PTR: see __irq_line_create().
 */
#define irq_line_create(__name, __flow) \
	__irq_line_create(__name, __flow, THIS_MODULE)

unsigned int irq_line_irq(const struct irq_line *line);
const char *irq_line_name(const struct irq_line *line);
struct dentry *irq_line_dir(const struct irq_line *line);

void irq_line_raise(struct irq_line *line);
unsigned int irq_line_read(struct irq_line *line, unsigned int max);
bool irq_line_waiting(struct irq_line *line);
void irq_line_set_irq_enabled(struct irq_line *line, bool on);

int irq_line_start(struct irq_line *line, unsigned int hz, int cpu);
void irq_line_stop(struct irq_line *line);

#endif /* _BH_IRQ_LINE_H */
