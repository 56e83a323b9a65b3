// SPDX-License-Identifier: GPL-2.0
/*
 * Records where and when a bottom half runs. A probe keeps the context of the last run.
 * Each raise and each run also goes through the tracepoints bottom_half:bh_raise and
 * bottom_half:bh_run; their hist triggers can make histograms of the time between a raise
 * and its run.
 *
 * The context comes from the kernel's predicates (in_hardirq(),
 * in_serving_softirq(), preemptible(), ...). None of them says which softirq vector is running,
 * so the vector comes from the kernel's tracepoints softirq_entry and softirq_exit.
 */
#include <linux/bitops.h>
#include <linux/debugfs.h>
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string_helpers.h>
#include <linux/tracepoint.h>

#include "bench.h"
#include "compat.h"
#include "irq_line.h"
#include "testbench.h"

#define CREATE_TRACE_POINTS
#include <trace/events/bottom_half.h>

EXPORT_TRACEPOINT_SYMBOL_GPL(bh_raise);
EXPORT_TRACEPOINT_SYMBOL_GPL(bh_run);

struct bh_raised {
	u64 time;
	int cpu;		/* -1: no raise */
	enum bh_place place;
};

/**
 * struct bh_probe_last - the record of a probe
 * @lock: protects the rest; taken in any context but NMI, innermost of all locks
 * @raised: the oldest request that no run has answered yet
 * @run: context of the last run; its time is 0 if there was none
 * @answered: the request that the last run answered
 */
struct bh_probe_last {
	raw_spinlock_t lock;
	struct bh_raised raised;
	struct bh_context run;
	struct bh_raised answered;
};

static const char * const bh_mechanism_names[] = {
	[BH_HARDIRQ]	= "hardirq",
	[BH_SOFTIRQ]	= "softirq",
	[BH_TASKLET]	= "tasklet",
	[BH_TASKLET_HI]	= "tasklet_hi",
	[BH_IRQ_POLL]	= "irq_poll",
	[BH_TIMER]	= "timer",
	[BH_HRTIMER]	= "hrtimer",
	[BH_NAPI]	= "napi",
	[BH_RCU]	= "rcu",
	[BH_BH_WORK]	= "bh_work",
	[BH_WORK]	= "work",
	[BH_IRQ_THREAD]	= "irq_thread",
};

static_assert(ARRAY_SIZE(bh_mechanism_names) == BH_MECHANISMS);

static const char * const bh_place_names[] = {
	[BH_IN_TASK]	= "task",
	[BH_IN_BH_OFF]	= "bh_off",
	[BH_IN_SOFTIRQ]	= "softirq",
	[BH_IN_HARDIRQ]	= "hardirq",
	[BH_IN_NMI]	= "nmi",
};

static const char * const bh_vector_names[] = {
	[HI_SOFTIRQ]		= "HI",
	[TIMER_SOFTIRQ]		= "TIMER",
	[NET_TX_SOFTIRQ]	= "NET_TX",
	[NET_RX_SOFTIRQ]	= "NET_RX",
	[BLOCK_SOFTIRQ]		= "BLOCK",
	[IRQ_POLL_SOFTIRQ]	= "IRQ_POLL",
	[TASKLET_SOFTIRQ]	= "TASKLET",
	[SCHED_SOFTIRQ]		= "SCHED",
	[HRTIMER_SOFTIRQ]	= "HRTIMER",
	[RCU_SOFTIRQ]		= "RCU",
};

static_assert(ARRAY_SIZE(bh_vector_names) == NR_SOFTIRQS);

/* Which vector is being served -------------------------------------------- */

/*
 * On a stock kernel softirqs do not nest on a CPU, so one variable per CPU would be enough.
 * On PREEMPT_RT the task that runs a softirq may be preempted. In kernels where BH is not a
 * per-CPU lock, another task may then run softirqs on this CPU. So the task is recorded
 * too: if another task is current, the vector is unknown. Code that writes or reads both
 * values disables preemption. It must do this itself, because from 7.3 on the kernel does
 * not disable preemption when it calls the functions of a tracepoint.
 */
struct bh_serving {
	struct task_struct *task;
	int vector;
};

