// SPDX-License-Identifier: GPL-2.0
/*
 * softirq_two_cpus: the same softirq on two CPUs at the same instant.
 *
 * The pending bits of the vectors are one word a CPU, and nothing keeps two
 * CPUs from serving the same vector: the handler must be written for it. (A
 * tasklet is the exception, and that is all a tasklet is.)
 *
 * The proof is a meeting: a handler that was raised here asks the next CPU to
 * raise the vector there too, and does not leave before the handler has come in
 * on that one. Raising a softirq acts on the own CPU only, so asking takes an
 * interrupt between processors, as blk_mq_complete_send_ipi() does. Read
 * "meetings".
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/irq_poll.h>
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/smp.h>

#include "bh_probe.h"
#include "irq_line.h"

/* Longer than any healthy CPU takes; reached only when nobody comes. */
#define PATIENCE	HZ

/* One a CPU, as a network card has a queue a CPU. */
struct queue {
	struct irq_poll poll;
	call_single_data_t csd;
	struct irq_work knock;
	atomic_t invited;		/* csd or knock is under way */
	bool late;			/* was waited for in vain, and has not come since */
	atomic_t fifo;			/* events taken over, not yet handled */
};

static DEFINE_PER_CPU(struct queue, queues);

static struct softirq_two_cpus {
	struct irq_line *line;
	atomic_t inside;		/* CPUs in the handler now */
	atomic_t met;			/* times that a second one came in */
	atomic_t missed;
	int first, second;		/* the last two that met */
	struct bh_counters counters;
	struct bh_probe bottom;
} demo;

/*
 * On the invited CPU, in hard interrupt context, on PREEMPT_RT too: so it wakes nobody up
 * who may wait for it, for a wait queue's lock is a spinlock, which sleeps there.
 */
static void invitation(struct irq_work *knock)
{
	struct queue *q = container_of(knock, struct queue, knock);

	irq_poll_sched(&q->poll);
	atomic_set(&q->invited, 0);
}

/*
 * On the invited CPU as well, with interrupts off. But an idle CPU may be here without an
 * interrupt, from its idle loop, and there PREEMPT_RT wants no softirq raised
 * (do_softirq_post_smp_call_flush() warns of it). Hence an interrupt that it sends itself.
 */
static void arrival(void *data)
{
	struct queue *q = data;

	irq_work_queue(&q->knock);
}

/*
 * Softirq context: neither this CPU nor its number changes under our feet. On PREEMPT_RT
 * this is a SCHED_FIFO thread, and what keeps the other one away may be a task of this CPU
 * that has a lock he wants, and is not run while we wait. So whoever was late once is
 * asked, but not waited for, until he has come: between two events that task gets on.
 */
static void meet(int met)
{
	int other = cpumask_any_but(cpu_online_mask, smp_processor_id());
	unsigned long end = jiffies + PATIENCE;
	struct queue *q;

	if (other >= nr_cpu_ids)
		return;			/* alone in the world */

	q = per_cpu_ptr(&queues, other);
	WRITE_ONCE(demo.first, smp_processor_id());
	if (!atomic_xchg(&q->invited, 1) &&
	    smp_call_function_single_async(other, &q->csd))
		atomic_set(&q->invited, 0);

	while (!READ_ONCE(q->late) && atomic_read(&demo.met) == met) {
		if (time_after(jiffies, end)) {
			WRITE_ONCE(q->late, true);
			atomic_inc(&demo.missed);
		}
		cpu_relax();
	}
}

/* The bottom half: softirq context, one function, on as many CPUs as raise it. */
static int softirq_two_cpus_poll(struct irq_poll *poll, int weight)
{
	struct queue *q = container_of(poll, struct queue, poll);
	int met = atomic_read(&demo.met);
	int events;

	bh_probe_run(&demo.bottom);
	atomic64_inc(&demo.counters.bottom_halves);
	WRITE_ONCE(q->late, false);
	events = atomic_xchg(&q->fifo, 0);

	/* Two between this line and the last but one: two CPUs at once. */
	if (atomic_inc_return(&demo.inside) > 1) {
		WRITE_ONCE(demo.second, smp_processor_id());
		atomic_inc(&demo.met);
	} else if (events) {
		meet(met);
	}
	atomic_dec(&demo.inside);

	atomic64_add(events, &demo.counters.handled);
	irq_poll_complete(poll);
	smp_mb();	/* look again; pairs with test_and_set_bit() in irq_poll_sched() */
	if (atomic_read(&q->fifo))
		irq_poll_sched(poll);
	return 0;
}

static irqreturn_t softirq_two_cpus_top(int irq, void *dev_id)
{
	struct queue *q = this_cpu_ptr(&queues);
	unsigned int events = irq_line_ack(demo.line);

	if (!events)
		return IRQ_NONE;

	atomic64_inc(&demo.counters.top_halves);
	atomic64_add(events, &demo.counters.events);
	atomic_add(events, &q->fifo);
	bh_probe_raise(&demo.bottom);
	irq_poll_sched(&q->poll);
	return IRQ_HANDLED;
}

static int meetings_show(struct seq_file *m, void *v)
{
	seq_printf(m, "met %d\nmissed %d\n", atomic_read(&demo.met),
		   atomic_read(&demo.missed));
	if (atomic_read(&demo.met))
		seq_printf(m, "first_cpu %d\nsecond_cpu %d\n",
			   READ_ONCE(demo.first), READ_ONCE(demo.second));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(meetings);

static int __init softirq_two_cpus_init(void)
{
	int err, cpu;

	demo.line = irq_line_create("softirq_two_cpus", IRQ_LINE_EDGE);
	if (IS_ERR(demo.line))
		return PTR_ERR(demo.line);

	bh_counters_init(&demo.counters, demo.line);
	err = bh_probe_init(&demo.bottom, demo.line, "bottom", BH_IRQ_POLL);
	if (err)
		goto err_line;

	debugfs_create_file("meetings", 0400, irq_line_dir(demo.line), NULL,
			    &meetings_fops);
	for_each_possible_cpu(cpu) {
		struct queue *q = per_cpu_ptr(&queues, cpu);

		irq_poll_init(&q->poll, 1, softirq_two_cpus_poll);
		INIT_CSD(&q->csd, arrival, q);
		q->knock = IRQ_WORK_INIT_HARD(invitation);
	}
	err = request_irq(irq_line_irq(demo.line), softirq_two_cpus_top, 0,
			  "softirq_two_cpus", &demo);
	if (err)
		goto err_bottom;
	return 0;

err_bottom:
	bh_probe_destroy(&demo.bottom);
err_line:
	irq_line_destroy(demo.line);
	return err;
}
module_init(softirq_two_cpus_init);

static void __exit softirq_two_cpus_exit(void)
{
	int cpu;

	/* Source off; then nobody is raised by it, so nobody new is invited. */
	free_irq(irq_line_irq(demo.line), &demo);
	for_each_possible_cpu(cpu)
		irq_poll_disable(&per_cpu_ptr(&queues, cpu)->poll);
	for_each_possible_cpu(cpu) {
		struct queue *q = per_cpu_ptr(&queues, cpu);

		/* An interrupt on its way to another CPU: not for long. */
		while (atomic_read(&q->invited))
			cond_resched();
	}
	/* The last instructions of both: interrupts and softirqs are RCU readers. */
	synchronize_rcu();
	bh_probe_destroy(&demo.bottom);
	irq_line_destroy(demo.line);
}
module_exit(softirq_two_cpus_exit);

MODULE_DESCRIPTION("Bottom halves: the same softirq on two CPUs at once");
MODULE_LICENSE("GPL");
