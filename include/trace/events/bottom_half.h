/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints of bh_testbench: a bottom half is asked for, and it runs.
 * In tracefs as events/bottom_half/raise and events/bottom_half/run.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM bottom_half

#if !defined(_TRACE_BOTTOM_HALF_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_BOTTOM_HALF_H

#include <linux/interrupt.h>
#include <linux/tracepoint.h>

#include "bh_probe.h"
#include "irq_line.h"

#ifndef _TRACE_BOTTOM_HALF_TYPES
#define _TRACE_BOTTOM_HALF_TYPES

#define BH_LINE_NAME_LEN	48

/* Where code runs: hard interrupt, softirq, task that keeps softirqs off, task. */
enum bh_place {
	BH_IN_TASK,
	BH_IN_BH_OFF,
	BH_IN_SOFTIRQ,
	BH_IN_HARDIRQ,
	BH_IN_NMI,
};

/**
 * struct bh_context - what code can know of the context it runs in
 * @time: of the snapshot, nanoseconds since boot (ktime_get_ns())
 * @preempt_count: as preempt_count() returned it
 * @place: enum bh_place
 * @vector: softirq vector that is being served, -1 for none or not known
 * @irqs_off: interrupts are disabled on this CPU
 * @preemptible: preemptible() said so
 * @may_sleep: nothing the kernel knows of forbids to sleep
 * @cpu: CPU
 * @pid: of current: in hard interrupt and softirq the task that was interrupted
 * @comm: of current
 */
