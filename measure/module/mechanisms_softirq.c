// SPDX-License-Identifier: GPL-2.0
/*
 * The mechanisms that need no task: the bottom half runs in hard IRQ context or in a
 * softirq. Threaded NAPI, which runs in a task, is here too, beside the softirq that it
 * replaces.
 *
 * Each mechanism has an object, a bottom half, and a function with which the top half
 * raises this bottom half. Some mechanisms have set-up and teardown functions. A bottom
 * half only calls latency_ran().
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_poll.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "latency.h"

/* Only a top half, without a bottom half: no mechanism can be faster. */

static irqreturn_t hardirq_raise(void)
{
	latency_ran();
	return IRQ_HANDLED;
}

/* irq_work: an interrupt that the CPU sends to itself. */

static void irq_work_fn(struct irq_work *unused)
{
	latency_ran();
}

static struct irq_work irq_work = IRQ_WORK_INIT(irq_work_fn);

static irqreturn_t irq_work_raise(void)
{
	irq_work_queue(&irq_work);
	return IRQ_HANDLED;
}

static void irq_work_stop(void)
{
	irq_work_sync(&irq_work);
}

/* Tasklets: in the softirq HI, and in the softirq TASKLET. */

static void tasklet_fn(struct tasklet_struct *unused)
{
	latency_ran();
}

static DECLARE_TASKLET(tasklet, tasklet_fn);

static irqreturn_t tasklet_hi_raise(void)
{
	tasklet_hi_schedule(&tasklet);
	return IRQ_HANDLED;
}

static irqreturn_t tasklet_raise(void)
{
	tasklet_schedule(&tasklet);
	return IRQ_HANDLED;
}

static void tasklet_stop(void)
{
	tasklet_kill(&tasklet);
}

/* irq_poll */

static struct irq_poll iop;

static int irq_poll_callback(struct irq_poll *unused, int budget)
{
	latency_ran();
	irq_poll_complete(&iop);
	return 1;
}

static int irq_poll_begin(void)
{
	irq_poll_init(&iop, 16, irq_poll_callback);
	return 0;
}

static irqreturn_t irq_poll_raise(void)
{
	irq_poll_sched(&iop);
	return IRQ_HANDLED;
}

static void irq_poll_end(void)
{
	irq_poll_disable(&iop);
}

/* NAPI: in the softirq NET_RX, or in a thread of its own. */

static struct net_device *netdev;
static struct napi_struct napi;

static int napi_fn(struct napi_struct *unused, int budget)
{
	/* Only netpoll passes a budget of 0, and this device has no netpoll. */
	latency_ran();
	napi_complete_done(&napi, 1);
	return 1;
}

static int napi_begin(void)
{
	netdev = alloc_netdev_dummy(0);
	if (!netdev)
		return -ENOMEM;
	netif_napi_add(netdev, &napi, napi_fn);
	napi_enable(&napi);
	return 0;
}

static void napi_end(void)
{
	napi_disable(&napi);
	netif_napi_del(&napi);
	free_netdev(netdev);
}

static int napi_threaded_begin(void)
{
	int err;

	netdev = alloc_netdev_dummy(0);
	if (!netdev)
		return -ENOMEM;
	netif_napi_add(netdev, &napi, napi_fn);
	err = dev_set_threaded(netdev, NETDEV_NAPI_THREADED_ENABLED);
	if (err) {
		netif_napi_del(&napi);
		free_netdev(netdev);
		return err;
	}
	napi_enable(&napi);
	return 0;
}

static irqreturn_t napi_raise(void)
{
	napi_schedule(&napi);
	return IRQ_HANDLED;
}

/* BH work items: system_bh_wq runs in the softirq TASKLET, system_bh_highpri_wq in HI. */

static void bh_work_fn(struct work_struct *unused)
{
	latency_ran();
}

static DECLARE_WORK(bh_work, bh_work_fn);

/* Linux 6.9 added the two queues. */
static int bh_work_begin(void)
{
	return system_bh_wq && system_bh_highpri_wq ? 0 : -EOPNOTSUPP;
}

static irqreturn_t bh_work_raise(void)
{
	queue_work(system_bh_wq, &bh_work);
	return IRQ_HANDLED;
}

static irqreturn_t bh_work_hi_raise(void)
{
	queue_work(system_bh_highpri_wq, &bh_work);
	return IRQ_HANDLED;
}

static void bh_work_end(void)
{
	cancel_work_sync(&bh_work);
}

/* Timers: the timer interrupt, not the driver, raises their softirq. */

static struct hrtimer hrtimer;

static enum hrtimer_restart hrtimer_fn(struct hrtimer *unused)
{
	latency_ran();
	return HRTIMER_NORESTART;
}

static int hrtimer_begin(void)
{
	hrtimer_setup(&hrtimer, hrtimer_fn, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_SOFT);
	return 0;
}

static irqreturn_t hrtimer_raise(void)
{
	hrtimer_start(&hrtimer, 0, HRTIMER_MODE_REL_PINNED_SOFT);
	return IRQ_HANDLED;
}

static void hrtimer_end(void)
{
	hrtimer_cancel(&hrtimer);
}

static struct timer_list timer;

static void timer_fn(struct timer_list *unused)
{
	latency_ran();
}

static int timer_begin(void)
{
	timer_setup(&timer, timer_fn, TIMER_PINNED);
	return 0;
}

static irqreturn_t timer_raise(void)
{
	mod_timer(&timer, jiffies);
	return IRQ_HANDLED;
}

static void timer_end(void)
{
	timer_delete_sync(&timer);
}

/* RCU: the callback runs after a grace period. */

static struct rcu_head rcu_head;

static void rcu_fn(struct rcu_head *unused)
{
	latency_ran();
}

static irqreturn_t rcu_raise(void)
{
	call_rcu(&rcu_head, rcu_fn);
	return IRQ_HANDLED;
}

static void rcu_end(void)
{
	rcu_barrier();
}

const struct mechanism softirq_mechanisms[] = {
	{ "hardirq", NULL, hardirq_raise, NULL },
	{ "irq_work", NULL, irq_work_raise, irq_work_stop },
	{ "tasklet_hi", NULL, tasklet_hi_raise, tasklet_stop },
	{ "tasklet", NULL, tasklet_raise, tasklet_stop },
	{ "irq_poll", irq_poll_begin, irq_poll_raise, irq_poll_end },
	{ "napi", napi_begin, napi_raise, napi_end },
	{ "bh_work_highpri", bh_work_begin, bh_work_hi_raise, bh_work_end },
	{ "bh_work", bh_work_begin, bh_work_raise, bh_work_end },
	{ "hrtimer_soft", hrtimer_begin, hrtimer_raise, hrtimer_end },
	{ "napi_threaded", napi_threaded_begin, napi_raise, napi_end },
	{ "timer", timer_begin, timer_raise, timer_end },
	{ "rcu", NULL, rcu_raise, rcu_end },
};

const unsigned int softirq_mechanisms_count = ARRAY_SIZE(softirq_mechanisms);
