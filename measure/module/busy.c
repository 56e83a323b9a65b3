// SPDX-License-Identifier: GPL-2.0
/*
 * bh_busy: measures how long the CPU was not idle, to count instructions in the emulator.
 *
 *	/sys/kernel/debug/bh_busy/busy		nanoseconds in which the CPU was not idle
 *	/sys/kernel/debug/bh_busy/settled	the same, a second later, so that all work can end
 *	/sys/kernel/debug/bh_busy/checked	per check (see below): its name, its length, and how
 *						much of it counted as busy
 *
 * In a VM where one instruction takes one nanosecond, the number in the first file counts
 * instructions. The kernel's own idle times cannot be used. /proc/stat has a resolution of
 * 10 ms. The meaning of the idle times in /proc/timer_list and of get_cpu_idle_time_us()
 * differs from kernel to kernel. (7.3 does not count idle time in which the tick runs.)
 *
 * Idle time begins at the tracepoint cpu_idle. It ends when the idle task continues, or at
 * the first tracepoint of the timer interrupt, which wakes the idle CPU here. So a timer
 * interrupt counts as busy, except the few hundred instructions before its tracepoint.
 *
 * Loading the module checks the count. A busy loop of known length must count as busy. A
 * sleep must not count as busy. An interrupt of known length during a sleep must count as
 * busy. If a check fails, the module does not load, so that nothing is measured with a wrong
 * count.
 */
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <linux/tracepoint.h>
#include <trace/events/power.h>

#include "compat.h"

#define LOOP_NS		(20 * NSEC_PER_MSEC)
#define SLEEP_MS	100
#define INTERRUPT_NS	(10 * NSEC_PER_MSEC)
#define SETTLE_MS	1000

/* The interrupt that wakes an idle CPU */
#ifdef CONFIG_X86
#define WAKE_TRACEPOINT	"local_timer_entry"
#else
#define WAKE_TRACEPOINT	"irq_handler_entry"
#endif

/*
 * There is only one CPU. Its idle task and its interrupts write these variables with
 * interrupts off, so it is enough for a reader to disable interrupts.
 */
static u64 idle_cycles;
static u64 idle_since;		/* 0: the CPU is not idle */

static struct tracepoint *wake;
static struct dentry *dir;

static void idle_ends(void)
{
	if (!idle_since)
		return;
	idle_cycles += get_cycles() - idle_since;
	idle_since = 0;
}

static void busy_cpu_idle(void *unused, unsigned int state, unsigned int cpu)
{
	if (state == (unsigned int)PWR_EVENT_EXIT)
		idle_ends();
	else
		idle_since = get_cycles();
}

#ifdef CONFIG_X86
static void busy_wake(void *unused, int vector)
{
	idle_ends();
}
#else
static void busy_wake(void *unused, int irq, struct irqaction *action)
{
	idle_ends();
}
#endif

/* Cycles in which the CPU was not idle */
static u64 busy_cycles(void)
{
	unsigned long flags;
	u64 busy;

	local_irq_save(flags);
	busy = get_cycles() - idle_cycles;
	local_irq_restore(flags);
	return busy;
}

/* The checks ---------------------------------------------------------------- */

struct busy_check {
	const char *what;
	u64 length;	/* duration of the check, by the kernel's clock */
	u64 busy;	/* busy time that was counted meanwhile */
	u64 least;
	u64 most;
};

static struct busy_check checks[] = {
	{ .what = "loop" }, { .what = "sleep" }, { .what = "interrupt" },
};

static void spin(u64 ns)
{
	u64 end = ktime_get_ns() + ns;

	while (ktime_get_ns() < end)
		cpu_relax();
}

static struct hrtimer check_timer;

static enum hrtimer_restart check_timer_fn(struct hrtimer *unused)
{
	spin(INTERRUPT_NS);
	return HRTIMER_NORESTART;
}

