// SPDX-License-Identifier: GPL-2.0
/*
 * bh_latency: measures the time from an interrupt to its bottom half, for each mechanism,
 * with the cycle counter.
 *
 * Like the drivers of the lessons, it has an IRQ line of the testbench, and a top half that
 * requests a bottom half. The user program (latency.c) chooses the mechanism, the moment of
 * the next event, and what the CPU does until then. There is one event at a time: the next
 * event is raised when the bottom half has run.
 *
 * Either a timer interrupt raises the event (LATENCY_ARM) while the CPU is idle or in user
 * space, or a flood of packets does (LATENCY_FLOOD, flood.c).
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/jump_label.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <trace/events/power.h>

#include "bench.h"
#include "irq_line.h"
#include "latency.h"

static bool no_thread;
module_param(no_thread, bool, 0444);
MODULE_PARM_DESC(no_thread, "run the top half in hard IRQ context on PREEMPT_RT too");

static struct irq_line *line;
static struct hrtimer clock;
static struct latency_area *area;	/* user space can write to it, so do not trust it */

/*
 * Serialises ioctls. A mechanism stays selected until another one is selected or the file
 * is closed.
 */
static DEFINE_MUTEX(latency_lock);
static const struct mechanism *mechanism;
static atomic_t opened;

/* The CPU for mechanisms that can choose their CPU; written before there is a bottom half */
int latency_cpu;

/*
 * The sample of the current event. While @waiting is false, no bottom half uses @now, so
 * latency_raise() may write @now. The bottom half sees this write, because the interrupt
 * and the mechanism ensure that the write comes first. The bottom half clears @waiting after
 * its last access to @now.
 */
static struct latency_sample *now;
static bool waiting;

static bool watch_idle;		/* the idle task will take a reading of the next event */
static bool idle_is_due;	/* the idle task must take its reading now */

/* The testbench's probes, as in a lesson. A run with probes shows what the probes cost. */
static DEFINE_STATIC_KEY_FALSE(latency_probed);
static struct bh_probe top_probe;
static struct bh_probe bottom_probe;

/* The path of an event ------------------------------------------------------ */

/**
 * latency_ran() - the first statement of every bottom half
 *
 * Context: any but NMI.
 */
void latency_ran(void)
{
	if (static_branch_unlikely(&latency_probed))
		bh_probe_run(&bottom_probe);
	now->run = latency_cycles();
	/* Release: pairs with latency_is_waiting() (waiting.litmus). */
	smp_store_release(&waiting, false);
}

/* Does the last event still wait for its bottom half? */
bool latency_is_waiting(void)
{
	/*
	 * Acquire: pairs with latency_ran() (waiting.litmus). If the result is false, the
	 * caller sees the reading that latency_ran() has taken, and no bottom half uses @now.
	 */
	return smp_load_acquire(&waiting);
}

/* The interrupted code calls this when it resumes. */
void latency_resumed(void)
{
	now->resumed = latency_cycles();
}

/*
 * Raises an event, unless the last event still waits for its bottom half. The flood calls
 * this with interrupts on, so the whole hard interrupt happens before irq_line_raise()
 * returns.
 */
bool latency_raise(unsigned int sample)
{
	if (latency_is_waiting())
		return false;
	now = &area->sample[sample];
	WRITE_ONCE(waiting, true);
	now->event = latency_cycles();
	irq_line_raise(line);
	return true;
}

static irqreturn_t latency_top(int irq, void *dev_id)
{
	u64 top = latency_cycles();

	/*
	 * If a mechanism was deselected after its event was raised, no bottom half is
	 * expected for this event.
	 */
	if (!irq_line_read(line, UINT_MAX) || !latency_is_waiting())
		return IRQ_NONE;
	if (static_branch_unlikely(&latency_probed))
		bh_probe_run(&top_probe);
	now->top = top;
	now->raised = latency_cycles();
	if (static_branch_unlikely(&latency_probed))
		bh_probe_raise(&bottom_probe);
	return mechanism->raise();
}

static irqreturn_t latency_thread(int irq, void *dev_id)
{
	latency_ran();
	return IRQ_HANDLED;
}

