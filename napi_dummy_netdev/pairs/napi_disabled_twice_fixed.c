// SPDX-License-Identifier: GPL-2.0
/*
 * napi_disabled_twice_fixed: a driver that knows whether it is down.
 *
 * The rule it keeps: napi_enable() and napi_disable() take turns. A disabled instance
 * is one that napi_disable() owns; the next one waits for the owner to give it back.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>

#include "bh_pair.h"
#include "compat.h"

struct napi_disabled_twice {
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
static irqreturn_t napi_disabled_twice_top(int irq, void *dev_id)
{
	struct napi_disabled_twice *x = container_of(dev_id, struct napi_disabled_twice, pair);

	if (!bh_pair_take(&x->pair))
		return IRQ_NONE;
	if (xchg(&x->armed, false))
		napi_schedule(&x->napi);
	return IRQ_HANDLED;
}

/* NAPI is complete: interrupts again, and a look for what came in just before. */
static void device_arm(struct napi_disabled_twice *x)
{
	/* Full barrier: its store to the ring and xchg(), our store and look. */
	smp_store_mb(x->armed, true);
	if (atomic_read(&x->pair.fifo) && xchg(&x->armed, false))
		napi_schedule(&x->napi);
}

/* Softirq. */
static int napi_disabled_twice_poll(struct napi_struct *napi, int budget)
{
	struct napi_disabled_twice *x = container_of(napi, struct napi_disabled_twice, napi);
	int done;

	bh_pair_run(&x->pair);
	done = bh_pair_drain_some(&x->pair, budget);
	if (done < budget && napi_complete_done(napi, done))
		device_arm(x);
	return done;
}

/* Process context. */
static void device_up(struct napi_disabled_twice *x)
{
	if (x->up)
		return;
	napi_enable(&x->napi);
	x->up = true;
}

static void device_down(struct napi_disabled_twice *x)
{
	if (!x->up)
		return;
	napi_disable(&x->napi);
	x->up = false;
}

/* The device has n faults, each of which takes it down; then it is up again. */
static int napi_disabled_twice_reset(struct bh_pair *pair, u64 n)
{
	struct napi_disabled_twice *x = container_of(pair, struct napi_disabled_twice, pair);

	while (n--)
		device_down(x);
	device_up(x);
	/* What came meanwhile was announced, and napi_schedule() refused. */
	local_bh_disable();
	device_arm(x);
	local_bh_enable();
	return 0;
}

static int napi_disabled_twice_setup(struct bh_pair *pair)
{
	struct napi_disabled_twice *x = container_of(pair, struct napi_disabled_twice, pair);

	x->dev = alloc_netdev_dummy(0);
	if (!x->dev)
		return -ENOMEM;
	netif_napi_add(x->dev, &x->napi, napi_disabled_twice_poll);
	x->armed = true;
	device_up(x);
	return 0;
}

static void napi_disabled_twice_teardown(struct bh_pair *pair)
{
	struct napi_disabled_twice *x = container_of(pair, struct napi_disabled_twice, pair);

	/* Waits for a poll that is scheduled or runs. */
	device_down(x);
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
}

static struct napi_disabled_twice demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = napi_disabled_twice_top,
		.setup = napi_disabled_twice_setup,
		.teardown = napi_disabled_twice_teardown,
		.command = napi_disabled_twice_reset,
		.mechanism = BH_NAPI,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a NAPI instance disabled once");
MODULE_LICENSE("GPL");
