// SPDX-License-Identifier: GPL-2.0
/*
 * work_queues: the same small job on seven different queues.
 *
 * The driver has seven devices, one per queue. The device work_queues uses the queue of
 * schedule_work(). The names of the others say which queue they use, for example
 * work_queues_highpri. Each interrupt queues a job that sleeps 5 ms. The debugfs
 * file "worker" of a device shows which kworker ran the last job and where, how many
 * jobs ran at once, and how many began out of order.
 */
#include <linux/delay.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include "bench.h"
#include "compat.h"

#define JOBS 16

enum { SYSTEM, HIGHPRI, PERCPU, UNBOUND, ORDERED, CREATE, SINGLE };

static const char * const queue_names[] = {
	[SYSTEM]	= "work_queues",
	[HIGHPRI]	= "work_queues_highpri",
	[PERCPU]	= "work_queues_percpu",
	[UNBOUND]	= "work_queues_unbound",
	[ORDERED]	= "work_queues_ordered",
	[CREATE]	= "work_queues_create",
	[SINGLE]	= "work_queues_single",
	NULL
};

struct queue;

struct job {
	struct work_struct work;
	struct queue *queue;		/* the data that all jobs share */
	atomic_t events;		/* 0: free */
	unsigned int number;		/* jobs are numbered in the order of their queueing */
};

struct queue {
	struct bench_device *bdev;
	struct workqueue_struct *wq;
	unsigned int next;		/* job to use next; used only by the top half */
	struct job jobs[JOBS];

	struct mutex lock;		/* protects the fields below, used by jobs and readers */
	unsigned int running;
	unsigned int most_running;
	unsigned int last;		/* number of the job that began last */
	unsigned int out_of_order;
	char task[TASK_COMM_LEN];
	int nice;
	int cpu;
	struct cpumask cpus;
};

/* This shows what the two old names are today: modinfo -F create_workqueue work_queues.ko */
MODULE_INFO(create_workqueue, __stringify(create_workqueue(name)));
MODULE_INFO(create_singlethread_workqueue,
	    __stringify(create_singlethread_workqueue(name)));

static void job_fn(struct work_struct *work)
{
	struct job *job = from_work(job, work, work);
	struct queue *q = job->queue;

	bench_run(q->bdev);
	scoped_guard(mutex, &q->lock) {
		q->running++;
		q->most_running = max(q->most_running, q->running);
		/* Numbers may wrap around, so compare the difference with 0. */
		if ((int)(job->number - q->last) < 0)
			q->out_of_order++;
		q->last = job->number;
		get_task_comm(q->task, current);
		q->nice = task_nice(current);
		q->cpu = raw_smp_processor_id();
		cpumask_copy(&q->cpus, current->cpus_ptr);
	}

	usleep_range(5000, 6000);

	scoped_guard(mutex, &q->lock)
		q->running--;
	/*
	 * Do this last: the atomic_xchg() takes the events and marks the job as free in one
	 * step. From then on the top half may use the job again.
	 */
	bench_done(q->bdev, atomic_xchg(&job->events, 0));
}

static irqreturn_t queue_top(int irq, void *data)
{
	struct queue *q = data;
	unsigned int events = bench_read_events(q->bdev);
	struct job *job = &q->jobs[q->next % JOBS];

	if (!events)
		return IRQ_NONE;
	/*
	 * A value other than 0 means that the job has not finished, and will handle these
	 * events too.
	 */
	if (atomic_fetch_add(events, &job->events))
		return IRQ_HANDLED;
	job->number = q->next++;
	bench_raise(q->bdev);
	queue_work(q->wq, &job->work);
	return IRQ_HANDLED;
}

static int worker_show(struct seq_file *seq, void *unused)
{
	struct queue *q = seq->private;

	guard(mutex)(&q->lock);
	seq_printf(seq, "task %s\nnice %d\ncpu %d\ncpus_allowed %*pbl\n", q->task,
		   q->nice, q->cpu, cpumask_pr_args(&q->cpus));
	seq_printf(seq, "most_running %u\nout_of_order %u\n", q->most_running,
		   q->out_of_order);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(worker);

static const struct bench_file queue_files[] = { { "worker", &worker_fops }, { } };

static struct workqueue_struct *queue_alloc(unsigned int id)
{
	switch (id) {
	case SYSTEM:
		return system_percpu_wq;
	case HIGHPRI:
		return system_highpri_wq;
	case PERCPU:
		return alloc_workqueue("bh_percpu", WQ_PERCPU | WQ_SYSFS, 0);
	case UNBOUND:
		return alloc_workqueue("bh_unbound", WQ_UNBOUND | WQ_SYSFS, 0);
	case ORDERED:
		return alloc_ordered_workqueue("bh_ordered", 0);
	case CREATE:
		return create_workqueue("bh_create");
	default:
		return create_singlethread_workqueue("bh_single");
	}
}

static void queue_destroy(void *wq)
{
	destroy_workqueue(wq);
}

static int queue_probe(struct bench_device *bdev)
{
	struct queue *q = devm_kzalloc(&bdev->dev, sizeof(*q), GFP_KERNEL);
	int err = 0;
	int i;

	if (!q)
		return -ENOMEM;
	q->bdev = bdev;
	q->wq = queue_alloc(bdev->id);
	if (!q->wq)
		return -ENOMEM;
	/* devm destroys this queue after remove() has returned: no job is left then. */
	if (bdev->id >= PERCPU)
		err = devm_add_action_or_reset(&bdev->dev, queue_destroy, q->wq);
	if (err)
		return err;
	mutex_init(&q->lock);
	for (i = 0; i < JOBS; i++) {
		INIT_WORK(&q->jobs[i].work, job_fn);
		q->jobs[i].queue = q;
	}
	dev_set_drvdata(&bdev->dev, q);
	return request_irq(bdev->irq, queue_top, 0, dev_name(&bdev->dev), q);
}

static void queue_remove(struct bench_device *bdev)
{
	struct queue *q = dev_get_drvdata(&bdev->dev);
	int i;

	free_irq(bdev->irq, q);
	/*
	 * Flush job by job: a system queue also has items of other modules, and must not be
	 * flushed.
	 */
	for (i = 0; i < JOBS; i++)
		flush_work(&q->jobs[i].work);
}

static struct bench_driver queue_driver = {
	.probe = queue_probe,
	.remove = queue_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_WORK,
	.devices = queue_names,
	.files = queue_files,
};
module_bench_driver(queue_driver);

MODULE_DESCRIPTION("Bottom halves: one job on every kind of workqueue");
MODULE_LICENSE("GPL");
