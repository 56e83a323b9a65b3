// SPDX-License-Identifier: GPL-2.0
/*
 * softirq_flood: a softirq that raises itself again, and what this does to the tasks it interrupts.
 *
 * At the end of an interrupt the kernel runs the pending softirqs, on top of the
 * interrupted task. The kernel also runs softirqs that are raised meanwhile. It stops after
 * ten rounds, or after 2 ms (counted in jiffies: at HZ=250 until the next tick), or when
 * the scheduler needs the CPU (kernel/softirq.c:handle_softirqs()). The kernel leaves the
 * rest to ksoftirqd, an ordinary thread, so that a flood of interrupts cannot take the CPU
 * away from all other tasks.
 *
 * Here each interrupt causes "passes" runs of a tasklet: each run schedules the next one.
 * The debugfs file "runs" shows which task each run interrupted.
 */
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "bench.h"

#define STRETCHES	32

static unsigned int passes = 100;

static int passes_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, 10000);
}

static const struct kernel_param_ops passes_ops = {
	.set = passes_set,
	.get = param_get_uint,
};
module_param_cb(passes, &passes_ops, &passes, 0600);
MODULE_PARM_DESC(passes, "number of tasklet runs per interrupt, 1 to 10000 (100)");

/* Consecutive runs of the tasklet that interrupted the same task. */
struct stretch {
	unsigned int first;
	unsigned int last;
	unsigned int cpu;
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

struct softirq_flood {
	struct bench_device *bdev;
	struct tasklet_struct tasklet;
	atomic_t pending;		/* events read, not yet handled */

	spinlock_t lock;		/* protects the fields below, used by tasklet and readers */
	unsigned int run;		/* runs left in this flood; 0 if there is no flood */
	unsigned int want;
	unsigned int n;
	struct stretch stretches[STRETCHES];
};

/* In softirq context, current is the interrupted task. */
static void softirq_flood_note(struct softirq_flood *d)
{
	struct stretch *s = d->n ? &d->stretches[d->n - 1] : NULL;

	if (!s || s->pid != current->pid || s->cpu != smp_processor_id()) {
		if (d->n == STRETCHES)
			return;
		s = &d->stretches[d->n++];
		s->first = d->run;
		s->cpu = smp_processor_id();
		s->pid = current->pid;
		/*
		 * Do not use get_task_comm(): up to 6.12 it takes a lock that a softirq
		 * must not take.
		 */
		strscpy(s->comm, current->comm, sizeof(s->comm));
	}
	s->last = d->run;
}

/* Called with the lock held. Counts this run, and returns whether the flood continues. */
static bool softirq_flood_goes_on(struct softirq_flood *d)
{
	if (!d->run) {
		d->want = READ_ONCE(passes);
		d->n = 0;
	}
	d->run++;
	softirq_flood_note(d);
	if (d->run < d->want)
		return true;
	d->run = 0;
	return false;
}

/* The bottom half: softirq context, never on two CPUs at the same time (tasklet_trylock()). */
static void softirq_flood_bottom(struct tasklet_struct *tasklet)
{
	struct softirq_flood *d = from_tasklet(d, tasklet, tasklet);
	bool more;

	bench_run(d->bdev);
	/* In softirq context spin_lock() is enough. The reader of "runs" disables BH. */
	spin_lock(&d->lock);
	more = softirq_flood_goes_on(d);
	spin_unlock(&d->lock);

	/* Raises TASKLET while TASKLET is running, so another round is needed. */
	if (more)
		tasklet_schedule(&d->tasklet);
	else
		bench_done(d->bdev, atomic_xchg(&d->pending, 0));
}

static irqreturn_t softirq_flood_top(int irq, void *data)
{
	struct softirq_flood *d = data;
	unsigned int events = bench_read_events(d->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &d->pending);
	bench_raise(d->bdev);
	tasklet_schedule(&d->tasklet);
	return IRQ_HANDLED;
}

static int softirq_flood_runs_show(struct seq_file *m, void *unused)
{
	struct softirq_flood *d = m->private;
	unsigned int i;

	/* _bh, because the tasklet takes this lock on any CPU, including this CPU. */
	spin_lock_bh(&d->lock);
	for (i = 0; i < d->n; i++) {
		struct stretch *s = &d->stretches[i];

		seq_printf(m, "%5u to %5u  on cpu %u on top of %s\n",
			   s->first, s->last, s->cpu, s->comm);
	}
	spin_unlock_bh(&d->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(softirq_flood_runs);

static const struct bench_file softirq_flood_files[] = {
	{ "runs", &softirq_flood_runs_fops },
	{ }
};

static int softirq_flood_probe(struct bench_device *bdev)
{
	struct softirq_flood *d = devm_kzalloc(&bdev->dev, sizeof(*d), GFP_KERNEL);

	if (!d)
		return -ENOMEM;
	d->bdev = bdev;
	spin_lock_init(&d->lock);
	tasklet_setup(&d->tasklet, softirq_flood_bottom);
	dev_set_drvdata(&bdev->dev, d);
	return request_irq(bdev->irq, softirq_flood_top, 0, dev_name(&bdev->dev), d);
}

static void softirq_flood_remove(struct bench_device *bdev)
{
	struct softirq_flood *d = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, d);
	/*
	 * tasklet_kill() may wait for the end of the flood. But if a run has begun and has
	 * not yet called tasklet_schedule(), tasklet_kill() finds TASKLET_STATE_SCHED clear,
	 * and sets this bit. Then the run's tasklet_schedule() does nothing, and the flood
	 * ends early.
	 */
	tasklet_kill(&d->tasklet);
	/*
	 * The last run of a flood handles the events. If the flood ended early, handle the
	 * events here.
	 */
	bench_done(bdev, atomic_xchg(&d->pending, 0));
}

static struct bench_driver softirq_flood_driver = {
	.probe = softirq_flood_probe,
	.remove = softirq_flood_remove,
	.files = softirq_flood_files,
	.trigger = BENCH_EDGE,
	.mechanism = BH_TASKLET,
};
module_bench_driver(softirq_flood_driver);

MODULE_DESCRIPTION("Bottom halves: a softirq flood is handed to ksoftirqd");
MODULE_LICENSE("GPL");
