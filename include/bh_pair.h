/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the twins of a pair need and none should repeat: a line, its request,
 * counters, a probe, the safety gate and the teardown in the right order.
 *
 * The usual twin: its hard handler takes the events over with bh_pair_take()
 * and asks for the bottom half; that begins with bh_pair_run(), and deals with
 * the events by bh_pair_drain(). What was taken over and is not handled when
 * the twin is gone is lost, and bh_pair_unregister() says so.
 */
#ifndef _BH_PAIR_H
#define _BH_PAIR_H

#include <linux/device/driver.h>
#include <linux/interrupt.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>

#include "bh_probe.h"
#include "irq_line.h"

/**
 * struct bh_pair - one twin, broken or fixed; embedded in the twin's own struct
 * @name: name of the line and of its debugfs folder: KBUILD_MODNAME
 * @flow: kind of line
 * @irqflags: flags for request_threaded_irq()
 * @handler: hard handler; its dev_id is the struct bh_pair
 * @thread_fn: threaded handler, or NULL
 * @setup: prepares the bottom half, before the line is requested; may be NULL
 * @teardown: kills the bottom half, after the line was freed; may be NULL
 * @command: does in process context what the file "command" is told, a number,
 *	one command at a time; NULL: no such file
 * @breaks: broken twin only: one line that says what is about to happen. A
 *	twin with this set is refused outside a virtual machine unless forced.
 * @mechanism: what the probe looks at
 * @line: set by bh_pair_register()
 * @irq: set by bh_pair_register()
 * @door: the file "command"
 * @door_lock: lets one command in at a time
 * @fifo: events taken over by bh_pair_take() and not yet drained
 * @counters: in debugfs as "account"; kept by the three functions below, or by
 *	the twin
 * @probe: in debugfs as "probe"; the twin calls bh_probe_raise() and _run()
 */
struct bh_pair {
	const char *name;
	enum irq_line_flow flow;
	unsigned long irqflags;
	irq_handler_t handler;
	irq_handler_t thread_fn;
	int (*setup)(struct bh_pair *pair);
	void (*teardown)(struct bh_pair *pair);
	int (*command)(struct bh_pair *pair, u64 n);
	const char *breaks;
	enum bh_mechanism mechanism;

	struct irq_line *line;
	unsigned int irq;
	struct dentry *door;
	struct mutex door_lock;		/* one command at a time */
	atomic_t fifo;
	struct bh_counters counters;
	struct bh_probe probe;
};

int bh_pair_admit(const char *name, const char *breaks, bool force);
int __bh_pair_register(struct bh_pair *pair, bool force, struct module *owner);
void bh_pair_unregister(struct bh_pair *pair);

/**
 * bh_pair_take() - top half: take over what the device has
 * @pair: the twin
 *
 * What follows in the handler asks for the bottom half.
 *
 * Context: any but NMI.
 * Return: number of events; 0 says that the interrupt was not this device's.
 */
static inline unsigned int bh_pair_take(struct bh_pair *pair)
{
	unsigned int events = irq_line_ack(pair->line);

	if (!events)
		return 0;
	atomic64_inc(&pair->counters.top_halves);
	atomic64_add(events, &pair->counters.events);
	atomic_add(events, &pair->fifo);
	bh_probe_raise(&pair->probe);
	return events;
}

/**
 * bh_pair_run() - first statement of a bottom half
 * @pair: the twin
 *
 * Context: any but NMI.
 */
static inline void bh_pair_run(struct bh_pair *pair)
{
	bh_probe_run(&pair->probe);
	atomic64_inc(&pair->counters.bottom_halves);
}

/**
 * bh_pair_drain() - bottom half: deal with all events there are
 * @pair: the twin
 *
 * Context: any but NMI.
 * Return: number of events
 */
static inline unsigned int bh_pair_drain(struct bh_pair *pair)
{
	unsigned int events = atomic_xchg(&pair->fifo, 0);

	atomic64_add(events, &pair->counters.handled);
	return events;
}

/**
 * bh_pair_drain_some() - bottom half with a budget: deal with some events
 * @pair: the twin
 * @budget: how many at most
 *
 * Context: any but NMI; one at a time for each twin, as NAPI sees to.
 * Return: number of events
 */
static inline int bh_pair_drain_some(struct bh_pair *pair, int budget)
{
	int events = min(atomic_read(&pair->fifo), budget);

	atomic_sub(events, &pair->fifo);
	atomic64_add(events, &pair->counters.handled);
	return events;
}

/* The line belongs to the twin's module, not to the bench. */
#define bh_pair_register(__pair, __force) \
	__bh_pair_register(__pair, __force, THIS_MODULE)

#define bh_twin_register(__twin)					\
	bh_pair_register(&(__twin)->pair, force)
#define bh_twin_unregister(__twin)					\
	bh_pair_unregister(&(__twin)->pair)

/**
 * module_bh_pair() - module_init() and module_exit() of one twin
 * @__twin: the twin's own struct, which embeds its struct bh_pair as "pair"
 */
#define module_bh_pair(__twin)						\
static bool force;							\
module_param(force, bool, 0);						\
MODULE_PARM_DESC(force, "load a broken twin outside a virtual machine too"); \
module_driver(__twin, bh_twin_register, bh_twin_unregister)

#endif /* _BH_PAIR_H */