static DEFINE_PER_CPU(struct bh_serving, bh_serving);

static void bh_softirq_entry(void *unused, unsigned int vector)
{
	guard(preempt_notrace)();
	__this_cpu_write(bh_serving.vector, vector);
	__this_cpu_write(bh_serving.task, current);
}

static void bh_softirq_exit(void *unused, unsigned int vector)
{
	__this_cpu_write(bh_serving.task, NULL);
}

static int bh_vector_served(void)
{
	guard(preempt_notrace)();
	if (!in_serving_softirq() || this_cpu_read(bh_serving.task) != current)
		return -1;
	return this_cpu_read(bh_serving.vector);
}

/* The context -------------------------------------------------------------- */

static enum bh_place bh_place_now(void)
{
	if (in_nmi())
		return BH_IN_NMI;
	if (in_hardirq())
		return BH_IN_HARDIRQ;
	if (in_serving_softirq())
		return BH_IN_SOFTIRQ;
	/*
	 * On PREEMPT_RT preempt_count() does not contain the softirq count, so always use
	 * softirq_count().
	 */
	if (softirq_count())
		return BH_IN_BH_OFF;
	return BH_IN_TASK;
}

/*
 * Returns true if the kernel counts nothing that forbids sleeping. The code is then in a task
 * with preemption, BH and interrupts enabled, and holds no spinlock and no rcu_read_lock().
 * (PREEMPT_RT does not count spinlocks.) The idle task must never sleep.
 */
static bool bh_may_sleep(void)
{
	return in_task() && !preempt_count() && !softirq_count() &&
	       !irqs_disabled() && !rcu_preempt_depth() && !is_idle_task(current);
}

static void bh_context_take(struct bh_context *ctx)
{
	enum bh_place place = bh_place_now();

	ctx->time = ktime_get_ns();
	ctx->preempt_count = preempt_count();
	ctx->place = place;
	ctx->vector = place == BH_IN_SOFTIRQ ? bh_vector_served() : -1;
	ctx->irqs_off = irqs_disabled();
	ctx->preemptible = preemptible();
	ctx->may_sleep = bh_may_sleep();
	ctx->cpu = raw_smp_processor_id();
	ctx->pid = current->pid;
	memcpy(ctx->comm, current->comm, TASK_COMM_LEN);
}

/* Raise and run ------------------------------------------------------------ */

/**
 * bh_probe_raise() - the top half requests the bottom half now
 * @probe: the probe of that bottom half
 *
 * Call it directly before tasklet_schedule(), queue_work() and the like. If several requests
 * coalesce into one run, the probe records the oldest request, which has waited longest.
 *
 * Context: any but NMI.
 */
void bh_probe_raise(struct bh_probe *probe)
{
	enum bh_place place = bh_place_now();
	struct bh_probe_last *last = probe->last;
	struct bh_context ctx;

	if (trace_bh_raise_enabled()) {
		bh_context_take(&ctx);
		trace_bh_raise(probe, &ctx);
	}
	guard(raw_spinlock_irqsave)(&last->lock);
	if (last->raised.cpu < 0) {
		last->raised.time = ktime_get_ns();
		last->raised.cpu = smp_processor_id();
		last->raised.place = place;
	}
}
EXPORT_SYMBOL_GPL(bh_probe_raise);

/**
 * bh_probe_run() - the bottom half runs now
 * @probe: the probe of that bottom half
 *
 * Call it as the first statement of a bottom half (or of a top half, to observe the top
 * half). It first records the caller's context, because its own lock changes this context.
 *
 * Context: any but NMI.
 */
void bh_probe_run(struct bh_probe *probe)
{
	struct bh_probe_last *last = probe->last;
	struct bh_raised raised;
	struct bh_context run;
	u64 delay_ns = 0;

	bh_context_take(&run);
	scoped_guard(raw_spinlock_irqsave, &last->lock) {
		raised = last->raised;
		/*
		 * Another CPU made this request after the run began. The next run answers this
		 * request.
		 */
		if (raised.cpu >= 0 && raised.time > run.time)
			raised.cpu = -1;
		else
			last->raised.cpu = -1;
		last->run = run;
		last->answered = raised;
	}

	if (raised.cpu >= 0)
		delay_ns = run.time - raised.time;
	trace_bh_run(probe, &run, delay_ns, raised.cpu);
}
EXPORT_SYMBOL_GPL(bh_probe_run);

