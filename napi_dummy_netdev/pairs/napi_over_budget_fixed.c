// SPDX-License-Identifier: GPL-2.0
/*
 * napi_over_budget_fixed: a poll that keeps to its budget.
 *
 * The rule it keeps: a poll deals with budget frames at most, and returns how many.
 * Where there are more, it returns exactly budget and is called again.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/bottom_half.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>

#include "bh_pair.h"
#include "compat.h"

struct napi_over_budget {
	struct bh_pair pair;
	struct net_device *dev;
	struct napi_struct napi;
	bool armed;			/* the device interrupts when it has a frame */
};

/*
 * Hard interrupt context. The first line is the device: it fills its ring, the
 * fifo, at any time; and interrupts only while it is armed.
 */
static irqreturn_t napi_over_budget_top(int irq, void *dev_id)
{
	struct napi_over_budget *x = container_of(dev_id, struct napi_over_budget, pair);

	if (!bh_pair_take(&x->pair))
		return IRQ_NONE;
	if (xchg(&x->armed, false))
		napi_schedule(&x->napi);
	return IRQ_HANDLED;
}

/* NAPI is complete: interrupts again, and a look for what came in just before. */
static void device_arm(struct napi_over_budget *x)
{
	/* Full barrier: its store to the ring and xchg(), our store and look. */
	smp_store_mb(x->armed, true);
	if (atomic_read(&x->pair.fifo) && xchg(&x->armed, false))
		napi_schedule(&x->napi);
}

/* Softirq. */
static int napi_over_budget_poll(struct napi_struct *napi, int budget)
{
	struct napi_over_budget *x = container_of(napi, struct napi_over_budget, napi);
	int done;

	bh_pair_run(&x->pair);
	done = bh_pair_drain_some(&x->pair, budget);
	if (done < budget && napi_complete_done(napi, done))
		device_arm(x);
	return done;
}

/* Process context: n frames before the poll gets to see any. */
static int napi_over_budget_burst(struct bh_pair *pair, u64 n)
{
	local_bh_disable();
	while (n--)
		irq_line_raise(pair->line);
	local_bh_enable();
	return 0;
}

static int napi_over_budget_setup(struct bh_pair *pair)
{
	struct napi_over_budget *x = container_of(pair, struct napi_over_budget, pair);

	x->dev = alloc_netdev_dummy(0);
	if (!x->dev)
		return -ENOMEM;
	netif_napi_add(x->dev, &x->napi, napi_over_budget_poll);
	x->armed = true;
	napi_enable(&x->napi);
	return 0;
}

static void napi_over_budget_teardown(struct bh_pair *pair)
{
	struct napi_over_budget *x = container_of(pair, struct napi_over_budget, pair);

	/* Waits for a poll that is scheduled or runs. */
	napi_disable(&x->napi);
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
}

static struct napi_over_budget demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = napi_over_budget_top,
		.setup = napi_over_budget_setup,
		.teardown = napi_over_budget_teardown,
		.command = napi_over_budget_burst,
		.mechanism = BH_NAPI,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a poll that keeps to its budget");
MODULE_LICENSE("GPL");
