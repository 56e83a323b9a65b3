// SPDX-License-Identifier: GPL-2.0
/*
 * work_queues: one and the same small job, put on seven different queues.
 *
 * Each queue has a line of its own, work_queues for the system queue and
 * work_queues_highpri ... for the others. An event is a job that sleeps 5 ms.
 * The file "worker" of a line says which kworker ran the last job and where,
 * how many jobs were under way at once, and how many began out of order.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include "bh_probe.h"
#include "compat.h"
#include "irq_line.h"

#define JOBS 16

struct queue;

struct job {
	struct work_struct work;
	struct queue *queue;		/* back pointer: to what all jobs share */
	atomic_t events;		/* 0: free */
	unsigned int number;		/* by the top half, in the order queued */
};

struct queue {
	const char *name;
	struct workqueue_struct *wq;
	bool own;
	struct irq_line *line;
	struct bh_counters counters;
	struct bh_probe bottom;
	unsigned int next;		/* job to use next; the top half's alone */
	struct job jobs[JOBS];

	struct mutex lock;		/* protects what follows */
	unsigned int running;
	unsigned int most_running;
	unsigned int last;		/* number of the job that began last */
	unsigned int out_of_order;
	char task[TASK_COMM_LEN];
	int nice;
	int cpu;
	struct cpumask cpus;
};

static struct queue queues[] = {
	{ .name = "work_queues" },
	{ .name = "work_queues_highpri" },
	{ .name = "work_queues_percpu", .own = true },
	{ .name = "work_queues_unbound", .own = true },
	{ .name = "work_queues_ordered", .own = true },
	{ .name = "work_queues_create", .own = true },
	{ .name = "work_queues_single", .own = true },
};

/* What the two old names are today: modinfo -F create_workqueue work_queues.ko */
MODULE_INFO(create_workqueue, __stringify(create_workqueue(name)));
MODULE_INFO(create_singlethread_workqueue,
	    __stringify(create_singlethread_workqueue(name)));

static int __init queues_alloc(void)
{
	int i;

	queues[0].wq = system_percpu_wq;
	queues[1].wq = system_highpri_wq;
	queues[2].wq = alloc_workqueue("bh_percpu", WQ_PERCPU | WQ_SYSFS, 0);
	queues[3].wq = alloc_workqueue("bh_unbound", WQ_UNBOUND | WQ_SYSFS, 0);
	queues[4].wq = alloc_ordered_workqueue("bh_ordered", 0);
	queues[5].wq = create_workqueue("bh_create");
	queues[6].wq = create_singlethread_workqueue("bh_single");
	for (i = 0; i < ARRAY_SIZE(queues); i++)
		if (!queues[i].wq)
			return -ENOMEM;
	return 0;
}

static void queues_free(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(queues); i++)
		if (queues[i].own && queues[i].wq)
			destroy_workqueue(queues[i].wq);
}

static void job_fn(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);
	struct queue *q = job->queue;

	bh_probe_run(&q->bottom);
	atomic64_inc(&q->counters.bottom_halves);

	mutex_lock(&q->lock);
	q->running++;
	q->most_running = max(q->most_running, q->running);
	if ((int)(job->number - q->last) < 0)
		q->out_of_order++;
	q->last = job->number;
	get_task_comm(q->task, current);
	q->nice = task_nice(current);
	q->cpu = raw_smp_processor_id();
	cpumask_copy(&q->cpus, current->cpus_ptr);
	mutex_unlock(&q->lock);

	usleep_range(5000, 6000);

	mutex_lock(&q->lock);
	q->running--;
	mutex_unlock(&q->lock);
	/* The job is free from here on: last, and in one step with the reading. */
	atomic64_add(atomic_xchg(&job->events, 0), &q->counters.handled);
}

static irqreturn_t queue_top(int irq, void *dev_id)
{
	struct queue *q = dev_id;
	unsigned int events = irq_line_ack(q->line), i;

	if (!events)
		return IRQ_NONE;

	atomic64_inc(&q->counters.top_halves);
	atomic64_add(events, &q->counters.events);
	for (i = 0; i < events; i++) {
		struct job *job = &q->jobs[q->next % JOBS];

		/* Still under way: then it answers for this event as well. */
		if (atomic_fetch_inc(&job->events))
			continue;
		job->number = q->next++;
		bh_probe_raise(&q->bottom);
		queue_work(q->wq, &job->work);
	}
	return IRQ_HANDLED;
}

static int worker_show(struct seq_file *s, void *unused)
{
	struct queue *q = s->private;

	mutex_lock(&q->lock);
	seq_printf(s, "task %s\nnice %d\ncpu %d\ncpus_allowed %*pbl\n", q->task,
		   q->nice, q->cpu, cpumask_pr_args(&q->cpus));
	seq_printf(s, "most_running %u\nout_of_order %u\n", q->most_running,
		   q->out_of_order);
	mutex_unlock(&q->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(worker);

static int __init queue_start(struct queue *q)
{
	int err, i;

	q->line = irq_line_create(q->name, IRQ_LINE_EDGE);
	if (IS_ERR(q->line))
		return PTR_ERR(q->line);

	bh_counters_init(&q->counters, q->line);
	err = bh_probe_init(&q->bottom, q->line, "bottom", BH_WORK);
	if (err)
		goto err_line;

	mutex_init(&q->lock);
	for (i = 0; i < JOBS; i++) {
		INIT_WORK(&q->jobs[i].work, job_fn);
		q->jobs[i].queue = q;
	}
	debugfs_create_file("worker", 0400, irq_line_dir(q->line), q, &worker_fops);
	err = request_irq(irq_line_irq(q->line), queue_top, 0, q->name, q);
	if (err)
		goto err_bottom;
	return 0;

err_bottom:
	bh_probe_destroy(&q->bottom);
err_line:
	irq_line_destroy(q->line);
	return err;
}

static void queue_stop(struct queue *q)
{
	int i;

	free_irq(irq_line_irq(q->line), q);
	/* Own queue or not: an item is cancelled by its own address. */
	for (i = 0; i < JOBS; i++)
		cancel_work_sync(&q->jobs[i].work);
	bh_probe_destroy(&q->bottom);
	irq_line_destroy(q->line);
}

static int __init work_queues_init(void)
{
	int err, i = 0;

	err = queues_alloc();
	while (!err && i < ARRAY_SIZE(queues)) {
		err = queue_start(&queues[i]);
		if (!err)
			i++;
	}
	if (!err)
		return 0;

	while (i--)
		queue_stop(&queues[i]);
	queues_free();
	return err;
}
module_init(work_queues_init);

static void __exit work_queues_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(queues); i++)
		queue_stop(&queues[i]);
	/* Nothing can be queued any more; drains what there is, then frees. */
	queues_free();
}
module_exit(work_queues_exit);

MODULE_DESCRIPTION("Bottom halves: one job on every kind of workqueue");
MODULE_LICENSE("GPL");
