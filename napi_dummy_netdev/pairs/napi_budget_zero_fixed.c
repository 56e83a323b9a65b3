// SPDX-License-Identifier: GPL-2.0
/*
 * napi_budget_zero_fixed: a poll that looks at its budget first.
 *
 * The rule it keeps: budget 0 is netpoll: somebody wants to send, with interrupts off
 * and perhaps in a panic. The poll may free what was sent. It receives nothing and
 * does not complete.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/bottom_half.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netpoll.h>
#include <linux/rtnetlink.h>

#include "bh_pair.h"
#include "compat.h"

struct napi_budget_zero {
	struct bh_pair pair;
	struct net_device *dev;
	struct napi_struct napi;
	bool armed;			/* the device interrupts when it has a frame */
	struct netpoll netpoll;
};

/*
 * Hard interrupt context. The first line is the device: it fills its ring, the
 * fifo, at any time; and interrupts only while it is armed.
 */
static irqreturn_t napi_budget_zero_top(int irq, void *dev_id)
{
	struct napi_budget_zero *x = container_of(dev_id, struct napi_budget_zero, pair);

	if (!bh_pair_take(&x->pair))
		return IRQ_NONE;
	if (xchg(&x->armed, false))
		napi_schedule(&x->napi);
	return IRQ_HANDLED;
}

/* NAPI is complete: interrupts again, and a look for what came in just before. */
static void device_arm(struct napi_budget_zero *x)
{
	/* Full barrier: its store to the ring and xchg(), our store and look. */
	smp_store_mb(x->armed, true);
	if (atomic_read(&x->pair.fifo) && xchg(&x->armed, false))
		napi_schedule(&x->napi);
}

/* Softirq, or netpoll with a budget of 0. */
static int napi_budget_zero_poll(struct napi_struct *napi, int budget)
{
	struct napi_budget_zero *x = container_of(napi, struct napi_budget_zero, napi);
	int done = 0;

	bh_pair_run(&x->pair);
	while (done < budget) {
		if (!bh_pair_drain_some(&x->pair, 1))
			break;
		done++;
	}
	if (done < budget && napi_complete_done(napi, done))
		device_arm(x);
	return done;
}

/* Process context: n frames in the ring, and netconsole has something to say. */
static int napi_budget_zero_say(struct bh_pair *pair, u64 n)
{
	struct napi_budget_zero *x = container_of(pair, struct napi_budget_zero, pair);
	unsigned long flags;

	/* Keeps the softirq away meanwhile: the other one who could poll. */
	local_bh_disable();
	while (n--)
		irq_line_raise(pair->line);
	local_irq_save(flags);
	netpoll_poll_dev(x->dev);
	local_irq_restore(flags);
	local_bh_enable();
	return 0;
}

/* All of them optional, for a device that goes nowhere. */
static const struct net_device_ops napi_budget_zero_ops = {
};

static int napi_budget_zero_setup(struct bh_pair *pair)
{
	struct napi_budget_zero *x = container_of(pair, struct napi_budget_zero, pair);
	int err;

	x->dev = alloc_netdev_dummy(0);
	if (!x->dev)
		return -ENOMEM;
	x->dev->netdev_ops = &napi_budget_zero_ops;
	netif_napi_add(x->dev, &x->napi, napi_budget_zero_poll);
	x->armed = true;
	napi_enable(&x->napi);

	rtnl_lock();
	err = __netpoll_setup(&x->netpoll, x->dev);
	/* A reference, as netconsole has one: netpoll_cleanup() drops it. */
	if (!err)
		netdev_hold(x->dev, &x->netpoll.dev_tracker, GFP_KERNEL);
	rtnl_unlock();
	if (!err)
		return 0;

	napi_disable(&x->napi);
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
	return err;
}

static void napi_budget_zero_teardown(struct bh_pair *pair)
{
	struct napi_budget_zero *x = container_of(pair, struct napi_budget_zero, pair);

	netpoll_cleanup(&x->netpoll);
	/* Waits for a poll that is scheduled or runs. */
	napi_disable(&x->napi);
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
}

static struct napi_budget_zero demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = napi_budget_zero_top,
		.setup = napi_budget_zero_setup,
		.teardown = napi_budget_zero_teardown,
		.command = napi_budget_zero_say,
		.mechanism = BH_NAPI,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a poll that looks at its budget");
MODULE_LICENSE("GPL");
