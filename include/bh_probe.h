/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a bottom half can know of itself: the oscilloscope of bh_testbench.
 *
 * A probe has two tips. bh_probe_raise() goes where the top half asks for the
 * bottom half, bh_probe_run() is the first statement of the bottom half. The
 * bench notes in which context each ran, as which task, on which CPU, and how
 * much time lay between, and emits the tracepoints bottom_half:raise and
 * bottom_half:run. Without the bench looking, each costs one patched jump.
 */
#ifndef _BH_PROBE_H
#define _BH_PROBE_H

#include <linux/atomic.h>
#include <linux/jump_label.h>
#include <linux/types.h>

struct dentry;
struct irq_line;
struct bh_probe_cpu;
struct tracepoint;

/* Also the values of the field "mechanism" in the tracepoints. */
enum bh_mechanism {
	BH_HARDIRQ,
	BH_SOFTIRQ,
	BH_TASKLET,
	BH_TASKLET_HI,
	BH_IRQ_POLL,
	BH_TIMER,
	BH_HRTIMER,
	BH_NAPI,
	BH_RCU,
	BH_BH_WORK,
	BH_WORK,
	BH_IRQ_THREAD,
	BH_MECHANISMS
};

/**
 * struct bh_probe - one point of measurement, embedded in the driver's struct
 * @name: folder under the line's debugfs folder
 * @line: the line, for its name in the tracepoints
 * @mechanism: what kind of bottom half is looked at
 * @irq: Linux interrupt number of the line, for the tracepoints
 * @raised: time and CPU of the oldest raise not yet followed by a run, packed
 *	by probe.c; 0 when there is none
 * @cpu: per-CPU histogram and last snapshot, of the CPU that ran
 * @dir: debugfs folder
 */
struct bh_probe {
	const char *name;
	struct irq_line *line;
	enum bh_mechanism mechanism;
	unsigned int irq;
	atomic64_t raised;
	struct bh_probe_cpu __percpu *cpu;
	struct dentry *dir;
};

/**
 * struct bh_counters - the account every lesson keeps
 * @events: events the driver took over from the device (irq_line_ack())
 * @top_halves: runs of the hard interrupt handler
 * @bottom_halves: runs of the bottom half
 * @handled: events the bottom half has dealt with
 *
 * When a lesson is quiet, @events and @handled are equal. What was coalesced
 * on the way shows as fewer runs, never as fewer events.
 */
struct bh_counters {
	atomic64_t events;
	atomic64_t top_halves;
	atomic64_t bottom_halves;
	atomic64_t handled;
};

DECLARE_STATIC_KEY_TRUE(bh_probe_key);

int bh_probe_init(struct bh_probe *probe, struct irq_line *line,
		  const char *name, enum bh_mechanism mechanism);
void bh_probe_destroy(struct bh_probe *probe);
void __bh_probe_raise(struct bh_probe *probe);
void __bh_probe_run(struct bh_probe *probe);

/**
 * bh_probe_raise() - the top half asks for the bottom half now
 * @probe: the point of measurement
 *
 * Call it directly before tasklet_schedule(), queue_work() and the like. A
 * raise that coalesces with an earlier one keeps the earlier time.
 *
 * Context: any but NMI. Takes no lock.
 */
static __always_inline void bh_probe_raise(struct bh_probe *probe)
{
	if (static_branch_likely(&bh_probe_key))
		__bh_probe_raise(probe);
}

/**
 * bh_probe_run() - the bottom half runs now
 * @probe: the point of measurement
 *
 * The first statement of a bottom half (or of a top half, to look at that).
 *
 * Context: any but NMI. Takes no lock.
 */
static __always_inline void bh_probe_run(struct bh_probe *probe)
{
	if (static_branch_likely(&bh_probe_key))
		__bh_probe_run(probe);
}

void bh_counters_init(struct bh_counters *counters, struct irq_line *line);
struct tracepoint *bh_find_tracepoint(const char *name);

#endif /* _BH_PROBE_H */
