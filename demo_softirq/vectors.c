// SPDX-License-Identifier: GPL-2.0
/*
 * demo_softirq: the ten softirq vectors, and how a driver uses eight of them.
 *
 * Each of the eight has a section: the callback (the bottom half), how to raise the vector,
 * and how to wait for the last callback. The heading names the vector and its handler in
 * the kernel, which was registered at boot with open_softirq(). The handler finds the
 * driver's object on the vector's list and calls the callback.
 */
#include <linux/skbuff.h>
#include <linux/wait_bit.h>

#include "compat.h"
#include "vectors.h"

/* 0 HI, tasklet_hi_action(): tasklets that run before all other softirqs. */

static void hi_callback(struct tasklet_struct *tasklet)
{
	vector_take(container_of(tasklet, struct demo, hi), HI_SOFTIRQ, INT_MAX);
}

static int hi_start(struct demo *demo)
{
	tasklet_setup(&demo->hi, hi_callback);
	return 0;
}

static void hi_raise(struct demo *demo)
{
	tasklet_hi_schedule(&demo->hi);
}

static void hi_stop(struct demo *demo)
{
	tasklet_kill(&demo->hi);
}

/* 1 TIMER, run_timer_softirq(). The next tick raises the vector. */

static void timer_callback(struct timer_list *timer)
{
	vector_take(container_of(timer, struct demo, timer), TIMER_SOFTIRQ, INT_MAX);
}

static int timer_start(struct demo *demo)
{
	/*
	 * Pinned: like the other callbacks, this callback runs on the CPU that raised the
	 * vector.
	 */
	timer_setup(&demo->timer, timer_callback, TIMER_PINNED);
	return 0;
}

static void timer_raise(struct demo *demo)
{
	/* mod_timer() may check the timer without a lock: see the barrier in demo_top(). */
	mod_timer(&demo->timer, jiffies);
}

static void timer_stop(struct demo *demo)
{
	timer_delete_sync(&demo->timer);
}

/* 2 NET_TX, net_tx_action(): frees packets that a driver has sent. */

static void net_tx_destructor(struct sk_buff *skb)
{
	struct demo *demo = skb_shinfo(skb)->destructor_arg;

	/* Do this first, so that events that arrive later get a new packet (vector.litmus). */
	atomic_set(&demo->skb_queued, 0);
	vector_take(demo, NET_TX_SOFTIRQ, INT_MAX);
	wake_up_var(&demo->skb_queued);
}

static void net_tx_raise(struct demo *demo)
{
	struct sk_buff *skb;

	/* This is a full barrier, and pairs with net_tx_destructor() (vector.litmus). */
	if (atomic_xchg(&demo->skb_queued, 1))
		return;
	skb = alloc_skb(0, GFP_ATOMIC);
	if (!skb) {
		/* The events stay pending until the next interrupt gets a packet. */
		atomic_set(&demo->skb_queued, 0);
		return;
	}
	skb_shinfo(skb)->destructor_arg = demo;
	skb->destructor = net_tx_destructor;
	dev_consume_skb_irq(skb);
}

static void net_tx_stop(struct demo *demo)
{
	wait_var_event(&demo->skb_queued, !atomic_read(&demo->skb_queued));
}

/* 3 NET_RX, net_rx_action(): polls NAPI instances. */

