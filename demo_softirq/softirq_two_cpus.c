// SPDX-License-Identifier: GPL-2.0
/*
 * softirq_two_cpus: the same softirq on two CPUs at the same time.
 *
 * Each CPU has its own pending bits for the vectors. So two CPUs may run the same vector at
 * once, and its handler must be written for that. (Tasklets add a guarantee: one tasklet
 * never runs on two CPUs at once.)
 *
 * To show this, the handler on one CPU asks another CPU to raise the vector too, and waits
 * until the handler runs there. raise_softirq() raises the vector only on the calling CPU.
 * So the handler must send the other CPU an interrupt, as blk_mq_complete_send_ipi() does.
 * The debugfs file "meetings" shows how many times two CPUs were in the handler at once.
 */
#include <linux/types.h>		/* irq_poll.h needs struct list_head */
#include <linux/irq_poll.h>
#include <linux/irq_work.h>
#include <linux/seq_file.h>
#include <linux/smp.h>

#include "bench.h"

/* One second: a CPU that works normally answers sooner. */
#define ANSWER_TIMEOUT	HZ

struct two_cpus;

/* One per CPU, as a NIC has one queue per CPU. */
struct queue {
	struct two_cpus *two;
	struct irq_poll poll;
	call_single_data_t csd;
	struct irq_work ipi_work;
	atomic_t asked;			/* @csd or @ipi_work has not finished yet */
	bool timed_out;			/* CPU did not answer in time, and has not polled since */
	atomic_t pending;		/* events read, not yet handled */
};

struct two_cpus {
	struct bench_device *bdev;
	struct queue __percpu *queues;
	atomic_t inside;		/* CPUs in the handler now */
	atomic_t met;			/* times that a second CPU entered the handler */
	atomic_t missed;
	int first, second;		/* the last two CPUs that were in the handler at once */
};

/*
 * Runs on the CPU that was asked, in hard interrupt context, on PREEMPT_RT too. So this
 * function must not call wake_up() for the task that waits in remove(): on PREEMPT_RT
 * wake_up() takes a sleeping lock.
 */
static void two_cpus_ipi_work(struct irq_work *work)
{
	struct queue *q = container_of(work, struct queue, ipi_work);

	irq_poll_sched(&q->poll);
	/*
	 * Do this last: when "asked" is clear, remove() continues and waits for an RCU
	 * grace period.
	 */
	atomic_set(&q->asked, 0);
}

/*
 * Runs on the CPU that was asked, with interrupts off. But an idle CPU may call this
 * from its idle loop without an interrupt. PREEMPT_RT does not allow this function to raise
 * a softirq there (do_softirq_post_smp_call_flush() warns). So the CPU sends itself an
 * interrupt.
 */
static void two_cpus_ipi(void *data)
{
	struct queue *q = data;

	irq_work_queue(&q->ipi_work);
}

/*
 * Softirq context, so the code stays on this CPU. Asks another CPU to raise the vector, and
 * waits for the handler there.
 *
 * On PREEMPT_RT the IRQ thread runs this function, with the policy SCHED_FIFO
 * (irq_thread()). The other CPU may be waiting for a lock that a task of this CPU holds.
 * That task cannot run while this function waits. So the wait has a timeout. After a
 * timeout this function still asks the other CPU, but does not wait. It waits again only
 * after that CPU has answered. Until then, the task that holds the lock can run between two
 * events.
 */
static void two_cpus_meet(struct two_cpus *two, int met)
{
	int other = cpumask_any_but(cpu_online_mask, smp_processor_id());
	unsigned long end = jiffies + ANSWER_TIMEOUT;
	struct queue *q;

	if (other >= nr_cpu_ids)
		return;			/* only one CPU is online */

	q = per_cpu_ptr(two->queues, other);
	WRITE_ONCE(two->first, smp_processor_id());
	if (!atomic_xchg(&q->asked, 1) &&
	    smp_call_function_single_async(other, &q->csd))
		atomic_set(&q->asked, 0);

	while (!READ_ONCE(q->timed_out) && atomic_read(&two->met) == met) {
		if (time_after(jiffies, end)) {
			WRITE_ONCE(q->timed_out, true);
			atomic_inc(&two->missed);
		}
		cpu_relax();
	}
}

