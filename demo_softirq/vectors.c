// SPDX-License-Identifier: GPL-2.0
/*
 * demo_softirq: the ten softirq vectors, and a driver's way into each.
 *
 * A card a vector: the object that is put on the vector's list, the call back
 * (the bottom half), how to raise it, how to be rid of it. The name after the
 * vector's is the kernel's handler, the one that open_softirq() was given.
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_poll.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <linux/timer.h>
#include <linux/wait_bit.h>

#include "compat.h"
#include "vectors.h"

/* 0 HI, tasklet_hi_action(): tasklets that want to go first. */

static void hi_callback(struct tasklet_struct *tasklet)
{
	vector_take(&vectors[HI_SOFTIRQ], INT_MAX);
}

static DECLARE_TASKLET(hi, hi_callback);

static void hi_raise(void)
{
	tasklet_hi_schedule(&hi);
}

static void hi_stop(void)
{
	tasklet_kill(&hi);
}

/* 1 TIMER, run_timer_softirq(). It is the next tick that raises the vector. */

static struct timer_list timer;

static void timer_callback(struct timer_list *unused)
{
	vector_take(&vectors[TIMER_SOFTIRQ], INT_MAX);
}

static int timer_start(void)
{
	/* Pinned: on the CPU that raises it, as every other vector. */
	timer_setup(&timer, timer_callback, TIMER_PINNED);
	return 0;
}

static void timer_raise(void)
{
	mod_timer(&timer, jiffies);
}

static void timer_stop(void)
{
	timer_delete_sync(&timer);
}

/* 2 NET_TX, net_tx_action(): frees packets that a driver has sent. */

static atomic_t skb_queued;

static void net_tx_destructor(struct sk_buff *skb)
{
	/* First, so that events which come from here on get a packet again. */
	atomic_set(&skb_queued, 0);
	vector_take(&vectors[NET_TX_SOFTIRQ], INT_MAX);
	wake_up_var(&skb_queued);
}

static void net_tx_raise(void)
{
	struct sk_buff *skb;

	if (atomic_xchg(&skb_queued, 1))
		return;
	skb = alloc_skb(0, GFP_ATOMIC);
	if (!skb) {
		/* The events wait in the fifo for the next one that has luck. */
		atomic_set(&skb_queued, 0);
		return;
	}
	skb->destructor = net_tx_destructor;
	dev_consume_skb_irq(skb);
}

static void net_tx_stop(void)
{
	wait_var_event(&skb_queued, !atomic_read(&skb_queued));
}

/* 3 NET_RX, net_rx_action(): polls NAPI instances. */

static struct net_device *netdev;	/* every NAPI instance belongs to one */
static struct napi_struct napi;

static int net_rx_poll(struct napi_struct *unused, int budget)
{
	int done = vector_take(&vectors[NET_RX_SOFTIRQ], budget);

	/* A napi_schedule() that came meanwhile is remembered (NAPI MISSED). */
	if (done < budget)
		napi_complete_done(&napi, done);
	return done;
}

static int net_rx_start(void)
{
	netdev = alloc_netdev_dummy(0);
	if (!netdev)
		return -ENOMEM;
	netif_napi_add(netdev, &napi, net_rx_poll);
	napi_enable(&napi);
	return 0;
}

static void net_rx_raise(void)
{
	napi_schedule(&napi);
}

static void net_rx_stop(void)
{
	napi_disable(&napi);
	netif_napi_del(&napi);
	free_netdev(netdev);
}

/* 5 IRQ_POLL, irq_poll_softirq(): polls what stands on its CPU's list. */

#define IRQ_POLL_WEIGHT	16

static struct irq_poll irq_poll;

static int irq_poll_callback(struct irq_poll *unused, int weight)
{
	struct vector *v = &vectors[IRQ_POLL_SOFTIRQ];
	int done = vector_take(v, weight);

	if (done < weight) {
		irq_poll_complete(&irq_poll);
		/*
		 * Nobody remembers an irq_poll_sched() that came before
		 * complete: look again. Pairs with the test_and_set_bit() there.
		 */
		smp_mb();
		if (atomic_read(&v->fifo))
			irq_poll_sched(&irq_poll);
	}
	return done;
}

