// SPDX-License-Identifier: GPL-2.0
/*
 * bh_per_cpu_broken: local_bh_disable() used as the lock of per-CPU data.
 *
 * The rule it breaks: per-CPU data that softirqs use needs a lock on PREEMPT_RT.
 * local_bh_disable() promises one thing: no softirq interrupts this task. On a stock kernel
 * that is enough, because a task with BH disabled keeps the CPU. On PREEMPT_RT the task can
 * be preempted. Since Linux commit 3253cb49cbad (6.18) another task of this CPU may then
 * disable BH too, and run a softirq that works on the same data.
 *
 * On stock kernels, and on PREEMPT_RT before 6.18, expect no message and no lost event.
 * Later PREEMPT_RT kernels print no message either, but events are lost: at unload the
 * testbench reports "3 of 3 events lost".
 *
 * The kernel survives. In a real driver the data could be a list, and this bug would
 * corrupt it.
 */
#include <linux/bottom_half.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>

#include "bench.h"

struct bh_per_cpu;

/* One queue per CPU: counts the frames of this CPU that no task has fetched yet. */
struct bh_per_cpu_queue {
	struct bh_per_cpu *owner;
	struct delayed_work work;	/* fetches */
	unsigned int events;
};

struct bh_per_cpu {
	struct bench_device *bdev;
	struct tasklet_struct tasklet;
	atomic_t pending;		/* events read, not yet in a queue */
	struct bh_per_cpu_queue __percpu *queues;
};

/* The bottom half: softirq context. Adds the events to the queue of this CPU. */
static void bh_per_cpu_bottom(struct tasklet_struct *tasklet)
{
	struct bh_per_cpu *b = from_tasklet(b, tasklet, tasklet);
	struct bh_per_cpu_queue *queue = this_cpu_ptr(b->queues);

	bench_run(b->bdev);
	queue->events += atomic_xchg(&b->pending, 0);
	/* The work is delayed, so that the task fetches a whole burst. */
	schedule_delayed_work_on(smp_processor_id(), &queue->work, HZ / 10);
}

static irqreturn_t bh_per_cpu_top(int irq, void *data)
{
	struct bh_per_cpu *b = data;
	unsigned int events = bench_read_events(b->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &b->pending);
	bench_raise(b->bdev);
	tasklet_schedule(&b->tasklet);
	return IRQ_HANDLED;
}

/* Process context: empties the queue of this CPU. If @event is true, raises an event meanwhile. */
static void bh_per_cpu_fetch(struct bh_per_cpu *b, bool event)
{
	struct bh_per_cpu_queue *queue;
	unsigned int events;

	local_bh_disable();
	queue = this_cpu_ptr(b->queues);
	events = queue->events;
	if (event)
		irq_line_raise(b->bdev->line);
	queue->events = 0;
	local_bh_enable();
	bench_done(b->bdev, events);
}

/* A kworker, on the CPU whose softirq queued the work. */
static void bh_per_cpu_work(struct work_struct *work)
{
	struct bh_per_cpu_queue *queue = from_work(queue, work, work.work);

	bh_per_cpu_fetch(queue->owner, false);
}

/* Process context: fetches @n times, with an event during each fetch. */
static int bh_per_cpu_command(struct bench_device *bdev, unsigned int n)
{
	while (n--)
		bh_per_cpu_fetch(dev_get_drvdata(&bdev->dev), true);
	return 0;
}

static int bh_per_cpu_probe(struct bench_device *bdev)
{
	struct bh_per_cpu *b = dev_get_drvdata(&bdev->dev);
	int cpu;

	b->bdev = bdev;
	b->queues = devm_alloc_percpu(&bdev->dev, struct bh_per_cpu_queue);
	if (!b->queues)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct bh_per_cpu_queue *queue = per_cpu_ptr(b->queues, cpu);

		queue->owner = b;
		INIT_DELAYED_WORK(&queue->work, bh_per_cpu_work);
	}
	tasklet_setup(&b->tasklet, bh_per_cpu_bottom);
	return request_irq(bdev->irq, bh_per_cpu_top, 0, dev_name(&bdev->dev), b);
}

static void bh_per_cpu_remove(struct bench_device *bdev)
{
	struct bh_per_cpu *b = dev_get_drvdata(&bdev->dev);
	int cpu;

	free_irq(bdev->irq, b);
	tasklet_kill(&b->tasklet);
	/* After tasklet_kill() the tasklet can no longer queue the work. */
	for_each_possible_cpu(cpu)
		flush_delayed_work(&per_cpu_ptr(b->queues, cpu)->work);
	/*
	 * If a CPU has gone offline, its work runs on another CPU (unbind_workers()), and
	 * fetches from the queue of that CPU. So some events of the offline CPU may still wait.
	 */
	for_each_possible_cpu(cpu)
		bench_done(bdev, per_cpu_ptr(b->queues, cpu)->events);
}

static struct bench_driver bh_per_cpu_driver = {
	.probe = bh_per_cpu_probe,
	.remove = bh_per_cpu_remove,
	.priv_size = sizeof(struct bh_per_cpu),
	.command = { bh_per_cpu_command, 1, 1000 },
	.mechanism = BH_TASKLET,
	.breaks = "broken on purpose: on PREEMPT_RT, events that happen during a command are lost",
};
module_bench_driver(bh_per_cpu_driver);

MODULE_DESCRIPTION("Broken on purpose: local_bh_disable() used as a lock");
MODULE_LICENSE("GPL");
