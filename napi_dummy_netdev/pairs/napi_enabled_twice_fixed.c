// SPDX-License-Identifier: GPL-2.0
/*
 * napi_enabled_twice_fixed: a driver that knows whether it is up.
 *
 * The rule it keeps: napi_enable() and napi_disable() take turns. The network core
 * sees to that for ndo_open() and ndo_stop(); a reset has to do it by itself.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>

#include "bh_pair.h"
#include "compat.h"

struct napi_enabled_twice {
	struct bh_pair pair;
	struct net_device *dev;
	struct napi_struct napi;
	bool armed;			/* the device interrupts when it has a frame */
	bool up;			/* commands come one at a time */
};

/*
 * Hard interrupt context. The first line is the device: it fills its ring, the
 * fifo, at any time; and interrupts only while it is armed.
 */
static irqreturn_t napi_enabled_twice_top(int irq, void *dev_id)
{
	struct napi_enabled_twice *x = container_of(dev_id, struct napi_enabled_twice, pair);

	if (!bh_pair_take(&x->pair))
		return IRQ_NONE;
	if (xchg(&x->armed, false))
		napi_schedule(&x->napi);
	return IRQ_HANDLED;
}

/* NAPI is complete: interrupts again, and a look for what came in just before. */
static void device_arm(struct napi_enabled_twice *x)
{
	/* Full barrier: its store to the ring and xchg(), our store and look. */
	smp_store_mb(x->armed, true);
	if (atomic_read(&x->pair.fifo) && xchg(&x->armed, false))
		napi_schedule(&x->napi);
}

/* Softirq. */
static int napi_enabled_twice_poll(struct napi_struct *napi, int budget)
{
	struct napi_enabled_twice *x = container_of(napi, struct napi_enabled_twice, napi);
	int done;

	bh_pair_run(&x->pair);
	done = bh_pair_drain_some(&x->pair, budget);
	if (done < budget && napi_complete_done(napi, done))
		device_arm(x);
	return done;
}

/* Process context. */
static void device_up(struct napi_enabled_twice *x)
{
	if (x->up)
		return;
	napi_enable(&x->napi);
	x->up = true;
}

static void device_down(struct napi_enabled_twice *x)
{
	if (!x->up)
		return;
	napi_disable(&x->napi);
	x->up = false;
}

/* The device answers no more, n times: reset it, and have it up whatever it was. */
static int napi_enabled_twice_reset(struct bh_pair *pair, u64 n)
{
	struct napi_enabled_twice *x = container_of(pair, struct napi_enabled_twice, pair);

	while (n--)
		device_up(x);
	return 0;
}

static int napi_enabled_twice_setup(struct bh_pair *pair)
{
	struct napi_enabled_twice *x = container_of(pair, struct napi_enabled_twice, pair);

	x->dev = alloc_netdev_dummy(0);
	if (!x->dev)
		return -ENOMEM;
	netif_napi_add(x->dev, &x->napi, napi_enabled_twice_poll);
	x->armed = true;
	device_up(x);
	return 0;
}

static void napi_enabled_twice_teardown(struct bh_pair *pair)
{
	struct napi_enabled_twice *x = container_of(pair, struct napi_enabled_twice, pair);

	/* Waits for a poll that is scheduled or runs. */
	device_down(x);
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
}

static struct napi_enabled_twice demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = napi_enabled_twice_top,
		.setup = napi_enabled_twice_setup,
		.teardown = napi_enabled_twice_teardown,
		.command = napi_enabled_twice_reset,
		.mechanism = BH_NAPI,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a NAPI instance enabled once");
MODULE_LICENSE("GPL");
