/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the files of bh_testbench. Drivers do not include this file. They use
 * the headers in include/.
 */
#ifndef _BH_TESTBENCH_H
#define _BH_TESTBENCH_H

#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include "irq_line.h"

struct bh_probe;
struct irqaction;

#define IRQ_LINES		64
#define IRQ_LINE_NAME_MAX	48	/* with the final NUL */
#define IRQ_LINE_HZ_MAX		100000
#define IRQ_LINE_BURST_MAX	1000000
#define IRQ_LINE_STORM_MAX	300000	/* interrupts without a read of the register */

/* The contents of the debugfs file "counters", in events, interrupts or nanoseconds. */
struct irq_line_counters {
	u64 events_raised;
	u64 events_read;
	u64 interrupts_delivered;
	u64 interrupts_coalesced;
	u64 masked_ns;
	u64 masked_max_ns;
	u64 masks;
	u64 returned_handled;
	u64 returned_none;
	u64 returned_wake_thread;
};

/**
 * struct irq_line - a device with one interrupt, and its wire
 * @name: name of the line and of its debugfs folder
 * @flow: edge or level
 * @owner: module that created the line, named in the report that free_irq() is missing
 * @hwirq: number of the wire at the testbench's interrupt controller
 * @irq: Linux interrupt number
 * @dir: debugfs folder
 * @lock: protects the members from @affinity to @remote. The irq_chip callbacks take this
 *	lock while they hold desc->lock. So do not call genirq while you hold this lock
 * @affinity: CPUs that the controller may interrupt
 * @masked: the controller delays interrupts of this line
 * @irq_enabled: the device's interrupt enable bit
 * @spurious: for level lines: an interrupt that the device did not raise must be sent
 * @latched: for edge lines: the controller has seen a pulse that has not been
 *  handled yet
 * @requested: a driver has requested the interrupt
 * @closing: the line is being destroyed, so it accepts no new requests and no more bursts
 * @disconnected: the line no longer interrupts, after a storm or because it was abandoned
 * @abandoned: the line's driver was removed without free_irq()
 * @since_read: interrupts since the register was last read
 * @unread: the device's register: events that have not been read
 * @masked_since: when the current mask began; 0 if no mask is counted
 * @counters: see struct irq_line_counters
 * @top: probe of the top half; the line tells this probe about each new interrupt
 * @remote: @csd has been sent to another CPU
 * @csd: carries an interrupt to another CPU
 * @work: delivers an interrupt, in hard interrupt context
 * @rate_lock: serialises starting and stopping of the generator
 * @timer: the generator
 * @period: period of the generator
 * @hz: rate of the generator, 0 when it is off; written under @rate_lock
 * @rate_cpu: CPU of the generator's last tick
 */
struct irq_line {
	char name[IRQ_LINE_NAME_MAX];
	enum irq_line_flow flow;
	struct module *owner;
	unsigned int hwirq;
	unsigned int irq;
	struct dentry *dir;

	raw_spinlock_t lock;
	struct cpumask affinity;
	bool masked;
	bool irq_enabled;
	bool spurious;
	bool latched;
	bool requested;
	bool closing;
	bool disconnected;
	bool abandoned;
	unsigned int since_read;
	unsigned int unread;
	u64 masked_since;
	struct irq_line_counters counters;
	struct bh_probe *top;
	bool remote;

	call_single_data_t csd;
	struct irq_work work;

	struct mutex rate_lock;		/* serialises start and stop */
	struct hrtimer timer;
	ktime_t period;
	unsigned int hz;
	int rate_cpu;
};

/* main.c */
extern struct dentry *bh_testbench_dir;

/* irq_chip.c */
int irq_chip_init(void);
void irq_chip_exit(void);
void irq_line_wire(struct irq_line *line);
unsigned int irq_line_map(unsigned int hwirq);
void irq_line_drain(struct irq_line *line);
void irq_line_inject(struct irq_line *line, u64 events, int cpu);
void irq_line_switch(struct irq_line *line, bool on);
void irq_line_disturb(struct irq_line *line, int cpu);
void irq_line_handler_exit(void *unused, int irq, struct irqaction *action,
			   int ret);
void irq_line_read_counters(struct irq_line *line, struct irq_line_counters *c);

/* irq_line.c */
extern struct irq_line *irq_lines[];

int irq_line_check_cpu(int cpu);
void irq_line_set_top(struct irq_line *line, struct bh_probe *top);
int irq_line_reset(struct irq_line *line);
void irq_line_check_freed(struct irq_line *line);
void irq_line_clear_top(struct irq_line *line, struct bh_probe *top);

/* debugfs.c */
void irq_line_create_files(struct irq_line *line);

/* bus.c */
int bench_bus_init(void);
void bench_bus_exit(void);

/* probe.c */
int bh_probe_start(void);

#endif /* _BH_TESTBENCH_H */
