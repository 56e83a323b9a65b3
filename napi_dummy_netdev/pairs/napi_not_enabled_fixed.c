// SPDX-License-Identifier: GPL-2.0
/*
 * napi_not_enabled_fixed: one way out, and napi_enable() is on it.
 *
 * The rule it keeps: what a function disables it enables, on every way out.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>

#include "bh_pair.h"
#include "compat.h"

#define RING_SIZE_MAX	4

struct napi_not_enabled {
	struct bh_pair pair;
	struct net_device *dev;
	struct napi_struct napi;
	bool armed;			/* the device interrupts when it has a frame */
	u64 ring_size;			/* changes while NAPI is disabled */
};

/*
 * Hard interrupt context. The first line is the device: it fills its ring, the
 * fifo, at any time; and interrupts only while it is armed.
 */
static irqreturn_t napi_not_enabled_top(int irq, void *dev_id)
{
	struct napi_not_enabled *x = container_of(dev_id, struct napi_not_enabled, pair);

	if (!bh_pair_take(&x->pair))
		return IRQ_NONE;
	if (xchg(&x->armed, false))
		napi_schedule(&x->napi);
	return IRQ_HANDLED;
}

/* NAPI is complete: interrupts again, and a look for what came in just before. */
static void device_arm(struct napi_not_enabled *x)
{
	/* Full barrier: its store to the ring and xchg(), our store and look. */
	smp_store_mb(x->armed, true);
	if (atomic_read(&x->pair.fifo) && xchg(&x->armed, false))
		napi_schedule(&x->napi);
}

/* Softirq. */
static int napi_not_enabled_poll(struct napi_struct *napi, int budget)
{
	struct napi_not_enabled *x = container_of(napi, struct napi_not_enabled, napi);
	int done;

	bh_pair_run(&x->pair);
	done = bh_pair_drain_some(&x->pair, budget);
	if (done < budget && napi_complete_done(napi, done))
		device_arm(x);
	return done;
}

/* Process context: another ring, of n frames. */
static int napi_not_enabled_resize(struct bh_pair *pair, u64 n)
{
	struct napi_not_enabled *x = container_of(pair, struct napi_not_enabled, pair);
	int err = 0;

	napi_disable(&x->napi);
	if (n > RING_SIZE_MAX) {
		err = -EINVAL;
		goto out;
	}
	x->ring_size = n;
out:
	napi_enable(&x->napi);
	/* What came meanwhile was announced, and napi_schedule() refused. */
	local_bh_disable();
	device_arm(x);
	local_bh_enable();
	return err;
}

static int napi_not_enabled_setup(struct bh_pair *pair)
{
	struct napi_not_enabled *x = container_of(pair, struct napi_not_enabled, pair);

	x->dev = alloc_netdev_dummy(0);
	if (!x->dev)
		return -ENOMEM;
	netif_napi_add(x->dev, &x->napi, napi_not_enabled_poll);
	x->armed = true;
	napi_enable(&x->napi);
	return 0;
}

static void napi_not_enabled_teardown(struct bh_pair *pair)
{
	struct napi_not_enabled *x = container_of(pair, struct napi_not_enabled, pair);

	/* Waits for a poll that is scheduled or runs. */
	napi_disable(&x->napi);
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
}

static struct napi_not_enabled demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = napi_not_enabled_top,
		.setup = napi_not_enabled_setup,
		.teardown = napi_not_enabled_teardown,
		.command = napi_not_enabled_resize,
		.mechanism = BH_NAPI,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a NAPI instance enabled on every way out");
MODULE_LICENSE("GPL");