static int net_rx_poll(struct napi_struct *napi, int budget)
{
	struct demo *demo = container_of(napi, struct demo, napi);
	int done = vector_take(demo, NET_RX_SOFTIRQ, budget);

	/* NAPI does not lose a napi_schedule() that comes during the poll (NAPIF_STATE_MISSED). */
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

static int net_rx_start(struct demo *demo)
{
	demo->netdev = alloc_netdev_dummy(0);
	if (!demo->netdev)
		return -ENOMEM;
	netif_napi_add(demo->netdev, &demo->napi, net_rx_poll);
	napi_enable(&demo->napi);
	return 0;
}

static void net_rx_raise(struct demo *demo)
{
	napi_schedule(&demo->napi);
}

static void net_rx_stop(struct demo *demo)
{
	napi_disable(&demo->napi);
	netif_napi_del(&demo->napi);
	free_netdev(demo->netdev);
}

/* 5 IRQ_POLL, irq_poll_softirq(): polls the instances on the list of its CPU. */

#define IRQ_POLL_WEIGHT	16

static int irq_poll_callback(struct irq_poll *poll, int weight)
{
	struct demo *demo = container_of(poll, struct demo, irq_poll);
	int done = vector_take(demo, IRQ_POLL_SOFTIRQ, weight);

	if (done < weight) {
		irq_poll_complete(poll);
		/*
		 * Unlike NAPI, irq_poll forgets an irq_poll_sched() that came before the
		 * completion. So check for new events. Pairs with test_and_set_bit() in
		 * irq_poll_sched() (irq-poll.litmus).
		 */
		smp_mb();
		if (atomic_read(&demo->queues[IRQ_POLL_SOFTIRQ].pending))
			irq_poll_sched(poll);
	}
	return done;
}

static int irq_poll_start(struct demo *demo)
{
	irq_poll_init(&demo->irq_poll, IRQ_POLL_WEIGHT, irq_poll_callback);
	return 0;
}

static void irq_poll_raise(struct demo *demo)
{
	/*
	 * The events are counted already. Pairs with irq_poll_callback() (irq-poll.litmus).
	 */
	irq_poll_sched(&demo->irq_poll);
}

static void irq_poll_stop(struct demo *demo)
{
	irq_poll_disable(&demo->irq_poll);
}

/* 6 TASKLET, tasklet_action(): all other tasklets. */

static void tasklet_callback(struct tasklet_struct *tasklet)
{
	vector_take(container_of(tasklet, struct demo, tasklet), TASKLET_SOFTIRQ, INT_MAX);
}

static int tasklet_start(struct demo *demo)
{
	tasklet_setup(&demo->tasklet, tasklet_callback);
	return 0;
}

static void tasklet_raise(struct demo *demo)
{
	tasklet_schedule(&demo->tasklet);
}

static void tasklet_stop(struct demo *demo)
{
	tasklet_kill(&demo->tasklet);
}

/* 8 HRTIMER, hrtimer_run_softirq(). The clock's interrupt raises the vector. */

static enum hrtimer_restart hrtimer_callback(struct hrtimer *hrtimer)
{
	vector_take(container_of(hrtimer, struct demo, hrtimer), HRTIMER_SOFTIRQ, INT_MAX);
	return HRTIMER_NORESTART;
}

static int hrtimer_prepare(struct demo *demo)
{
	hrtimer_setup(&demo->hrtimer, hrtimer_callback, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_SOFT);
	return 0;
}

static void hrtimer_raise(struct demo *demo)
{
	hrtimer_start(&demo->hrtimer, 0, HRTIMER_MODE_REL_PINNED_SOFT);
}

static void hrtimer_stop(struct demo *demo)
{
	hrtimer_cancel(&demo->hrtimer);
}

/* 9 RCU, rcu_core_si(): runs the callback after a grace period, milliseconds later. */

static void rcu_callback(struct rcu_head *head)
{
	struct demo *demo = container_of(head, struct demo, rcu);

	/*
	 * Do this first, so that events that arrive later queue the rcu_head again
	 * (vector.litmus).
	 */
	atomic_set(&demo->rcu_queued, 0);
	vector_take(demo, RCU_SOFTIRQ, INT_MAX);
}

static void rcu_raise(struct demo *demo)
{
	/* An rcu_head may be queued only once. Pairs with rcu_callback() (vector.litmus). */
	if (!atomic_xchg(&demo->rcu_queued, 1))
		call_rcu(&demo->rcu, rcu_callback);
}

static void rcu_stop(struct demo *demo)
{
	rcu_barrier();
}

/* Listed in the order in which the vectors run, like softirq_to_name[] in kernel/softirq.c. */
const struct vector vectors[NR_SOFTIRQS] = {
	[HI_SOFTIRQ] = {
		.name = "HI", .mechanism = BH_TASKLET_HI,
		.start = hi_start, .raise = hi_raise, .stop = hi_stop,
	},
	[TIMER_SOFTIRQ] = {
		.name = "TIMER", .mechanism = BH_TIMER,
		.start = timer_start, .raise = timer_raise, .stop = timer_stop,
	},
	[NET_TX_SOFTIRQ] = {
		.name = "NET_TX", .mechanism = BH_SOFTIRQ,
		.raise = net_tx_raise, .stop = net_tx_stop,
	},
	[NET_RX_SOFTIRQ] = {
		.name = "NET_RX", .mechanism = BH_NAPI,
		.start = net_rx_start, .raise = net_rx_raise, .stop = net_rx_stop,
	},
	/* No driver can raise this vector: the block layer raises it, to complete a request. */
	[BLOCK_SOFTIRQ] = { .name = "BLOCK" },
	[IRQ_POLL_SOFTIRQ] = {
		.name = "IRQ_POLL", .mechanism = BH_IRQ_POLL,
		.start = irq_poll_start, .raise = irq_poll_raise, .stop = irq_poll_stop,
	},
	[TASKLET_SOFTIRQ] = {
		.name = "TASKLET", .mechanism = BH_TASKLET,
		.start = tasklet_start, .raise = tasklet_raise, .stop = tasklet_stop,
	},
	/* No driver can raise this vector: the scheduler's tick raises it, to balance the load. */
	[SCHED_SOFTIRQ] = { .name = "SCHED" },
	[HRTIMER_SOFTIRQ] = {
		.name = "HRTIMER", .mechanism = BH_HRTIMER,
		.start = hrtimer_prepare, .raise = hrtimer_raise, .stop = hrtimer_stop,
	},
	[RCU_SOFTIRQ] = {
		.name = "RCU", .mechanism = BH_RCU,
		.raise = rcu_raise, .stop = rcu_stop,
	},
};
