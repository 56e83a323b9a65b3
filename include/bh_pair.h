/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the twins of a pair need and none should repeat: a line, its request,
 * counters, a probe, the safety gate and the teardown in the right order.
 */
#ifndef _BH_PAIR_H
#define _BH_PAIR_H

#include <linux/device/driver.h>
#include <linux/interrupt.h>
#include <linux/module.h>

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
 * @breaks: broken twin only: one line that says what is about to happen. A
 *	twin with this set is refused outside a virtual machine unless forced.
 * @mechanism: what the probe looks at
 * @line: set by bh_pair_register()
 * @irq: set by bh_pair_register()
 * @counters: in debugfs as "account"; the twin counts
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
	const char *breaks;
	enum bh_mechanism mechanism;

	struct irq_line *line;
	unsigned int irq;
	struct bh_counters counters;
	struct bh_probe probe;
};

int __bh_pair_register(struct bh_pair *pair, bool force, struct module *owner);
void bh_pair_unregister(struct bh_pair *pair);

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