/* The bottom half: softirq context. Several CPUs may run this function at once. */
static int two_cpus_poll(struct irq_poll *poll, int weight)
{
	struct queue *q = container_of(poll, struct queue, poll);
	struct two_cpus *two = q->two;
	int met = atomic_read(&two->met);
	unsigned int events;

	bench_run(two->bdev);
	WRITE_ONCE(q->timed_out, false);
	events = atomic_xchg(&q->pending, 0);

	if (atomic_inc_return(&two->inside) > 1) {
		/* Another CPU is between its atomic_inc_return() and its atomic_dec(). */
		WRITE_ONCE(two->second, smp_processor_id());
		atomic_inc(&two->met);
	} else if (events) {
		two_cpus_meet(two, met);
	}
	atomic_dec(&two->inside);

	bench_done(two->bdev, events);
	irq_poll_complete(poll);
	/*
	 * Check for new events. Pairs with test_and_set_bit() in irq_poll_sched()
	 * (irq-poll.litmus).
	 */
	smp_mb();
	if (atomic_read(&q->pending))
		irq_poll_sched(poll);
	return 0;
}

static irqreturn_t two_cpus_top(int irq, void *data)
{
	struct two_cpus *two = data;
	unsigned int events = bench_read_events(two->bdev);
	struct queue *q = this_cpu_ptr(two->queues);

	if (!events)
		return IRQ_NONE;
	/*
	 * Add the events before scheduling: the poll that runs must see them
	 * (irq-poll.litmus).
	 */
	atomic_add(events, &q->pending);
	bench_raise(two->bdev);
	irq_poll_sched(&q->poll);
	return IRQ_HANDLED;
}

static int two_cpus_meetings_show(struct seq_file *m, void *unused)
{
	struct two_cpus *two = m->private;

	seq_printf(m, "met %d\nmissed %d\n", atomic_read(&two->met),
		   atomic_read(&two->missed));
	if (atomic_read(&two->met))
		seq_printf(m, "first_cpu %d\nsecond_cpu %d\n",
			   READ_ONCE(two->first), READ_ONCE(two->second));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(two_cpus_meetings);

static const struct bench_file two_cpus_files[] = {
	{ "meetings", &two_cpus_meetings_fops },
	{ }
};

static int two_cpus_probe(struct bench_device *bdev)
{
	struct two_cpus *two = devm_kzalloc(&bdev->dev, sizeof(*two), GFP_KERNEL);
	int cpu;

	if (!two)
		return -ENOMEM;
	two->bdev = bdev;
	two->queues = devm_alloc_percpu(&bdev->dev, struct queue);
	if (!two->queues)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct queue *q = per_cpu_ptr(two->queues, cpu);

		q->two = two;
		irq_poll_init(&q->poll, 1, two_cpus_poll);
		INIT_CSD(&q->csd, two_cpus_ipi, q);
		q->ipi_work = IRQ_WORK_INIT_HARD(two_cpus_ipi_work);
	}
	dev_set_drvdata(&bdev->dev, two);
	return request_irq(bdev->irq, two_cpus_top, 0, dev_name(&bdev->dev), two);
}

static void two_cpus_remove(struct bench_device *bdev)
{
	struct two_cpus *two = dev_get_drvdata(&bdev->dev);
	struct queue *q;
	int cpu;

	/* First stop the interrupt, then the poll functions, because they ask other CPUs. */
	free_irq(bdev->irq, two);
	for_each_possible_cpu(cpu)
		irq_poll_disable(&per_cpu_ptr(two->queues, cpu)->poll);
	/*
	 * Then wait for interrupts that are still on their way to another CPU. They arrive
	 * soon.
	 */
	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(two->queues, cpu);
		while (atomic_read(&q->asked))
			cond_resched();
	}
	/* Wait until handlers and poll functions have returned: all of them are RCU readers. */
	synchronize_rcu();
	/* If a poll function was disabled before it checked for new events, events are left. */
	for_each_possible_cpu(cpu)
		bench_done(bdev, atomic_read(&per_cpu_ptr(two->queues, cpu)->pending));
}

static struct bench_driver two_cpus_driver = {
	.probe = two_cpus_probe,
	.remove = two_cpus_remove,
	.files = two_cpus_files,
	.trigger = BENCH_EDGE,
	.mechanism = BH_IRQ_POLL,
};
module_bench_driver(two_cpus_driver);

MODULE_DESCRIPTION("Bottom halves: the same softirq on two CPUs at once");
MODULE_LICENSE("GPL");