static int irq_poll_start(void)
{
	irq_poll_init(&irq_poll, IRQ_POLL_WEIGHT, irq_poll_callback);
	return 0;
}

static void irq_poll_raise(void)
{
	irq_poll_sched(&irq_poll);
}

static void irq_poll_stop(void)
{
	irq_poll_disable(&irq_poll);
}

/* 6 TASKLET, tasklet_action(): the other tasklets. */

static void tasklet_callback(struct tasklet_struct *tasklet)
{
	vector_take(&vectors[TASKLET_SOFTIRQ], INT_MAX);
}

static DECLARE_TASKLET(tasklet, tasklet_callback);

static void tasklet_raise(void)
{
	tasklet_schedule(&tasklet);
}

static void tasklet_stop(void)
{
	tasklet_kill(&tasklet);
}

/* 8 HRTIMER, hrtimer_run_softirq(). The clock's interrupt raises the vector. */

static struct hrtimer hrtimer;

static enum hrtimer_restart hrtimer_callback(struct hrtimer *unused)
{
	vector_take(&vectors[HRTIMER_SOFTIRQ], INT_MAX);
	return HRTIMER_NORESTART;
}

static int hrtimer_prepare(void)
{
	hrtimer_setup(&hrtimer, hrtimer_callback, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_SOFT);
	return 0;
}

static void hrtimer_raise(void)
{
	hrtimer_start(&hrtimer, 0, HRTIMER_MODE_REL_PINNED_SOFT);
}

static void hrtimer_stop(void)
{
	hrtimer_cancel(&hrtimer);
}

/* 9 RCU, rcu_core_si(): calls back after a grace period, milliseconds on. */

static struct rcu_head rcu_head;
static atomic_t rcu_queued;

static void rcu_callback(struct rcu_head *head)
{
	atomic_set(&rcu_queued, 0);
	vector_take(&vectors[RCU_SOFTIRQ], INT_MAX);
}

static void rcu_raise(void)
{
	/* An rcu_head may be on the list once only. */
	if (!atomic_xchg(&rcu_queued, 1))
		call_rcu(&rcu_head, rcu_callback);
}

static void rcu_stop(void)
{
	rcu_barrier();
}

/* The order is the order of service; kernel/softirq.c:softirq_to_name is this. */
struct vector vectors[NR_SOFTIRQS] = {
	[HI_SOFTIRQ] = {
		.name = "HI", .mechanism = BH_TASKLET_HI,
		.raise = hi_raise, .stop = hi_stop,
	},
	[TIMER_SOFTIRQ] = {
		.name = "TIMER", .mechanism = BH_TIMER, .start = timer_start,
		.raise = timer_raise, .stop = timer_stop,
	},
	[NET_TX_SOFTIRQ] = {
		.name = "NET_TX", .mechanism = BH_SOFTIRQ,
		.raise = net_tx_raise, .stop = net_tx_stop,
	},
	[NET_RX_SOFTIRQ] = {
		.name = "NET_RX", .mechanism = BH_NAPI, .start = net_rx_start,
		.raise = net_rx_raise, .stop = net_rx_stop,
	},
	/* Raised by the block layer, for a request that a driver completes. */
	[BLOCK_SOFTIRQ] = { .name = "BLOCK" },
	[IRQ_POLL_SOFTIRQ] = {
		.name = "IRQ_POLL", .mechanism = BH_IRQ_POLL,
		.start = irq_poll_start, .raise = irq_poll_raise,
		.stop = irq_poll_stop,
	},
	[TASKLET_SOFTIRQ] = {
		.name = "TASKLET", .mechanism = BH_TASKLET,
		.raise = tasklet_raise, .stop = tasklet_stop,
	},
	/* Raised by the scheduler's tick, when the load wants balancing. */
	[SCHED_SOFTIRQ] = { .name = "SCHED" },
	[HRTIMER_SOFTIRQ] = {
		.name = "HRTIMER", .mechanism = BH_HRTIMER,
		.start = hrtimer_prepare, .raise = hrtimer_raise,
		.stop = hrtimer_stop,
	},
	[RCU_SOFTIRQ] = {
		.name = "RCU", .mechanism = BH_RCU,
		.raise = rcu_raise, .stop = rcu_stop,
	},
};
