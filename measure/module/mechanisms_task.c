// SPDX-License-Identifier: GPL-2.0
/* The mechanisms that run in a task: first the scheduler must switch to the task. */
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/workqueue.h>

#include "latency.h"

/* IRQ thread: it runs latency_thread() in driver.c. */

static irqreturn_t irq_thread_raise(void)
{
	return IRQ_WAKE_THREAD;
}

/* kthread_worker */

static struct kthread_worker *worker;

static void kwork_fn(struct kthread_work *unused)
{
	latency_ran();
}

static struct kthread_work kwork;

static int kwork_begin(void)
{
	/*
	 * A kthread_work remembers its worker. The kernel would warn if a new worker got
	 * the same kthread_work.
	 */
	kthread_init_work(&kwork, kwork_fn);
	worker = kthread_run_worker_on_cpu(latency_cpu, 0, "bh_latency/%u");
	return PTR_ERR_OR_ZERO(worker);
}

static irqreturn_t kwork_raise(void)
{
	kthread_queue_work(worker, &kwork);
	return IRQ_HANDLED;
}

static void kwork_end(void)
{
	kthread_destroy_worker(worker);
}

/* Work items: one mechanism per workqueue. */

static struct workqueue_struct *wq;

static void work_fn(struct work_struct *unused)
{
	latency_ran();
}

static DECLARE_WORK(work, work_fn);

static int work_begin(void)
{
	wq = system_percpu_wq;
	return 0;
}

static int work_highpri_begin(void)
{
	wq = system_highpri_wq;
	return 0;
}

static int work_unbound_begin(void)
{
	wq = system_dfl_wq;
	return 0;
}

static int work_ordered_begin(void)
{
	wq = alloc_ordered_workqueue("bh_latency", 0);
	return wq ? 0 : -ENOMEM;
}

static int work_own_begin(void)
{
	wq = alloc_workqueue("bh_latency", WQ_PERCPU, 0);
	return wq ? 0 : -ENOMEM;
}

/* Unbound queues: the scheduler chooses the CPU. */
static irqreturn_t work_raise(void)
{
	queue_work(wq, &work);
	return IRQ_HANDLED;
}

static irqreturn_t work_on_raise(void)
{
	queue_work_on(latency_cpu, wq, &work);
	return IRQ_HANDLED;
}

static void work_end(void)
{
	cancel_work_sync(&work);
}

static void work_own_end(void)
{
	destroy_workqueue(wq);
}

const struct mechanism task_mechanisms[] = {
	{ "irq_thread", NULL, irq_thread_raise, NULL },
	{ "kthread_worker", kwork_begin, kwork_raise, kwork_end, true },
	{ "work", work_begin, work_on_raise, work_end, true },
	{ "work_highpri", work_highpri_begin, work_on_raise, work_end, true },
	{ "work_own", work_own_begin, work_on_raise, work_own_end, true },
	{ "work_unbound", work_unbound_begin, work_raise, work_end },
	{ "work_ordered", work_ordered_begin, work_raise, work_own_end },
};

const unsigned int task_mechanisms_count = ARRAY_SIZE(task_mechanisms);
