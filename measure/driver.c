// SPDX-License-Identifier: GPL-2.0
/*
 * ladder: what lies between an interrupt and its bottom half, mechanism by
 * mechanism, in readings of the cycle counter.
 *
 * It is a driver as any lesson's: a line of the bench, a top half that asks for
 * a bottom half. Which one is chosen from user space (climb.c), which also says
 * when the next event is and what the CPU does meanwhile. One event at a time:
 * the next is raised when the last one's bottom half has run.
 *
 * An event comes from the clock's interrupt (LADDER_ARM), so that it finds the
 * CPU idle or in user space, or from the middle of a flood of packets
 * (LADDER_FLOOD, flood.c).
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

#include "bh_probe.h"
#include "irq_line.h"
#include "ladder.h"

static bool no_thread;
module_param(no_thread, bool, 0444);
MODULE_PARM_DESC(no_thread, "the top half stays a hard interrupt where others are made threads");

static struct irq_line *line;
static struct hrtimer clock;
static struct ladder_area *area;	/* user space may scribble in it */

/* Serialises ioctls; a choice stays until the next one or the last close. */
static DEFINE_MUTEX(ladder_lock);
static const struct rung *rung;
static atomic_t opened;

/* Where tasks run that can choose; set before they exist. */
int ladder_cpu;

/*
 * The event under way. Written by who raises it, while no other is: @waiting is
 * false. The bottom half, wherever it runs, comes after that by way of the
 * mechanism, and its last word is to clear @waiting.
 */
static struct ladder_sample *now;
static bool waiting;
static bool watch_idle;
static bool idle_is_due;

/* For what looking costs: probes as a lesson has them. */
static DEFINE_STATIC_KEY_FALSE(ladder_probed);
static struct bh_probe top_probe;
static struct bh_probe bottom_probe;

/* The path of an event ------------------------------------------------------ */

/**
 * ladder_ran() - first statement of every bottom half
 *
 * Context: any but NMI.
 */
void ladder_ran(void)
{
	if (static_branch_unlikely(&ladder_probed))
		bh_probe_run(&bottom_probe);
	now->run = get_cycles();
	/* Release: pairs with ladder_is_waiting(). */
	smp_store_release(&waiting, false);
}

/* Is the bottom half of the last event still to run? */
bool ladder_is_waiting(void)
{
	/* Acquire: its reading is there, and @now may be changed. */
	return smp_load_acquire(&waiting);
}

/* The interrupted one goes on. */
void ladder_again(void)
{
	now->again = get_cycles();
}

/*
 * An event. In the flood interrupts are on, and all of the hard interrupt lies
 * between the reading and the return of irq_line_raise().
 */
bool ladder_raise(unsigned int sample)
{
	if (ladder_is_waiting())
		return false;
	now = &area->sample[sample];
	WRITE_ONCE(waiting, true);
	now->event = get_cycles();
	irq_line_raise(line);
	return true;
}

static irqreturn_t ladder_top(int irq, void *dev_id)
{
	u64 top = get_cycles();

	/* Not waiting: an event that a choice before this one left on the line. */
	if (!irq_line_ack(line) || !ladder_is_waiting())
		return IRQ_NONE;
	if (static_branch_unlikely(&ladder_probed))
		bh_probe_run(&top_probe);
	now->top = top;
	now->raised = get_cycles();
	if (static_branch_unlikely(&ladder_probed))
		bh_probe_raise(&bottom_probe);
	return rung->raise();
}

static irqreturn_t ladder_thread(int irq, void *dev_id)
{
	ladder_ran();
	return IRQ_HANDLED;
}

/* The sample of the timer under way; written before the timer is started. */
static unsigned int clock_sample;

static enum hrtimer_restart clock_fn(struct hrtimer *unused)
{
	WRITE_ONCE(idle_is_due, watch_idle);
	ladder_raise(clock_sample);
	return HRTIMER_NORESTART;
}

/*
 * The idle task goes to sleep or wakes up. After the bottom half that is the
 * interrupted one going on. Called with interrupts off, on the CPU of the event
 * or another one, where it does not count.
 */
static void ladder_cpu_idle(void *unused, unsigned int state, unsigned int cpu)
{
	if (!READ_ONCE(idle_is_due) || ladder_is_waiting() ||
	    cpu != READ_ONCE(ladder_cpu))
		return;
	WRITE_ONCE(idle_is_due, false);
	ladder_again();
}

/* Choosing a rung ----------------------------------------------------------- */

static const struct rung *rung_at(unsigned int i)
{
	if (i < softirq_rungs_count)
		return &softirq_rungs[i];
	i -= softirq_rungs_count;
	return i < task_rungs_count ? &task_rungs[i] : NULL;
}

static void ladder_unprobe(void)
{
	if (!static_key_enabled(&ladder_probed))
		return;
	static_branch_disable(&ladder_probed);
	bh_probe_destroy(&bottom_probe);
	bh_probe_destroy(&top_probe);
}

static int ladder_probe(void)
{
	int err = bh_probe_init(&top_probe, line, "top", BH_HARDIRQ);

	if (err)
		return err;
	/* Whatever the rung is: the name is for the tracepoints only. */
	err = bh_probe_init(&bottom_probe, line, "bottom", BH_SOFTIRQ);
	if (err) {
		bh_probe_destroy(&top_probe);
		return err;
	}
	static_branch_enable(&ladder_probed);
	return 0;
}