/* The sample of the event that the timer raises. Written before the timer starts. */
static unsigned int clock_sample;

static enum hrtimer_restart clock_fn(struct hrtimer *unused)
{
	WRITE_ONCE(idle_is_due, watch_idle);
	latency_raise(clock_sample);
	return HRTIMER_NORESTART;
}

/*
 * The idle task enters or leaves an idle state. The first call after the bottom half shows
 * that the interrupted code, which is the idle task, has resumed. Called on every CPU with
 * interrupts off; only the CPU of the event counts.
 */
static void latency_cpu_idle(void *unused, unsigned int state, unsigned int cpu)
{
	if (!READ_ONCE(idle_is_due) || latency_is_waiting() ||
	    cpu != READ_ONCE(latency_cpu))
		return;
	WRITE_ONCE(idle_is_due, false);
	latency_resumed();
}

/* Choosing a mechanism ------------------------------------------------------ */

static const struct mechanism *mechanism_at(unsigned int i)
{
	if (i < softirq_mechanisms_count)
		return &softirq_mechanisms[i];
	i -= softirq_mechanisms_count;
	return i < task_mechanisms_count ? &task_mechanisms[i] : NULL;
}

static void latency_remove_probes(void)
{
	if (!static_key_enabled(&latency_probed))
		return;
	static_branch_disable(&latency_probed);
	bh_probe_destroy(&bottom_probe);
	bh_probe_destroy(&top_probe);
}

static int latency_add_probes(void)
{
	int err = bh_probe_init(&top_probe, line, "top", BH_HARDIRQ);

	if (err)
		return err;
	/* BH_SOFTIRQ for every mechanism: only the tracepoints show this value. */
	err = bh_probe_init(&bottom_probe, line, "bottom", BH_SOFTIRQ);
	if (err) {
		bh_probe_destroy(&top_probe);
		return err;
	}
	static_branch_enable(&latency_probed);
	return 0;
}

/*
 * The order matters: first stop the timer that raises events, then the interrupt that
 * raises the bottom half, and then the bottom half. Called with latency_lock held.
 */
static void latency_deselect(void)
{
	if (!mechanism)
		return;
	hrtimer_cancel(&clock);
	free_irq(irq_line_irq(line), &line);
	if (mechanism->stop)
		mechanism->stop();
	mechanism = NULL;
	WRITE_ONCE(waiting, false);
	WRITE_ONCE(idle_is_due, false);
	latency_remove_probes();
}

static int latency_select(const struct latency_choice *choice)
{
	const struct mechanism *r = mechanism_at(choice->index);
	int cpu = choice->cpu;
	int err = 0;

	if (!r)
		return -ENOENT;
	if (cpu < 0)
		cpu = raw_smp_processor_id();
	if (cpu >= nr_cpu_ids || !cpu_online(cpu))
		return -ENXIO;
	latency_deselect();
	latency_cpu = cpu;
	memset(area, 0, sizeof(*area));
	if (choice->probed)
		err = latency_add_probes();
	if (!err && r->start)
		err = r->start();
	if (err)
		goto err_probe;
	mechanism = r;
	err = request_threaded_irq(irq_line_irq(line), latency_top, latency_thread,
				   no_thread ? IRQF_NO_THREAD : 0, KBUILD_MODNAME,
				   &line);
	if (!err)
		return 0;

	if (r->stop)
		r->stop();
	mechanism = NULL;
err_probe:
	latency_remove_probes();
	return err;
}

static int latency_arm(const struct latency_event *event)
{
	if (!mechanism)
		return -ENODEV;
	if (event->sample >= LATENCY_SAMPLES || event->ns > NSEC_PER_SEC)
		return -ERANGE;
	/* An event uses clock_sample and @now until it has finished. */
	if (hrtimer_active(&clock) || latency_is_waiting())
		return -EBUSY;
	clock_sample = event->sample;
	watch_idle = event->idle;
	hrtimer_start(&clock, ns_to_ktime(event->ns),
		      HRTIMER_MODE_REL_PINNED_HARD);
	return 0;
}