struct bh_context {
	u64 time;
	unsigned int preempt_count;
	u8 place;
	s8 vector;
	bool irqs_off;
	bool preemptible;
	bool may_sleep;
	int cpu;
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

#endif /* _TRACE_BOTTOM_HALF_TYPES */

#define BH_MECHANISM_LIST			\
	bh_mechanism(HARDIRQ,	"hardirq")	\
	bh_mechanism(SOFTIRQ,	"softirq")	\
	bh_mechanism(TASKLET,	"tasklet")	\
	bh_mechanism(TASKLET_HI, "tasklet_hi")	\
	bh_mechanism(IRQ_POLL,	"irq_poll")	\
	bh_mechanism(TIMER,	"timer")	\
	bh_mechanism(HRTIMER,	"hrtimer")	\
	bh_mechanism(NAPI,	"napi")		\
	bh_mechanism(RCU,	"rcu")		\
	bh_mechanism(BH_WORK,	"bh_work")	\
	bh_mechanism(WORK,	"work")		\
	bh_mechanism_end(IRQ_THREAD, "irq_thread")

#define BH_PLACE_LIST				\
	bh_place(TASK,		"task")		\
	bh_place(BH_OFF,	"bh_off")	\
	bh_place(SOFTIRQ,	"softirq")	\
	bh_place(HARDIRQ,	"hardirq")	\
	bh_place_end(NMI,	"nmi")

#define BH_VECTOR_LIST				\
	bh_vector(HI)				\
	bh_vector(TIMER)			\
	bh_vector(NET_TX)			\
	bh_vector(NET_RX)			\
	bh_vector(BLOCK)			\
	bh_vector(IRQ_POLL)			\
	bh_vector(TASKLET)			\
	bh_vector(SCHED)			\
	bh_vector(HRTIMER)			\
	bh_vector_end(RCU)

/* First pass: tell user space tools the values behind the names. */
#undef bh_mechanism
#undef bh_mechanism_end
#undef bh_place
#undef bh_place_end
#undef bh_vector
#undef bh_vector_end
#define bh_mechanism(sym, str)		TRACE_DEFINE_ENUM(BH_##sym);
#define bh_mechanism_end(sym, str)	TRACE_DEFINE_ENUM(BH_##sym);
#define bh_place(sym, str)		TRACE_DEFINE_ENUM(BH_IN_##sym);
#define bh_place_end(sym, str)		TRACE_DEFINE_ENUM(BH_IN_##sym);
#define bh_vector(sym)			TRACE_DEFINE_ENUM(sym##_SOFTIRQ);
#define bh_vector_end(sym)		TRACE_DEFINE_ENUM(sym##_SOFTIRQ);

BH_MECHANISM_LIST
BH_PLACE_LIST
BH_VECTOR_LIST

/* Second pass: the tables for TP_printk(). */
#undef bh_mechanism
#undef bh_mechanism_end
#undef bh_place
#undef bh_place_end
#undef bh_vector
#undef bh_vector_end
#define bh_mechanism(sym, str)		{ BH_##sym, str },
#define bh_mechanism_end(sym, str)	{ BH_##sym, str }
#define bh_place(sym, str)		{ BH_IN_##sym, str },
#define bh_place_end(sym, str)		{ BH_IN_##sym, str }
#define bh_vector(sym)			{ sym##_SOFTIRQ, #sym },
#define bh_vector_end(sym)		{ sym##_SOFTIRQ, #sym }, { -1, "-" }

TRACE_EVENT(raise,

	TP_PROTO(const struct bh_probe *probe, const struct bh_context *ctx),

	TP_ARGS(probe, ctx),

	TP_STRUCT__entry(
		__field(unsigned int, mechanism)
		__field(unsigned int, irq)
		__array(char, line, BH_LINE_NAME_LEN)
		__field(int, cpu)
		__field(pid_t, pid)
		__array(char, comm, TASK_COMM_LEN)
		__field(unsigned int, ran_in)
		__field(int, vector)
		__field(bool, irqs_off)
		__field(bool, preemptible)
		__field(bool, may_sleep)
	),

	TP_fast_assign(
		__entry->mechanism = probe->mechanism;
		__entry->irq = probe->irq;
		strscpy(__entry->line, irq_line_name(probe->line),
			BH_LINE_NAME_LEN);
		__entry->cpu = ctx->cpu;
		__entry->pid = ctx->pid;
		memcpy(__entry->comm, ctx->comm, TASK_COMM_LEN);
		__entry->ran_in = ctx->place;
		__entry->vector = ctx->vector;
		__entry->irqs_off = ctx->irqs_off;
		__entry->preemptible = ctx->preemptible;
		__entry->may_sleep = ctx->may_sleep;
	),

	TP_printk("line=%s irq=%u mechanism=%s ran_in=%s vector=%s interrupts=%s preemptible=%s may_sleep=%s cpu=%d pid=%d comm=%s",
		  __entry->line, __entry->irq,
		  __print_symbolic(__entry->mechanism, BH_MECHANISM_LIST),
		  __print_symbolic(__entry->ran_in, BH_PLACE_LIST),
		  __print_symbolic(__entry->vector, BH_VECTOR_LIST),
		  __entry->irqs_off ? "off" : "on",
		  __entry->preemptible ? "yes" : "no",
		  __entry->may_sleep ? "yes" : "no",
		  __entry->cpu, __entry->pid, __entry->comm)
);

TRACE_EVENT(run,

	TP_PROTO(const struct bh_probe *probe, const struct bh_context *ctx,
		 u64 delay_ns, int raised_cpu),

	TP_ARGS(probe, ctx, delay_ns, raised_cpu),

	TP_STRUCT__entry(
		__field(unsigned int, mechanism)
		__field(unsigned int, irq)
		__array(char, line, BH_LINE_NAME_LEN)
		__field(int, cpu)
		__field(pid_t, pid)
		__array(char, comm, TASK_COMM_LEN)
		__field(unsigned int, ran_in)
		__field(int, vector)
		__field(bool, irqs_off)
		__field(bool, preemptible)
		__field(bool, may_sleep)
		__field(int, raised_cpu)
		__field(u64, delay_ns)
	),

	TP_fast_assign(
		__entry->mechanism = probe->mechanism;
		__entry->irq = probe->irq;
		strscpy(__entry->line, irq_line_name(probe->line),
			BH_LINE_NAME_LEN);
		__entry->cpu = ctx->cpu;
		__entry->pid = ctx->pid;
		memcpy(__entry->comm, ctx->comm, TASK_COMM_LEN);
		__entry->ran_in = ctx->place;
		__entry->vector = ctx->vector;
		__entry->irqs_off = ctx->irqs_off;
		__entry->preemptible = ctx->preemptible;
		__entry->may_sleep = ctx->may_sleep;
		__entry->raised_cpu = raised_cpu;
		__entry->delay_ns = delay_ns;
	),

	TP_printk("line=%s irq=%u mechanism=%s ran_in=%s vector=%s interrupts=%s preemptible=%s may_sleep=%s cpu=%d pid=%d comm=%s raised_cpu=%d delay_ns=%llu",
		  __entry->line, __entry->irq,
		  __print_symbolic(__entry->mechanism, BH_MECHANISM_LIST),
		  __print_symbolic(__entry->ran_in, BH_PLACE_LIST),
		  __print_symbolic(__entry->vector, BH_VECTOR_LIST),
		  __entry->irqs_off ? "off" : "on",
		  __entry->preemptible ? "yes" : "no",
		  __entry->may_sleep ? "yes" : "no",
		  __entry->cpu, __entry->pid, __entry->comm,
		  __entry->raised_cpu, __entry->delay_ns)
);

#endif /* _TRACE_BOTTOM_HALF_H */

/* This part must be outside protection. */
#include <trace/define_trace.h>
