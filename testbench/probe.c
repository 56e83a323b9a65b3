// SPDX-License-Identifier: GPL-2.0
/*
 * What a bottom half can know of itself: the oscilloscope of the bench.
 *
 * A probe keeps, for each CPU, a histogram of the time from raise to run and a
 * snapshot of the context of the last run. Both go through the tracepoints
 * bottom_half:raise and bottom_half:run as well.
 *
 * The context is asked of the kernel's predicates (in_hardirq(),
 * in_serving_softirq(), preemptible(), ...). Which softirq vector is being
 * served none of them tells; that is watched through the kernel's own
 * softirq_entry and softirq_exit tracepoints.
 */
#include <linux/bitops.h>
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/kstrtox.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>

#include "bh_probe.h"
#include "compat.h"
#include "irq_line.h"
#include "testbench.h"

#define CREATE_TRACE_POINTS
#include <trace/events/bottom_half.h>

EXPORT_TRACEPOINT_SYMBOL_GPL(raise);
EXPORT_TRACEPOINT_SYMBOL_GPL(run);

/* A bucket holds times of one bit length; the last all from 2^38 ns = 4.6 min. */
#define BH_BUCKETS	40

struct bh_run {
	struct bh_context ctx;
	int raised_cpu;		/* -1: not raised since the last run */
	u8 raised_in;		/* enum bh_place */
};

struct bh_histogram {
	u64 count;
	u64 sum_ns;
	u64 min_ns;
	u64 max_ns;
	u64 bucket[BH_BUCKETS];
};

/**
 * struct bh_probe_cpu - what one CPU has seen
 * @seq: readers on other CPUs retry while a record is under way. Records are
 *	written with interrupts off, on the CPU they belong to, so they do not
 *	nest and need no lock
 * @histogram: times from raise to run
 * @last: the last run; its time is 0 when there was none
 */
struct bh_probe_cpu {
	seqcount_t seq;
	struct bh_histogram histogram;
	struct bh_run last;
};

DEFINE_STATIC_KEY_TRUE(bh_probe_key);
EXPORT_SYMBOL_GPL(bh_probe_key);

/* Serialises switching the probes on and off. */
static DEFINE_MUTEX(bh_probing_lock);
static bool bh_probing;
static u64 bh_probing_since;	/* a raise before that waits for no run we saw */

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
 * On a stock kernel softirqs do not nest on a CPU, and between entry and exit
 * of a vector only interrupts come in between: one place a CPU is enough. On
 * PREEMPT_RT the serving task may be preempted, and (where BH is no longer a
 * per-CPU lock) another may serve softirqs on this CPU meanwhile. Therefore
 * the task is noted too: an answer that would be another task's is no answer.
 */
struct bh_serving {
	struct task_struct *task;
	int vector;
};

static DEFINE_PER_CPU(struct bh_serving, bh_serving);

static void bh_softirq_entry(void *unused, unsigned int vector)
{
	__this_cpu_write(bh_serving.vector, vector);
	__this_cpu_write(bh_serving.task, current);
}

static void bh_softirq_exit(void *unused, unsigned int vector)
{
	__this_cpu_write(bh_serving.task, NULL);
}

static int bh_vector_served(void)
{
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
	/* Not in preempt_count() on PREEMPT_RT, hence never by hand. */
	if (softirq_count())
		return BH_IN_BH_OFF;
	return BH_IN_TASK;
}

/*
 * Nothing that the kernel keeps count of forbids to sleep: no interrupt, no
 * preempt_disable(), no spinlock (on RT they do not count), bottom halves and
 * interrupts on, no rcu_read_lock(). The idle task may never.
 */
