// SPDX-License-Identifier: GPL-2.0
/*
 * napi_complete_full_broken: a poll that completes although its budget is used up.
 *
 * The rule it breaks: a poll that returns budget has not completed: it will be called
 * again, and the list it stands on belongs to net_rx_action().
 *
 * What to expect, once since boot, when it was scheduled anew meanwhile
 * (net/core/dev.c:__napi_poll()):
 *
 *	dummy#: Budget exhausted after napi rescheduled
 *
 * Without that the kernel is silent, and the list may be damaged. The machine
 * survives.
 */
#include <linux/bottom_half.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>

#include "bh_pair.h"
#include "compat.h"

struct napi_complete_full {
	struct bh_pair pair;
	struct net_device *dev;
	struct napi_struct napi;
	bool armed;			/* the device interrupts when it has a frame */
};

/*
 * Hard interrupt context. The first line is the device: it fills its ring, the
 * fifo, at any time; and interrupts only while it is armed.
 */
static irqreturn_t napi_complete_full_top(int irq, void *dev_id)
{
	struct napi_complete_full *x = container_of(dev_id, struct napi_complete_full, pair);

	if (!bh_pair_take(&x->pair))
		return IRQ_NONE;
	if (xchg(&x->armed, false))
		napi_schedule(&x->napi);
	return IRQ_HANDLED;
}

/* NAPI is complete: interrupts again, and a look for what came in just before. */
static void device_arm(struct napi_complete_full *x)
{
	/* Full barrier: its store to the ring and xchg(), our store and look. */
	smp_store_mb(x->armed, true);
	if (atomic_read(&x->pair.fifo) && xchg(&x->armed, false))
		napi_schedule(&x->napi);
}

/* Softirq. */
static int napi_complete_full_poll(struct napi_struct *napi, int budget)
{
	struct napi_complete_full *x = container_of(napi, struct napi_complete_full, napi);
	int done;

	bh_pair_run(&x->pair);
	done = bh_pair_drain_some(&x->pair, budget);
	if (napi_complete_done(napi, done))
		device_arm(x);
	return done;
}

/* Process context: n frames before the poll gets to see any. */
static int napi_complete_full_burst(struct bh_pair *pair, u64 n)
{
	local_bh_disable();
	while (n--)
		irq_line_raise(pair->line);
	local_bh_enable();
	return 0;
}

static int napi_complete_full_setup(struct bh_pair *pair)
{
	struct napi_complete_full *x = container_of(pair, struct napi_complete_full, pair);

	x->dev = alloc_netdev_dummy(0);
	if (!x->dev)
		return -ENOMEM;
	netif_napi_add(x->dev, &x->napi, napi_complete_full_poll);
	x->armed = true;
	napi_enable(&x->napi);
	return 0;
}

static void napi_complete_full_teardown(struct bh_pair *pair)
{
	struct napi_complete_full *x = container_of(pair, struct napi_complete_full, pair);

	/* Waits for a poll that is scheduled or runs. */
	napi_disable(&x->napi);
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
}

static struct napi_complete_full demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = napi_complete_full_top,
		.setup = napi_complete_full_setup,
		.teardown = napi_complete_full_teardown,
		.command = napi_complete_full_burst,
		.breaks = "broken on purpose: a poll completes and wants to be called again",
		.mechanism = BH_NAPI,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a poll that completes and returns budget");
MODULE_LICENSE("GPL");
