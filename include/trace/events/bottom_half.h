/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints of bh_testbench: bh_raise (a bottom half is requested) and bh_run (it
 * begins). In tracefs the tracepoints are in events/bottom_half/.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM bottom_half

#if !defined(_TRACE_BOTTOM_HALF_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_BOTTOM_HALF_H

#include <linux/interrupt.h>
#include <linux/tracepoint.h>

#include "bench.h"
#include "irq_line.h"

#ifndef _TRACE_BOTTOM_HALF_TYPES
#define _TRACE_BOTTOM_HALF_TYPES

#define BH_LINE_NAME_LEN	48

/* Where code runs: hard interrupt, softirq, task with BH disabled, task. */
enum bh_place {
	BH_IN_TASK,
	BH_IN_BH_OFF,
	BH_IN_SOFTIRQ,
	BH_IN_HARDIRQ,
	BH_IN_NMI,
};

/**
 * struct bh_context - what code can know about the context it runs in
 * @time: time of the snapshot, nanoseconds since boot (ktime_get_ns())
 * @preempt_count: return value of preempt_count()
 * @place: enum bh_place
 * @vector: softirq vector that is running, -1 for none or unknown
 * @irqs_off: interrupts are disabled on this CPU
 * @preemptible: what preemptible() returned
 * @may_sleep: the kernel counts nothing that forbids sleeping
 * @cpu: CPU
 * @pid: pid of current, which in a hard interrupt or a softirq is the interrupted task
 * @comm: name of current
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

/* Exports the values of the names below to user space tools. */
TRACE_DEFINE_ENUM(BH_HARDIRQ);
TRACE_DEFINE_ENUM(BH_SOFTIRQ);
TRACE_DEFINE_ENUM(BH_TASKLET);
TRACE_DEFINE_ENUM(BH_TASKLET_HI);
TRACE_DEFINE_ENUM(BH_IRQ_POLL);
TRACE_DEFINE_ENUM(BH_TIMER);
TRACE_DEFINE_ENUM(BH_HRTIMER);
TRACE_DEFINE_ENUM(BH_NAPI);
TRACE_DEFINE_ENUM(BH_RCU);
TRACE_DEFINE_ENUM(BH_BH_WORK);
TRACE_DEFINE_ENUM(BH_WORK);
TRACE_DEFINE_ENUM(BH_IRQ_THREAD);
TRACE_DEFINE_ENUM(BH_IN_TASK);
TRACE_DEFINE_ENUM(BH_IN_BH_OFF);
TRACE_DEFINE_ENUM(BH_IN_SOFTIRQ);
TRACE_DEFINE_ENUM(BH_IN_HARDIRQ);
TRACE_DEFINE_ENUM(BH_IN_NMI);
TRACE_DEFINE_ENUM(HI_SOFTIRQ);
TRACE_DEFINE_ENUM(TIMER_SOFTIRQ);
TRACE_DEFINE_ENUM(NET_TX_SOFTIRQ);
TRACE_DEFINE_ENUM(NET_RX_SOFTIRQ);
TRACE_DEFINE_ENUM(BLOCK_SOFTIRQ);
TRACE_DEFINE_ENUM(IRQ_POLL_SOFTIRQ);
TRACE_DEFINE_ENUM(TASKLET_SOFTIRQ);
TRACE_DEFINE_ENUM(SCHED_SOFTIRQ);
TRACE_DEFINE_ENUM(HRTIMER_SOFTIRQ);
TRACE_DEFINE_ENUM(RCU_SOFTIRQ);

#define show_bh_mechanism(val)				\
	__print_symbolic(val,				\
		{ BH_HARDIRQ,         "hardirq" },	\
		{ BH_SOFTIRQ,         "softirq" },	\
		{ BH_TASKLET,         "tasklet" },	\
		{ BH_TASKLET_HI,      "tasklet_hi" },	\
		{ BH_IRQ_POLL,        "irq_poll" },	\
		{ BH_TIMER,           "timer" },	\
		{ BH_HRTIMER,         "hrtimer" },	\
		{ BH_NAPI,            "napi" },		\
		{ BH_RCU,             "rcu" },		\
		{ BH_BH_WORK,         "bh_work" },	\
		{ BH_WORK,            "work" },		\
		{ BH_IRQ_THREAD,      "irq_thread" })