/* debugfs: context --------------------------------------------------------- */

static void bh_context_show_run(struct seq_file *seq, const struct bh_context *run,
				const struct bh_raised *raised)
{
	seq_printf(seq, "ran_in %s\n", bh_place_names[run->place]);
	seq_printf(seq, "vector %s\n",
		   run->vector < 0 ? "-" : bh_vector_names[run->vector]);
	seq_printf(seq, "interrupts %s\n", run->irqs_off ? "off" : "on");
	seq_printf(seq, "preemptible %s\n", str_yes_no(run->preemptible));
	seq_printf(seq, "may_sleep %s\n", str_yes_no(run->may_sleep));
	seq_printf(seq, "task %.*s\n", TASK_COMM_LEN, run->comm);
	seq_printf(seq, "pid %d\n", run->pid);
	seq_printf(seq, "cpu %d\n", run->cpu);
	if (raised->cpu < 0)
		seq_puts(seq, "raised_cpu -\nraised_in -\n");
	else
		seq_printf(seq, "raised_cpu %d\nraised_in %s\n",
			   raised->cpu, bh_place_names[raised->place]);
	seq_printf(seq, "preempt_count 0x%08x\n", run->preempt_count);
}

static int bh_probe_context_show(struct seq_file *seq, void *unused)
{
	struct bh_probe *probe = seq->private;
	struct bh_probe_last last;

	scoped_guard(raw_spinlock_irq, &probe->last->lock)
		last = *probe->last;

	seq_printf(seq, "mechanism %s\n", bh_mechanism_names[probe->mechanism]);
	if (last.run.time)
		bh_context_show_run(seq, &last.run, &last.answered);
	else
		seq_puts(seq, "ran_in -\nvector -\ninterrupts -\npreemptible -\n"
			 "may_sleep -\ntask -\npid -\ncpu -\nraised_cpu -\n"
			 "raised_in -\npreempt_count -\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bh_probe_context);

/* The kernel's tracepoints -------------------------------------------------- */

/* The hooks are registered only while there is a probe, so without probes they cost nothing. */
static struct bh_hook {
	const char *name;
	void *fn;
	struct tracepoint *tp;
} bh_hooks[] = {
	{ "softirq_entry",	bh_softirq_entry },
	{ "softirq_exit",	bh_softirq_exit },
	{ "irq_handler_exit",	irq_line_handler_exit },
};

static DEFINE_MUTEX(bh_hooks_lock);	/* protects bh_probes, and the registration */
static unsigned int bh_probes;

/* Unhooks the first @n hooks. */
static void bh_unhook(int n)
{
	while (n--)
		tracepoint_probe_unregister(bh_hooks[n].tp, bh_hooks[n].fn, NULL);
	/* An interrupt or softirq of any device may be running one of these functions now. */
	tracepoint_synchronize_unregister();
}

static int bh_hook(void)
{
	int err, i;

	for (i = 0; i < ARRAY_SIZE(bh_hooks); i++) {
		err = tracepoint_probe_register(bh_hooks[i].tp, bh_hooks[i].fn, NULL);
		if (err) {
			bh_unhook(i);
			return err;
		}
	}
	return 0;
}

static int bh_hooks_get(void)
{
	int err = 0;

	guard(mutex)(&bh_hooks_lock);
	if (!bh_probes)
		err = bh_hook();
	if (!err)
		bh_probes++;
	return err;
}

static void bh_hooks_put(void)
{
	guard(mutex)(&bh_hooks_lock);
	if (!--bh_probes)
		bh_unhook(ARRAY_SIZE(bh_hooks));
}

/* Making and destroying ---------------------------------------------------- */

/**
 * bh_probe_init() - prepare a probe
 * @probe: the probe, which is embedded in the driver's struct
 * @line: the line to which the bottom half belongs
 * @name: name of its folder in the line's debugfs folder; the string must stay
 *  valid
 * @mechanism: kind of bottom half. For a line's first probe of the kind BH_HARDIRQ, the line
 *  itself calls bh_probe_raise() at each new interrupt. So the driver calls only bh_probe_run()
 *
 * A bench_device already has its probes. devm_bh_probe_init() adds another probe.
 *
 * Context: process, may sleep.
 * Return: 0, -EINVAL for no name or an unknown mechanism, -EEXIST if the line
 *	has a file or folder with that name, -ENOMEM.
 */
int bh_probe_init(struct bh_probe *probe, struct irq_line *line,
		  const char *name, enum bh_mechanism mechanism)
{
	int err;

	if (!name || !*name || (unsigned int)mechanism >= BH_MECHANISMS)
		return -EINVAL;

	probe->name = name;
	probe->line = line;
	probe->mechanism = mechanism;
	probe->irq = irq_line_irq(line);
	probe->last = kzalloc(sizeof(*probe->last), GFP_KERNEL);
	if (!probe->last)
		return -ENOMEM;
	raw_spin_lock_init(&probe->last->lock);
	probe->last->raised.cpu = -1;
	err = bh_hooks_get();
	if (err)
		goto err_last;

	probe->dir = debugfs_create_dir(name, irq_line_dir(line));
	if (PTR_ERR_OR_ZERO(probe->dir) == -EEXIST) {
		err = -EEXIST;
		goto err_hooks;
	}
	debugfs_create_file("context", 0400, probe->dir, probe, &bh_probe_context_fops);
	if (mechanism == BH_HARDIRQ)
		irq_line_set_top(line, probe);
	return 0;

err_hooks:
	bh_hooks_put();
err_last:
	kfree(probe->last);
	probe->last = NULL;
	return err;
}
EXPORT_SYMBOL_GPL(bh_probe_init);

/**
 * bh_probe_destroy() - destroy a probe
 * @probe: the probe. If the probe was never initialised, nothing happens
 *
 * Call it before irq_line_destroy(), after the interrupt has been freed and the bottom half
 * has been killed. From now on no code may call bh_probe_raise() or bh_probe_run().
 *
 * Context: process, may sleep.
 */
void bh_probe_destroy(struct bh_probe *probe)
{
	if (!probe->last)
		return;
	irq_line_clear_top(probe->line, probe);
	/* This waits for readers. */
	debugfs_remove(probe->dir);
	bh_hooks_put();
	kfree(probe->last);
	probe->last = NULL;
}
EXPORT_SYMBOL_GPL(bh_probe_destroy);

/* Start -------------------------------------------------------------------- */

/* Shows the layout of preempt_count() on this kernel. This helps to read a value in a log. */
static const struct {
	const char *name;
	unsigned int mask;
} bh_preempt_fields[] = {
	{ "preempt",		PREEMPT_MASK },
	{ "softirq",		SOFTIRQ_MASK },
	{ "hardirq_disable",	HARDIRQ_DISABLE_MASK },
	{ "hardirq",		HARDIRQ_MASK },
	{ "nmi",		NMI_MASK },
	/*
	 * Since 7.3, x86-64 keeps the flag PREEMPT_NEED_RESCHED in the upper half of the
	 * word, outside preempt_count().
	 */
	{ "need_resched",	lower_32_bits(PREEMPT_NEED_RESCHED) },
};

static int bh_preempt_count_layout_show(struct seq_file *seq, void *unused)
{
	unsigned int mask;
	int i;

	for (i = 0; i < ARRAY_SIZE(bh_preempt_fields); i++) {
		mask = bh_preempt_fields[i].mask;
		if (mask)
			seq_printf(seq, "%s %u %u\n", bh_preempt_fields[i].name,
				   (unsigned int)__ffs(mask), hweight32(mask));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bh_preempt_count_layout);

int __init bh_probe_start(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(bh_hooks); i++) {
		bh_hooks[i].tp = bh_find_tracepoint(bh_hooks[i].name);
		if (!bh_hooks[i].tp)
			return -ENODEV;
	}
	debugfs_create_file("preempt_count_layout", 0400, bh_testbench_dir,
			    NULL, &bh_preempt_count_layout_fops);
	return 0;
}
