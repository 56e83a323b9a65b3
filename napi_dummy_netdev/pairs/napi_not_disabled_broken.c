// SPDX-License-Identifier: GPL-2.0
/*
 * napi_not_disabled_broken: a driver that goes while its NAPI instance is scheduled.
 *
 * The rule it breaks: before memory or code goes that a poll uses, napi_disable(). It
 * waits until nobody owns the instance. netif_napi_del() and free_netdev() wait for
 * nothing: they take it off the device, not off the list of its CPU.
 *
 * What to expect: net_rx_action() goes on calling the poll, and one day it is gone:
 *
 *	BUG: unable to handle page fault for address: ffffffffc0...
 *	Kernel panic - not syncing: Fatal exception in interrupt
 *
 * The machine is dead.
 */
#include <linux/interrupt.h>
#include <linux/iopoll.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/netdevice.h>

#include "bh_pair.h"
#include "compat.h"

struct napi_not_disabled {
	struct bh_pair pair;
	struct net_device *dev;
	struct napi_struct napi;
	bool armed;			/* the device interrupts when it has a frame */
	unsigned long sent;		/* jiffies when the last answer is out; the poll's */
};

static unsigned int transfer_ms = 20;
module_param(transfer_ms, uint, 0444);
MODULE_PARM_DESC(transfer_ms, "how long the answer to a frame takes to be sent (20)");

/*
 * Hard interrupt context. The first line is the device: it fills its ring, the
 * fifo, at any time; and interrupts only while it is armed.
 */
static irqreturn_t napi_not_disabled_top(int irq, void *dev_id)
{
	struct napi_not_disabled *x = container_of(dev_id, struct napi_not_disabled, pair);

	if (!bh_pair_take(&x->pair))
		return IRQ_NONE;
	if (xchg(&x->armed, false))
		napi_schedule(&x->napi);
	return IRQ_HANDLED;
}

/* NAPI is complete: interrupts again, and a look for what came in just before. */
static void device_arm(struct napi_not_disabled *x)
{
	/* Full barrier: its store to the ring and xchg(), our store and look. */
	smp_store_mb(x->armed, true);
	if (atomic_read(&x->pair.fifo) && xchg(&x->armed, false))
		napi_schedule(&x->napi);
}

/* Softirq. */
static int napi_not_disabled_poll(struct napi_struct *napi, int budget)
{
	struct napi_not_disabled *x = container_of(napi, struct napi_not_disabled, napi);
	int done = bh_pair_drain_some(&x->pair, budget);

	if (done) {
		bh_pair_run(&x->pair);
		x->sent = jiffies + msecs_to_jiffies(transfer_ms);
	}
	/* Frames left, or an answer not out: to be called again. */
	if (done == budget || time_before(jiffies, x->sent))
		return budget;
	if (napi_complete_done(napi, done))
		device_arm(x);
	return done;
}

static int napi_not_disabled_setup(struct bh_pair *pair)
{
	struct napi_not_disabled *x = container_of(pair, struct napi_not_disabled, pair);

	x->dev = alloc_netdev_dummy(0);
	if (!x->dev)
		return -ENOMEM;
	netif_napi_add(x->dev, &x->napi, napi_not_disabled_poll);
	x->sent = jiffies;
	x->armed = true;
	napi_enable(&x->napi);
	return 0;
}

static void napi_not_disabled_teardown(struct bh_pair *pair)
{
	struct napi_not_disabled *x = container_of(pair, struct napi_not_disabled, pair);
	int left;

	/* Nobody fills the ring any more, and the poll empties it. What it left would be lost. */
	read_poll_timeout(atomic_read, left, !left, 100, 10 * USEC_PER_SEC, false, &pair->fifo);
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
}

static struct napi_not_disabled demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = napi_not_disabled_top,
		.setup = napi_not_disabled_setup,
		.teardown = napi_not_disabled_teardown,
		.breaks = "broken on purpose: unloaded soon after an event it makes a panic",
		.mechanism = BH_NAPI,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a NAPI instance not disabled at unload");
MODULE_LICENSE("GPL");