#define show_bh_place(val)				\
	__print_symbolic(val,				\
		{ BH_IN_TASK,         "task" },		\
		{ BH_IN_BH_OFF,       "bh_off" },	\
		{ BH_IN_SOFTIRQ,      "softirq" },	\
		{ BH_IN_HARDIRQ,      "hardirq" },	\
		{ BH_IN_NMI,          "nmi" })

#define show_bh_vector(val)				\
	__print_symbolic(val,				\
		{ HI_SOFTIRQ,         "HI" },		\
		{ TIMER_SOFTIRQ,      "TIMER" },	\
		{ NET_TX_SOFTIRQ,     "NET_TX" },	\
		{ NET_RX_SOFTIRQ,     "NET_RX" },	\
		{ BLOCK_SOFTIRQ,      "BLOCK" },	\
		{ IRQ_POLL_SOFTIRQ,   "IRQ_POLL" },	\
		{ TASKLET_SOFTIRQ,    "TASKLET" },	\
		{ SCHED_SOFTIRQ,      "SCHED" },	\
		{ HRTIMER_SOFTIRQ,    "HRTIMER" },	\
		{ RCU_SOFTIRQ,        "RCU" },		\
		{ -1,                 "-" })

TRACE_EVENT(bh_raise,
	    TP_PROTO(const struct bh_probe *probe,
		     const struct bh_context *ctx),

	    TP_ARGS(probe, ctx),

	    TP_STRUCT__entry(__field(unsigned int, mechanism)
			     __field(unsigned int, irq)
			     __array(char, line, BH_LINE_NAME_LEN)
			     __field(int, cpu)
			     __field(pid_t, pid)
			     __array(char, comm, TASK_COMM_LEN)
			     __field(unsigned int, ran_in)
			     __field(int, vector)
			     __field(bool, irqs_off)
			     __field(bool, preemptible)
			     __field(bool, may_sleep)),

	    TP_fast_assign(__entry->mechanism = probe->mechanism;
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
			   __entry->may_sleep = ctx->may_sleep;),

	    TP_printk("line=%s irq=%u mechanism=%s ran_in=%s vector=%s interrupts=%s preemptible=%s may_sleep=%s cpu=%d pid=%d comm=%s",
		      __entry->line, __entry->irq,
		      show_bh_mechanism(__entry->mechanism),
		      show_bh_place(__entry->ran_in),
		      show_bh_vector(__entry->vector),
		      __entry->irqs_off ? "off" : "on",
		      __entry->preemptible ? "yes" : "no",
		      __entry->may_sleep ? "yes" : "no",
		      __entry->cpu, __entry->pid, __entry->comm)
);

TRACE_EVENT(bh_run,
	    TP_PROTO(const struct bh_probe *probe,
		     const struct bh_context *ctx,
		     u64 delay_ns,
		     int raised_cpu),

	    TP_ARGS(probe, ctx, delay_ns, raised_cpu),

	    TP_STRUCT__entry(__field(unsigned int, mechanism)
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
			     __field(u64, delay_ns)),

	    TP_fast_assign(__entry->mechanism = probe->mechanism;
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
			   __entry->delay_ns = delay_ns;),

	    TP_printk("line=%s irq=%u mechanism=%s ran_in=%s vector=%s interrupts=%s preemptible=%s may_sleep=%s cpu=%d pid=%d comm=%s raised_cpu=%d delay_ns=%llu",
		      __entry->line, __entry->irq,
		      show_bh_mechanism(__entry->mechanism),
		      show_bh_place(__entry->ran_in),
		      show_bh_vector(__entry->vector),
		      __entry->irqs_off ? "off" : "on",
		      __entry->preemptible ? "yes" : "no",
		      __entry->may_sleep ? "yes" : "no",
		      __entry->cpu, __entry->pid, __entry->comm,
		      __entry->raised_cpu, __entry->delay_ns)
);

#endif /* _TRACE_BOTTOM_HALF_H */

/* This part must be outside the include guard. */
#include <trace/define_trace.h>