static int latency_name_of(struct latency_choice *choice)
{
	const struct mechanism *r = mechanism_at(choice->index);

	if (!r)
		return -ENOENT;
	choice->crosses = r->crosses;
	strscpy(choice->name, r->name, sizeof(choice->name));
	return 0;
}

/* The device ---------------------------------------------------------------- */

static long latency_do(unsigned int cmd, void __user *arg)
{
	struct latency_choice choice;
	struct latency_event event;
	int err;

	switch (cmd) {
	case LATENCY_GET_NAME:
	case LATENCY_SELECT:
		if (copy_from_user(&choice, arg, sizeof(choice)))
			return -EFAULT;
		if (cmd == LATENCY_SELECT)
			return latency_select(&choice);
		err = latency_name_of(&choice);
		if (!err && copy_to_user(arg, &choice, sizeof(choice)))
			err = -EFAULT;
		return err;
	case LATENCY_ARM:
	case LATENCY_FLOOD:
		if (copy_from_user(&event, arg, sizeof(event)))
			return -EFAULT;
		if (cmd == LATENCY_ARM)
			return latency_arm(&event);
		if (!mechanism)
			return -ENODEV;
		if (event.sample >= LATENCY_SAMPLES || !event.count ||
		    event.count > LATENCY_SAMPLES - event.sample ||
		    event.ns > NSEC_PER_SEC)
			return -ERANGE;
		return flood_run(&event);
	default:
		return -ENOTTY;
	}
}

static long latency_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	long err;

	mutex_lock(&latency_lock);
	err = latency_do(cmd, (void __user *)arg);
	mutex_unlock(&latency_lock);
	return err;
}

static int latency_mmap(struct file *file, struct vm_area_struct *vma)
{
	return remap_vmalloc_range(vma, area, vma->vm_pgoff);
}

/*
 * Only one open file at a time: there is one IRQ line, one area and one selected mechanism.
 */
static int latency_open(struct inode *inode, struct file *file)
{
	return atomic_cmpxchg(&opened, 0, 1) ? -EBUSY : 0;
}

static int latency_release(struct inode *inode, struct file *file)
{
	mutex_lock(&latency_lock);
	latency_deselect();
	mutex_unlock(&latency_lock);
	atomic_set(&opened, 0);
	return 0;
}

static const struct file_operations latency_fops = {
	.owner		= THIS_MODULE,
	.open		= latency_open,
	.release	= latency_release,
	.unlocked_ioctl	= latency_ioctl,
	.mmap		= latency_mmap,
	.llseek		= noop_llseek,
};

static struct miscdevice latency_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "bh_latency",
	.fops	= &latency_fops,
	.mode	= 0600,
};

static int __init latency_init(void)
{
	int err;

	area = vmalloc_user(sizeof(*area));
	if (!area)
		return -ENOMEM;
	hrtimer_setup(&clock, clock_fn, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
	line = irq_line_create(KBUILD_MODNAME, IRQ_LINE_EDGE);
	if (IS_ERR(line)) {
		err = PTR_ERR(line);
		goto err_area;
	}
	err = flood_start();
	if (err)
		goto err_line;
	err = register_trace_cpu_idle(latency_cpu_idle, NULL);
	if (err)
		goto err_flood;
	err = misc_register(&latency_misc);
	if (err)
		goto err_trace;
	return 0;

err_trace:
	unregister_trace_cpu_idle(latency_cpu_idle, NULL);
	tracepoint_synchronize_unregister();
err_flood:
	flood_stop();
err_line:
	irq_line_destroy(line);
err_area:
	vfree(area);
	return err;
}
module_init(latency_init);

static void __exit latency_exit(void)
{
	/*
	 * The module can be unloaded only when no file is open, because an open file holds
	 * a reference to the module. So no mechanism is selected now, and no event is pending.
	 */
	misc_deregister(&latency_misc);
	unregister_trace_cpu_idle(latency_cpu_idle, NULL);
	tracepoint_synchronize_unregister();
	flood_stop();
	irq_line_destroy(line);
	vfree(area);
}
module_exit(latency_exit);

MODULE_DESCRIPTION("Latency benchmark: from an interrupt to its bottom half");
MODULE_LICENSE("GPL");
