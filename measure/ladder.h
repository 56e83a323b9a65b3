/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of ladder.ko share. */
#ifndef _LADDER_H
#define _LADDER_H

#include <linux/irqreturn.h>
#include <linux/timex.h>

#include "compat.h"
#include "ladder_abi.h"

/**
 * struct rung - one mechanism
 * @name: in every table
 * @start: prepare; process context, may sleep, may be NULL. -EOPNOTSUPP: this
 *	kernel does not have it
 * @raise: ask for the bottom half; the last statement of the top half, in hard
 *	interrupt context
 * @stop: kill the bottom half. No interrupt comes any more; process context,
 *	may sleep, may be NULL
 * @crosses: its task runs on ladder_cpu, wherever the interrupt was
 *
 * The bottom half calls ladder_ran() first, and runs once for each raise: there
 * is one event at a time.
 */
struct rung {
	const char *name;
	int (*start)(void);
	irqreturn_t (*raise)(void);
	void (*stop)(void);
	bool crosses;
};

/* In this order in every table. */
extern const struct rung softirq_rungs[];
extern const unsigned int softirq_rungs_count;
extern const struct rung task_rungs[];
extern const unsigned int task_rungs_count;

/* driver.c */
extern int ladder_cpu;

void ladder_ran(void);
bool ladder_raise(unsigned int sample);
bool ladder_is_waiting(void);
void ladder_again(void);

/* flood.c */
int flood_start(void);
void flood_stop(void);
int flood_run(const struct ladder_event *event);

#endif /* _LADDER_H */