/* Kernels handle idle time differently, so check on each kernel that the count is right. */
static bool busy_is_right(void)
{
	bool right = true;
	unsigned int i;
	u64 busy;
	u64 began;

	hrtimer_setup(&check_timer, check_timer_fn, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		busy = busy_cycles();
		began = ktime_get_ns();
		if (i == 0) {
			spin(LOOP_NS);
		} else {
			if (i == 2)
				hrtimer_start(&check_timer,
					      ms_to_ktime(SLEEP_MS / 4),
					      HRTIMER_MODE_REL_PINNED_HARD);
			msleep(SLEEP_MS);
		}
		checks[i].length = ktime_get_ns() - began;
		checks[i].busy = busy_cycles() - busy;
	}
	hrtimer_cancel(&check_timer);
	/*
	 * The kernel's clock may be wrong by up to 0.1 %, because it measured
	 * the counter's rate at boot.
	 */
	checks[0].least = checks[0].length - checks[0].length / 500;
	checks[0].most = checks[0].length + checks[0].length / 500;
	/* Ticks and other tasks may use 2 % of the time. */
	checks[1].least = 1;
	checks[1].most = checks[1].length / 50;
	checks[2].least = INTERRUPT_NS - INTERRUPT_NS / 500;
	checks[2].most = INTERRUPT_NS + checks[2].length / 50;
	for (i = 0; i < ARRAY_SIZE(checks); i++)
		if (checks[i].busy < checks[i].least || checks[i].busy > checks[i].most) {
			pr_err("bh_busy: the count is wrong on this kernel: of %llu ns (%s), %llu ns counted as busy, but it must be %llu to %llu ns\n",
			       checks[i].length, checks[i].what, checks[i].busy,
			       checks[i].least, checks[i].most);
			right = false;
		}
	return right;
}

/* The debugfs files --------------------------------------------------------- */

static int busy_show(struct seq_file *file, void *unused)
{
	seq_printf(file, "%llu\n", busy_cycles());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(busy);

static int settled_show(struct seq_file *file, void *unused)
{
	msleep(SETTLE_MS);
	return busy_show(file, unused);
}
DEFINE_SHOW_ATTRIBUTE(settled);

static int checked_show(struct seq_file *file, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(checks); i++)
		seq_printf(file, "%s %llu %llu\n", checks[i].what, checks[i].length,
			   checks[i].busy);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(checked);

/* Loading and unloading ----------------------------------------------------- */

static void busy_find(struct tracepoint *tracepoint, void *unused)
{
	if (!strcmp(tracepoint->name, WAKE_TRACEPOINT))
		wake = tracepoint;
}

static void busy_stop(void)
{
	tracepoint_probe_unregister(wake, busy_wake, NULL);
	unregister_trace_cpu_idle(busy_cpu_idle, NULL);
	tracepoint_synchronize_unregister();
}

static int __init busy_init(void)
{
	int err;

	if (num_online_cpus() != 1) {
		pr_err("bh_busy: it counts for one CPU, and %u are online: boot with one (vm/run --icount)\n",
		       num_online_cpus());
		return -EINVAL;
	}
	for_each_kernel_tracepoint(busy_find, NULL);
	if (!wake) {
		pr_err("bh_busy: this kernel has no tracepoint " WAKE_TRACEPOINT "\n");
		return -ENOENT;
	}
	err = register_trace_cpu_idle(busy_cpu_idle, NULL);
	if (err)
		return err;
	err = tracepoint_probe_register(wake, busy_wake, NULL);
	if (err) {
		unregister_trace_cpu_idle(busy_cpu_idle, NULL);
		tracepoint_synchronize_unregister();
		return err;
	}
	if (!busy_is_right()) {
		busy_stop();
		return -EIO;
	}
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("busy", 0444, dir, NULL, &busy_fops);
	debugfs_create_file("settled", 0444, dir, NULL, &settled_fops);
	debugfs_create_file("checked", 0444, dir, NULL, &checked_fops);
	return 0;
}
module_init(busy_init);

static void __exit busy_exit(void)
{
	/* When this returns, no read is running and none can begin. */
	debugfs_remove(dir);
	busy_stop();
}
module_exit(busy_exit);

MODULE_DESCRIPTION("How long the CPU was not idle, checked at load");
MODULE_LICENSE("GPL");