/* Source off, then the bottom half; called with ladder_lock held. */
static void ladder_deselect(void)
{
	if (!rung)
		return;
	hrtimer_cancel(&clock);
	free_irq(irq_line_irq(line), &line);
	if (rung->stop)
		rung->stop();
	rung = NULL;
	WRITE_ONCE(waiting, false);
	WRITE_ONCE(idle_is_due, false);
	ladder_unprobe();
}

static int ladder_select(const struct ladder_choice *choice)
{
	const struct rung *r = rung_at(choice->index);
	int cpu = choice->cpu;
	int err = 0;

	if (!r)
		return -ENOENT;
	if (cpu < 0)
		cpu = raw_smp_processor_id();
	if (cpu >= nr_cpu_ids || !cpu_online(cpu))
		return -ENXIO;
	ladder_deselect();
	ladder_cpu = cpu;
	memset(area, 0, sizeof(*area));
	if (choice->probed)
		err = ladder_probe();
	if (!err && r->start)
		err = r->start();
	if (err)
		goto err_probe;
	rung = r;
	err = request_threaded_irq(irq_line_irq(line), ladder_top, ladder_thread,
				   no_thread ? IRQF_NO_THREAD : 0, KBUILD_MODNAME,
				   &line);
	if (!err)
		return 0;

	if (r->stop)
		r->stop();
	rung = NULL;
err_probe:
	ladder_unprobe();
	return err;
}

static int ladder_arm(const struct ladder_event *event)
{
	if (!rung)
		return -ENODEV;
	if (event->sample >= LADDER_SAMPLES || event->ns > NSEC_PER_SEC)
		return -ERANGE;
	/* One that is under way would have its sample changed. */
	if (hrtimer_active(&clock) || ladder_is_waiting())
		return -EBUSY;
	clock_sample = event->sample;
	watch_idle = event->idle;
	hrtimer_start(&clock, ns_to_ktime(event->ns),
		      HRTIMER_MODE_REL_PINNED_HARD);
	return 0;
}

static int ladder_name_of(struct ladder_choice *choice)
{
	const struct rung *r = rung_at(choice->index);

	if (!r)
		return -ENOENT;
	choice->crosses = r->crosses;
	strscpy(choice->name, r->name, sizeof(choice->name));
	return 0;
}

/* The device ---------------------------------------------------------------- */

static long ladder_do(unsigned int cmd, void __user *arg)
{
	struct ladder_choice choice;
	struct ladder_event event;
	int err;

	switch (cmd) {
	case LADDER_NAME_OF:
	case LADDER_SELECT:
		if (copy_from_user(&choice, arg, sizeof(choice)))
			return -EFAULT;
		if (cmd == LADDER_SELECT)
			return ladder_select(&choice);
		err = ladder_name_of(&choice);
		if (!err && copy_to_user(arg, &choice, sizeof(choice)))
			err = -EFAULT;
		return err;
	case LADDER_ARM:
	case LADDER_FLOOD:
		if (copy_from_user(&event, arg, sizeof(event)))
			return -EFAULT;
		if (cmd == LADDER_ARM)
			return ladder_arm(&event);
		if (!rung)
			return -ENODEV;
		if (event.sample >= LADDER_SAMPLES || !event.count ||
		    event.count > LADDER_SAMPLES - event.sample)
			return -ERANGE;
		return flood_run(&event);
	default:
		return -ENOTTY;
	}
}

static long ladder_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	long err;

	mutex_lock(&ladder_lock);
	err = ladder_do(cmd, (void __user *)arg);
	mutex_unlock(&ladder_lock);
	return err;
}

static int ladder_mmap(struct file *file, struct vm_area_struct *vma)
{
	return remap_vmalloc_range(vma, area, vma->vm_pgoff);
}

/* One at a time: there is one line, one area, one choice. */
static int ladder_open(struct inode *inode, struct file *file)
{
	return atomic_cmpxchg(&opened, 0, 1) ? -EBUSY : 0;
}

static int ladder_release(struct inode *inode, struct file *file)
{
	mutex_lock(&ladder_lock);
	ladder_deselect();
	mutex_unlock(&ladder_lock);
	atomic_set(&opened, 0);
	return 0;
}

static const struct file_operations ladder_fops = {
	.owner		= THIS_MODULE,
	.open		= ladder_open,
	.release	= ladder_release,
	.unlocked_ioctl	= ladder_ioctl,
	.mmap		= ladder_mmap,
	.llseek		= noop_llseek,
};

static struct miscdevice ladder_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "bh_ladder",
	.fops	= &ladder_fops,
	.mode	= 0600,
};

static int __init ladder_init(void)
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
	err = register_trace_cpu_idle(ladder_cpu_idle, NULL);
	if (err)
		goto err_flood;
	err = misc_register(&ladder_misc);
	if (err)
		goto err_trace;
	return 0;

err_trace:
	unregister_trace_cpu_idle(ladder_cpu_idle, NULL);
	tracepoint_synchronize_unregister();
err_flood:
	flood_stop();
err_line:
	irq_line_destroy(line);
err_area:
	vfree(area);
	return err;
}
module_init(ladder_init);

static void __exit ladder_exit(void)
{
	/* Nobody has it open: no rung is chosen, nothing is under way. */
	misc_deregister(&ladder_misc);
	unregister_trace_cpu_idle(ladder_cpu_idle, NULL);
	tracepoint_synchronize_unregister();
	flood_stop();
	irq_line_destroy(line);
	vfree(area);
}
module_exit(ladder_exit);

MODULE_DESCRIPTION("What lies between an interrupt and its bottom half");
MODULE_LICENSE("GPL");