static bool bh_may_sleep(void)
{
	return in_task() && !preempt_count() && !softirq_count() &&
	       !irqs_disabled() && !rcu_preempt_depth() &&
	       !is_idle_task(current);
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

/* Raise -------------------------------------------------------------------- */

/*
 * bh_probe.raised: time in the upper 47 bits (it wraps after 39 hours, and a
 * difference does not mind), then 3 bits of enum bh_place, then CPU + 1.
 */
#define BH_RAISED_CPU_BITS	14
#define BH_RAISED_PLACE_BITS	3
#define BH_RAISED_SHIFT		(BH_RAISED_CPU_BITS + BH_RAISED_PLACE_BITS)
static_assert(CONFIG_NR_CPUS < 1 << BH_RAISED_CPU_BITS);

static u64 bh_raised_pack(u64 time, enum bh_place place, int cpu)
{
	return time << BH_RAISED_SHIFT |
	       (u64)place << BH_RAISED_CPU_BITS | (cpu + 1);
}

static int bh_raised_cpu(u64 raised)
{
	return (int)(raised & (BIT(BH_RAISED_CPU_BITS) - 1)) - 1;
}

static enum bh_place bh_raised_place(u64 raised)
{
	return raised >> BH_RAISED_CPU_BITS & (BIT(BH_RAISED_PLACE_BITS) - 1);
}

static u64 bh_raised_delay(u64 raised, u64 now)
{
	u64 delay = (now << BH_RAISED_SHIFT) -
		    (raised >> BH_RAISED_SHIFT << BH_RAISED_SHIFT);

	return delay >> BH_RAISED_SHIFT;
}

/**
 * __bh_probe_raise() - record that a bottom half is asked for
 * @probe: the point of measurement
 *
 * Use bh_probe_raise(). The oldest raise that no run has answered counts: what
 * coalesces with it came later and waits shorter.
 *
 * Context: any but NMI. Takes no lock.
 */
void __bh_probe_raise(struct bh_probe *probe)
{
	struct bh_context ctx;

	if (trace_raise_enabled()) {
		bh_context_take(&ctx);
		trace_raise(probe, &ctx);
	}
	if (atomic64_read(&probe->raised))
		return;
	atomic64_cmpxchg(&probe->raised, 0,
			 bh_raised_pack(ktime_get_ns(), bh_place_now(),
					raw_smp_processor_id()));
}
EXPORT_SYMBOL_GPL(__bh_probe_raise);

/* Run ---------------------------------------------------------------------- */

static void bh_histogram_add(struct bh_histogram *h, u64 ns)
{
	h->count++;
	h->sum_ns += ns;
	h->min_ns = h->count == 1 ? ns : min(h->min_ns, ns);
	h->max_ns = max(h->max_ns, ns);
	h->bucket[min(fls64(ns), BH_BUCKETS - 1)]++;
}

static void bh_probe_record(struct bh_probe *probe, const struct bh_run *run,
			    u64 delay_ns)
{
	struct bh_probe_cpu *pcpu;
	unsigned long flags;

	local_irq_save(flags);
	pcpu = this_cpu_ptr(probe->cpu);
	write_seqcount_begin(&pcpu->seq);
	if (run->raised_cpu >= 0)
		bh_histogram_add(&pcpu->histogram, delay_ns);
	pcpu->last = *run;
	write_seqcount_end(&pcpu->seq);
	local_irq_restore(flags);
}

/**
 * __bh_probe_run() - record that a bottom half runs
 * @probe: the point of measurement
 *
 * Use bh_probe_run(). The context is that of the caller, taken before this
 * function changes anything in it.
 *
 * Context: any but NMI. Takes no lock.
 */
void __bh_probe_run(struct bh_probe *probe)
{
	struct bh_run run;
	u64 delay_ns = 0;
	u64 raised;

	bh_context_take(&run.ctx);
	raised = atomic64_xchg(&probe->raised, 0);
	if (raised)
		delay_ns = bh_raised_delay(raised, run.ctx.time);
	/* Left over from before the probes were switched off and on again. */
	if (delay_ns > run.ctx.time - READ_ONCE(bh_probing_since))
		raised = 0;
	run.raised_cpu = bh_raised_cpu(raised);
	run.raised_in = bh_raised_place(raised);

	trace_run(probe, &run.ctx, delay_ns, run.raised_cpu);
	bh_probe_record(probe, &run, delay_ns);
}
EXPORT_SYMBOL_GPL(__bh_probe_run);

/* debugfs: context --------------------------------------------------------- */

/* The newest of the last runs of all CPUs; its time is 0 if there was none. */
static void bh_probe_last(struct bh_probe *probe, struct bh_run *last)
{
	struct bh_probe_cpu *pcpu;
	struct bh_run run;
	unsigned int seq;
	int cpu;

	last->ctx.time = 0;
	for_each_possible_cpu(cpu) {
		pcpu = per_cpu_ptr(probe->cpu, cpu);
		do {
			seq = read_seqcount_begin(&pcpu->seq);
			run = pcpu->last;
		} while (read_seqcount_retry(&pcpu->seq, seq));
		if (run.ctx.time > last->ctx.time)
			*last = run;
	}
}

static const char *bh_yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static void bh_context_show_run(struct seq_file *seq, const struct bh_run *run)
{
	const struct bh_context *ctx = &run->ctx;

	seq_printf(seq, "ran_in %s\n", bh_place_names[ctx->place]);
	seq_printf(seq, "vector %s\n",
		   ctx->vector < 0 ? "-" : bh_vector_names[ctx->vector]);
	seq_printf(seq, "interrupts %s\n", ctx->irqs_off ? "off" : "on");
	seq_printf(seq, "preemptible %s\n", bh_yes_no(ctx->preemptible));
	seq_printf(seq, "may_sleep %s\n", bh_yes_no(ctx->may_sleep));
	seq_printf(seq, "task %.*s\n", TASK_COMM_LEN, ctx->comm);
	seq_printf(seq, "pid %d\n", ctx->pid);
	seq_printf(seq, "cpu %d\n", ctx->cpu);
	if (run->raised_cpu < 0)
		seq_puts(seq, "raised_cpu -\nraised_in -\n");
	else
		seq_printf(seq, "raised_cpu %d\nraised_in %s\n",
			   run->raised_cpu, bh_place_names[run->raised_in]);
	seq_printf(seq, "preempt_count 0x%08x\n", ctx->preempt_count);
}

static int bh_probe_context_show(struct seq_file *seq, void *unused)
{
	struct bh_probe *probe = seq->private;
	struct bh_run run;

	seq_printf(seq, "mechanism %s\n", bh_mechanism_names[probe->mechanism]);
	bh_probe_last(probe, &run);
	if (run.ctx.time)
		bh_context_show_run(seq, &run);
	else
		seq_puts(seq, "ran_in -\nvector -\ninterrupts -\npreemptible -\n"
			 "may_sleep -\ntask -\npid -\ncpu -\nraised_cpu -\n"
			 "raised_in -\npreempt_count -\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bh_probe_context);

/* debugfs: latency --------------------------------------------------------- */

static void bh_histogram_read(struct bh_probe *probe, int cpu,
			      struct bh_histogram *h)
{
	struct bh_probe_cpu *pcpu = per_cpu_ptr(probe->cpu, cpu);
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&pcpu->seq);
		*h = pcpu->histogram;
	} while (read_seqcount_retry(&pcpu->seq, seq));
}

static void bh_histogram_merge(struct bh_histogram *all,
			       const struct bh_histogram *one)
{
	int i;

	if (!one->count)
		return;
	all->min_ns = all->count ? min(all->min_ns, one->min_ns) : one->min_ns;
	all->max_ns = max(all->max_ns, one->max_ns);
	all->count += one->count;
	all->sum_ns += one->sum_ns;
	for (i = 0; i < BH_BUCKETS; i++)
		all->bucket[i] += one->bucket[i];
}

/* A column for each CPU that is there, or was when it had something to say. */
static bool bh_latency_has_column(const struct bh_histogram *cpus, int cpu)
{
	return cpu_online(cpu) || cpus[cpu].count;
}

/* The buckets from the first to the last that is not empty. */
static void bh_latency_show_buckets(struct seq_file *seq,
				    const struct bh_histogram *all,
				    const struct bh_histogram *cpus)
{
	int low = min(fls64(all->min_ns), BH_BUCKETS - 1);
	int high = min(fls64(all->max_ns), BH_BUCKETS - 1);
	char title[16];
	int cpu;
	int i;

	seq_printf(seq, "%14s", "ns_below");
	for_each_possible_cpu(cpu) {
		if (!bh_latency_has_column(cpus, cpu))
			continue;
		snprintf(title, sizeof(title), "cpu%d", cpu);
		seq_printf(seq, "%10s", title);
	}
	seq_putc(seq, '\n');

	for (i = low; i <= high; i++) {
		seq_printf(seq, "%14llu", BIT_ULL(i));
		for_each_possible_cpu(cpu)
			if (bh_latency_has_column(cpus, cpu))
				seq_printf(seq, "%10llu", cpus[cpu].bucket[i]);
		seq_putc(seq, '\n');
	}
}

static int bh_probe_latency_show(struct seq_file *seq, void *unused)
{
	struct bh_probe *probe = seq->private;
	struct bh_histogram all = { };
	struct bh_histogram *cpus;
	int cpu;

	cpus = kvcalloc(nr_cpu_ids, sizeof(*cpus), GFP_KERNEL);
	if (!cpus)
		return -ENOMEM;

	cpus_read_lock();
	for_each_possible_cpu(cpu) {
		bh_histogram_read(probe, cpu, &cpus[cpu]);
		bh_histogram_merge(&all, &cpus[cpu]);
	}
	seq_printf(seq, "count %llu\n", all.count);
	seq_printf(seq, "min_ns %llu\n", all.min_ns);
	seq_printf(seq, "mean_ns %llu\n",
		   all.count ? div64_u64(all.sum_ns, all.count) : 0);
	seq_printf(seq, "max_ns %llu\n", all.max_ns);
	if (all.count)
		bh_latency_show_buckets(seq, &all, cpus);
	cpus_read_unlock();

	kvfree(cpus);
	return 0;
}

static int bh_probe_latency_open(struct inode *inode, struct file *file)
{
	return single_open(file, bh_probe_latency_show, inode->i_private);
}

static void bh_probe_forget(struct bh_probe_cpu *pcpu)
{
	write_seqcount_begin(&pcpu->seq);
	memset(&pcpu->histogram, 0, sizeof(pcpu->histogram));
	memset(&pcpu->last, 0, sizeof(pcpu->last));
	write_seqcount_end(&pcpu->seq);
}

/* By interprocessor interrupt: like a record, on its own CPU, interrupts off. */
static void bh_probe_forget_here(void *info)
{
	struct bh_probe *probe = info;

	bh_probe_forget(this_cpu_ptr(probe->cpu));
}

static ssize_t bh_probe_latency_write(struct file *file,
				      const char __user *ubuf, size_t len,
				      loff_t *ppos)
{
	struct seq_file *seq = file->private_data;
	struct bh_probe *probe = seq->private;
	int cpu;

	cpus_read_lock();
	on_each_cpu(bh_probe_forget_here, probe, true);
	for_each_possible_cpu(cpu) {
		if (cpu_online(cpu))
			continue;
		/*
		 * Nobody writes there now. Interrupts off all the same: a write that
		 * an interrupt comes in, which a reader in it waits for, is what
		 * lockdep looks for, and it knows one kind of record only.
		 */
		local_irq_disable();
		bh_probe_forget(per_cpu_ptr(probe->cpu, cpu));
		local_irq_enable();
	}
	cpus_read_unlock();
	return len;
}

static const struct file_operations bh_probe_latency_fops = {
	.owner	 = THIS_MODULE,
	.open	 = bh_probe_latency_open,
	.read	 = seq_read,
	.write	 = bh_probe_latency_write,
	.llseek	 = seq_lseek,
	.release = single_release,
};

/* Making and destroying ---------------------------------------------------- */

/**
 * bh_probe_init() - prepare a probe
 * @probe: embedded in the driver's struct
 * @line: line the bottom half belongs to
 * @name: of its folder in the line's debugfs folder; a string that stays
 * @mechanism: what is looked at. The first probe of a line with BH_HARDIRQ is
 *	told by the line of each new interrupt, which is the raise of a top
 *	half: it needs bh_probe_run() only
 *
 * Context: process, may sleep.
 * Return: 0, -EINVAL for no name or an unknown mechanism, -EEXIST if the line
 *	has a file or folder of that name, -ENOMEM.
 */
int bh_probe_init(struct bh_probe *probe, struct irq_line *line,
		  const char *name, enum bh_mechanism mechanism)
{
	int cpu;

	if (!name || !*name || (unsigned int)mechanism >= BH_MECHANISMS)
		return -EINVAL;

	probe->name = name;
	probe->line = line;
	probe->mechanism = mechanism;
	probe->irq = irq_line_irq(line);
	atomic64_set(&probe->raised, 0);
	probe->cpu = alloc_percpu(struct bh_probe_cpu);
	if (!probe->cpu)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		seqcount_init(&per_cpu_ptr(probe->cpu, cpu)->seq);

	probe->dir = debugfs_create_dir(name, irq_line_dir(line));
	if (PTR_ERR_OR_ZERO(probe->dir) == -EEXIST) {
		free_percpu(probe->cpu);
		return -EEXIST;
	}
	debugfs_create_file("context", 0400, probe->dir, probe,
			    &bh_probe_context_fops);
	debugfs_create_file("latency", 0600, probe->dir, probe,
			    &bh_probe_latency_fops);
	if (mechanism == BH_HARDIRQ)
		irq_line_set_top(line, probe);
	return 0;
}
EXPORT_SYMBOL_GPL(bh_probe_init);

/**
 * bh_probe_destroy() - take a probe away
 * @probe: the probe
 *
 * Before irq_line_destroy(), and after the interrupt was freed and the bottom
 * half killed: nobody may call bh_probe_raise() or bh_probe_run() any more.
 *
 * Context: process, may sleep.
 */
void bh_probe_destroy(struct bh_probe *probe)
{
	irq_line_clear_top(probe->line, probe);
	/* Waits for readers. */
	debugfs_remove(probe->dir);
	free_percpu(probe->cpu);
}
EXPORT_SYMBOL_GPL(bh_probe_destroy);

static int bh_counters_show(struct seq_file *seq, void *unused)
{
	struct bh_counters *counters = seq->private;

	seq_printf(seq, "events %lld\n", atomic64_read(&counters->events));
	seq_printf(seq, "top_halves %lld\n",
		   atomic64_read(&counters->top_halves));
	seq_printf(seq, "bottom_halves %lld\n",
		   atomic64_read(&counters->bottom_halves));
	seq_printf(seq, "handled %lld\n", atomic64_read(&counters->handled));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bh_counters);

/**
 * bh_counters_init() - show the account of a lesson as the line's "account"
 * @counters: set to zero
 * @line: the line; its destruction takes the file away
 *
 * Context: process, may sleep.
 */
void bh_counters_init(struct bh_counters *counters, struct irq_line *line)
{
	atomic64_set(&counters->events, 0);
	atomic64_set(&counters->top_halves, 0);
	atomic64_set(&counters->bottom_halves, 0);
	atomic64_set(&counters->handled, 0);
	debugfs_create_file("account", 0400, irq_line_dir(line), counters,
			    &bh_counters_fops);
}
EXPORT_SYMBOL_GPL(bh_counters_init);

/* The switch --------------------------------------------------------------- */

/* What is hooked into the kernel's own tracepoints while the bench looks. */
static struct bh_hook {
	const char *name;
	void *fn;
	struct tracepoint *tp;
} bh_hooks[] = {
	{ "softirq_entry",	bh_softirq_entry },
	{ "softirq_exit",	bh_softirq_exit },
	{ "irq_handler_exit",	irq_line_handler_exit },
};

/* Unhooks the first @n. */
static void bh_unhook(int n)
{
	while (n--)
		tracepoint_probe_unregister(bh_hooks[n].tp, bh_hooks[n].fn,
					    NULL);
	/* An interrupt or softirq of anybody may be in one of them now. */
	tracepoint_synchronize_unregister();
}

static int bh_probing_on(void)
{
	int err;
	int i;

	for (i = 0; i < ARRAY_SIZE(bh_hooks); i++) {
		err = tracepoint_probe_register(bh_hooks[i].tp, bh_hooks[i].fn,
						NULL);
		if (err) {
			bh_unhook(i);
			return err;
		}
	}
	WRITE_ONCE(bh_probing_since, ktime_get_ns());
	static_branch_enable(&bh_probe_key);
	return 0;
}

static void bh_probing_off(void)
{
	static_branch_disable(&bh_probe_key);
	bh_unhook(ARRAY_SIZE(bh_hooks));
}

static int bh_probing_set(bool on)
{
	int err = 0;

	mutex_lock(&bh_probing_lock);
	if (on && !bh_probing)
		err = bh_probing_on();
	else if (!on && bh_probing)
		bh_probing_off();
	if (!err)
		bh_probing = on;
	mutex_unlock(&bh_probing_lock);
	return err;
}

static int bh_probing_get(void *unused, u64 *value)
{
	*value = READ_ONCE(bh_probing);
	return 0;
}

static int bh_probing_write(void *unused, u64 value)
{
	return value > 1 ? -EINVAL : bh_probing_set(value);
}
DEFINE_DEBUGFS_ATTRIBUTE(bh_probing_fops, bh_probing_get, bh_probing_write,
			 "%llu\n");

/* How this kernel packs preempt_count(), for whoever reads one in a log. */
static const struct {
	const char *name;
	unsigned int mask;
} bh_preempt_fields[] = {
	{ "preempt",		PREEMPT_MASK },
	{ "softirq",		SOFTIRQ_MASK },
	{ "hardirq_disable",	HARDIRQ_DISABLE_MASK },
	{ "hardirq",		HARDIRQ_MASK },
	{ "nmi",		NMI_MASK },
	/* From 7.3 on x86-64 keeps it out of preempt_count(), in the word's upper half. */
	{ "need_resched",	lower_32_bits(PREEMPT_NEED_RESCHED) },
};

static int bh_preempt_count_layout_show(struct seq_file *seq, void *unused)
{
	unsigned int mask;
	int i;

	for (i = 0; i < ARRAY_SIZE(bh_preempt_fields); i++) {
		mask = bh_preempt_fields[i].mask;
		if (mask)
			seq_printf(seq, "%s %lu %u\n", bh_preempt_fields[i].name,
				   __ffs(mask), hweight32(mask));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bh_preempt_count_layout);

int __init bh_probe_start(void)
{
	int err;
	int i;

	for (i = 0; i < ARRAY_SIZE(bh_hooks); i++) {
		bh_hooks[i].tp = bh_find_tracepoint(bh_hooks[i].name);
		if (!bh_hooks[i].tp)
			return -ENODEV;
	}
	err = bh_probing_set(true);
	if (err)
		return err;

	debugfs_create_file("probing", 0600, bh_testbench_dir, NULL,
			    &bh_probing_fops);
	debugfs_create_file("preempt_count_layout", 0400, bh_testbench_dir,
			    NULL, &bh_preempt_count_layout_fops);
	return 0;
}

void bh_probe_stop(void)
{
	bh_probing_set(false);
}
