// SPDX-License-Identifier: GPL-2.0
/*
 * The debugfs files of a line: raise, spurious, rate, counters. A write with wrong text
 * changes nothing.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "testbench.h"

/*
 * Reads one line of text. The callers' buffers are short, because every command is short. A
 * longer line gets -EINVAL.
 */
static int irq_line_read_command(char *buf, size_t size, const char __user *ubuf, size_t len)
{
	if (!len || len >= size)
		return -EINVAL;
	if (copy_from_user(buf, ubuf, len))
		return -EFAULT;
	buf[len] = '\0';
	return strlen(buf) == len ? 0 : -EINVAL;
}

/*
 * Parses "NUMBER [CPU]". If no CPU is given, *cpu is the writer's CPU. Called with
 * cpus_read_lock() held, so that an online CPU stays online.
 */
static int irq_line_parse(char *buf, unsigned int max, unsigned int *number, int *cpu)
{
	char *rest = strim(buf);
	char *word = strsep(&rest, " \t");
	int err;

	err = kstrtouint(word, 10, number);
	if (err)
		return err;
	if (!*number)
		return -EINVAL;
	if (*number > max)
		return -ERANGE;

	*cpu = raw_smp_processor_id();
	if (!rest)
		return 0;
	if (kstrtoint(skip_spaces(rest), 10, cpu) || irq_line_check_cpu(*cpu))
		return -EINVAL;
	return 0;
}

/* raise: COUNT [CPU] ----------------------------------------------------- */

struct irq_line_burst {
	struct irq_line *line;
	unsigned int count;
	struct completion done;
};

/*
 * Raises events with interrupts on, so that each event causes its own interrupt, unless
 * something keeps this CPU from handling interrupts.
 */
static int irq_line_burst_thread(void *data)
{
	struct irq_line_burst *burst = data;
	struct irq_line *line = burst->line;

	while (burst->count && !kthread_should_stop() && !READ_ONCE(line->closing)) {
		irq_line_raise(line);
		burst->count--;
		cond_resched();
	}
	complete(&burst->done);
	return 0;
}

/*
 * Each burst has its own thread, bound to the CPU. So the recorded context of a top half
 * names this thread as the interrupted task. With a work item, the workqueue code would
 * report that the item hogs its CPU. If the CPU goes offline, the kernel moves the thread
 * to another CPU, where it raises the remaining events.
 */
static struct task_struct *irq_line_burst_start(struct irq_line_burst *burst, int cpu)
{
	struct task_struct *task;

	task = kthread_create(irq_line_burst_thread, burst, "bh_raise/%d", cpu);
	if (IS_ERR(task))
		return task;
	kthread_bind(task, cpu);
	get_task_struct(task);
	wake_up_process(task);
	return task;
}

static ssize_t irq_line_raise_write(struct file *file, const char __user *ubuf,
				    size_t len, loff_t *ppos)
{
	struct irq_line_burst burst = { .line = file->private_data };
	struct task_struct *task;
	char buf[32];
	int cpu, err;

	err = irq_line_read_command(buf, sizeof(buf), ubuf, len);
	if (err)
		return err;

	init_completion(&burst.done);
	cpus_read_lock();
	err = irq_line_parse(buf, IRQ_LINE_BURST_MAX, &burst.count, &cpu);
	task = err ? ERR_PTR(err) : irq_line_burst_start(&burst, cpu);
	cpus_read_unlock();
	if (IS_ERR(task))
		return PTR_ERR(task);

	/* Only a fatal signal ends the wait: SIGCHLD, for example, must not cut a burst short. */
	err = wait_for_completion_killable(&burst.done);
	/* @burst is on this stack, so wait until the thread has ended. */
	kthread_stop(task);
	put_task_struct(task);
	if (err)
		return -EINTR;
	return burst.count ? -ENODEV : len;
}

static const struct file_operations irq_line_raise_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= irq_line_raise_write,
};

/* spurious: 1 [CPU] ------------------------------------------------------ */

static ssize_t irq_line_spurious_write(struct file *file, const char __user *ubuf,
				       size_t len, loff_t *ppos)
{
	struct irq_line *line = file->private_data;
	unsigned int number;
	char buf[32];
	int cpu, err;

	err = irq_line_read_command(buf, sizeof(buf), ubuf, len);
	if (err)
		return err;
	cpus_read_lock();
	err = irq_line_parse(buf, 1, &number, &cpu);
	if (!err) {
		scoped_guard(raw_spinlock_irq, &line->lock)
			irq_line_disturb(line, cpu);
	}
	cpus_read_unlock();
	return err ?: len;
}

static const struct file_operations irq_line_spurious_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= irq_line_spurious_write,
};

/* rate: HZ [CPU], or off ------------------------------------------------- */

static ssize_t irq_line_rate_write(struct file *file, const char __user *ubuf,
				   size_t len, loff_t *ppos)
{
	struct seq_file *seq = file->private_data;
	struct irq_line *line = seq->private;
	unsigned int hz;
	char buf[32];
	int cpu, err;

	err = irq_line_read_command(buf, sizeof(buf), ubuf, len);
	if (err)
		return err;

	if (sysfs_streq(buf, "off")) {
		irq_line_stop(line);
		return len;
	}

	cpus_read_lock();
	err = irq_line_parse(buf, IRQ_LINE_HZ_MAX, &hz, &cpu);
	cpus_read_unlock();
	if (!err)
		err = irq_line_start(line, hz, cpu);
	/*
	 * If the CPU has gone offline after the check, return the same error as for a CPU
	 * that was offline before.
	 */
	if (err == -ENXIO)
		err = -EINVAL;
	return err ? err : len;
}

static int irq_line_rate_show(struct seq_file *seq, void *unused)
{
	struct irq_line *line = seq->private;

	guard(mutex)(&line->rate_lock);
	if (line->hz)
		seq_printf(seq, "%u %d\n", line->hz, READ_ONCE(line->rate_cpu));
	else
		seq_puts(seq, "off\n");
	return 0;
}
DEFINE_SHOW_STORE_ATTRIBUTE(irq_line_rate);

/* counters --------------------------------------------------------------- */

static int irq_line_counters_show(struct seq_file *seq, void *unused)
{
	struct irq_line_counters c;

	irq_line_read_counters(seq->private, &c);
	seq_printf(seq, "events_raised %llu\n", c.events_raised);
	seq_printf(seq, "events_read %llu\n", c.events_read);
	seq_printf(seq, "unread %llu\n", c.events_raised - c.events_read);
	seq_printf(seq, "interrupts_delivered %llu\n", c.interrupts_delivered);
	seq_printf(seq, "interrupts_coalesced %llu\n", c.interrupts_coalesced);
	seq_printf(seq, "masked_ns %llu\n", c.masked_ns);
	seq_printf(seq, "masked_max_ns %llu\n", c.masked_max_ns);
	seq_printf(seq, "masks %llu\n", c.masks);
	seq_printf(seq, "returned_handled %llu\n", c.returned_handled);
	seq_printf(seq, "returned_none %llu\n", c.returned_none);
	seq_printf(seq, "returned_wake_thread %llu\n", c.returned_wake_thread);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(irq_line_counters);

void irq_line_create_files(struct irq_line *line)
{
	debugfs_create_file("raise", 0200, line->dir, line, &irq_line_raise_fops);
	debugfs_create_file("spurious", 0200, line->dir, line, &irq_line_spurious_fops);
	debugfs_create_file("rate", 0600, line->dir, line, &irq_line_rate_fops);
	debugfs_create_file("counters", 0400, line->dir, line, &irq_line_counters_fops);
}
