// SPDX-License-Identifier: GPL-2.0
/*
 * napi_no_recheck_broken: a poll that ends without a last look ("rotting packet").
 *
 * The rule it breaks: a frame that comes between the last look into the ring and
 * the unmasking of the interrupt is announced by nobody. So look once more, after
 * the unmasking.
 *
 * What to expect: the kernel is silent. The frame lies in the ring until the next
 * one comes; at unload the pair says "1 of 2 events lost".
 *
 * The machine survives.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>

#include "bh_pair.h"
#include "compat.h"

struct napi_no_recheck {
	struct bh_pair pair;
	struct net_device *dev;
	struct napi_struct napi;
	bool armed;			/* the device interrupts when it has a frame */
	atomic_t late;			/* frames that come at the wrong moment */
};

/*
 * Hard interrupt context. The first line is the device: it fills its ring, the
 * fifo, at any time; and interrupts only while it is armed.
 */
static irqreturn_t napi_no_recheck_top(int irq, void *dev_id)
{
	struct napi_no_recheck *x = container_of(dev_id, struct napi_no_recheck, pair);

	if (!bh_pair_take(&x->pair))
		return IRQ_NONE;
	if (xchg(&x->armed, false))
		napi_schedule(&x->napi);
	return IRQ_HANDLED;
}

/* Softirq. */
static int napi_no_recheck_poll(struct napi_struct *napi, int budget)
{
	struct napi_no_recheck *x = container_of(napi, struct napi_no_recheck, napi);
	int done;

	bh_pair_run(&x->pair);
	done = bh_pair_drain_some(&x->pair, budget);
	/* Of all moments the device has its next frame now. */
	if (atomic_dec_if_positive(&x->late) >= 0)
		irq_line_raise(x->pair.line);
	if (done < budget && napi_complete_done(napi, done)) {
		/* Full barrier: its store to the ring and xchg(), our store and look. */
		smp_store_mb(x->armed, true);
	}
	return done;
}

/* Process context: a frame, and n more that come at the wrong moment. */
static int napi_no_recheck_late(struct bh_pair *pair, u64 n)
{
	struct napi_no_recheck *x = container_of(pair, struct napi_no_recheck, pair);

	atomic_set(&x->late, n);
	irq_line_raise(pair->line);
	return 0;
}

static int napi_no_recheck_setup(struct bh_pair *pair)
{
	struct napi_no_recheck *x = container_of(pair, struct napi_no_recheck, pair);

	x->dev = alloc_netdev_dummy(0);
	if (!x->dev)
		return -ENOMEM;
	netif_napi_add(x->dev, &x->napi, napi_no_recheck_poll);
	x->armed = true;
	napi_enable(&x->napi);
	return 0;
}

static void napi_no_recheck_teardown(struct bh_pair *pair)
{
	struct napi_no_recheck *x = container_of(pair, struct napi_no_recheck, pair);

	/* Waits for a poll that is scheduled or runs. */
	napi_disable(&x->napi);
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
}

static struct napi_no_recheck demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = napi_no_recheck_top,
		.setup = napi_no_recheck_setup,
		.teardown = napi_no_recheck_teardown,
		.command = napi_no_recheck_late,
		.breaks = "broken on purpose: a frame is left in the ring",
		.mechanism = BH_NAPI,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a poll that ends without a last look");
MODULE_LICENSE("GPL");
