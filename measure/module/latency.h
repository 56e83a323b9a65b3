/* SPDX-License-Identifier: GPL-2.0 */
/* Declarations that the files of bh_latency.ko share. */
#ifndef _LATENCY_H
#define _LATENCY_H

#include <linux/irqreturn.h>
#include <linux/timex.h>
#ifdef CONFIG_X86
#include <asm/msr.h>
#include <asm/tsc.h>
#endif

#include "compat.h"
#include "latency_abi.h"

/**
 * struct mechanism - one way to run a bottom half
 * @name: its name in every table
 * @start: sets up the mechanism. Process context, may sleep, may be NULL. Returns
 *	-EOPNOTSUPP when this kernel does not have the mechanism
 * @raise: requests the bottom half, as the last statement of the top half. Hard
 *	IRQ context; on PREEMPT_RT the IRQ thread, unless no_thread is set
 * @stop: kills the bottom half. The interrupt is already freed, so nothing raises
 *	the bottom half any more. Process context, may sleep, may be NULL
 * @crosses: the bottom half runs on latency_cpu, even if the interrupt came to
 *	another CPU
 *
 * The bottom half calls latency_ran() first. A bottom half runs once per raise, because
 * the next event is raised only after the bottom half has run.
 */
struct mechanism {
	const char *name;
	int (*start)(void);
	irqreturn_t (*raise)(void);
	void (*stop)(void);
	bool crosses;
};

/*
 * Reads the cycle counter after all earlier instructions have been executed. A plain read
 * might be executed earlier, because a real CPU executes out of order. (On arm64
 * get_cycles() contains the barrier.)
 */
static inline u64 latency_cycles(void)
{
#ifdef CONFIG_X86
	return rdtsc_ordered();
#else
	return get_cycles();
#endif
}

/* Every table lists the mechanisms in this order. */
extern const struct mechanism softirq_mechanisms[];
extern const unsigned int softirq_mechanisms_count;
extern const struct mechanism task_mechanisms[];
extern const unsigned int task_mechanisms_count;

/* driver.c */
extern int latency_cpu;

void latency_ran(void);
bool latency_raise(unsigned int sample);
bool latency_is_waiting(void);
void latency_resumed(void);

/* flood.c */
int flood_start(void);
void flood_stop(void);
int flood_run(const struct latency_event *event);

#endif /* _LATENCY_H */
