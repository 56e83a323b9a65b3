// SPDX-License-Identifier: GPL-2.0
/*
 * napi_not_masked_broken: a level interrupt that is left on while NAPI polls.
 *
 * The rule it breaks: who schedules NAPI switches the device's interrupt off; the
 * poll switches it on again when it has completed.
 *
 * What to expect: the line is up until the poll has taken the frames, and fires again
 * whenever the handler returns. So the CPU does not get as far as the poll: interrupts
 * without end and not one frame handled, a livelock. The kernel is silent, for each
 * of them was IRQ_HANDLED; count the interrupts in /proc/interrupts.
 *
 * The machine survives, because the bench cuts the wire after 300,000.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>

#include "bh_pair.h"
#include "compat.h"

struct napi_not_masked {
	struct bh_pair pair;
	struct net_device *dev;
	struct napi_struct napi;
};

/*
 * Hard interrupt context. The device says by its line that it has frames: the line is
 * up until they are taken over, and that is the poll's job.
 */
static irqreturn_t napi_not_masked_top(int irq, void *dev_id)
{
	struct napi_not_masked *x = container_of(dev_id, struct napi_not_masked, pair);

	napi_schedule(&x->napi);
	return IRQ_HANDLED;
}

/* Softirq. */
static int napi_not_masked_poll(struct napi_struct *napi, int budget)
{
	struct napi_not_masked *x = container_of(napi, struct napi_not_masked, napi);
	int done;

	bh_pair_take(&x->pair);
	bh_pair_run(&x->pair);
	done = bh_pair_drain_some(&x->pair, budget);
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

static int napi_not_masked_setup(struct bh_pair *pair)
{
	struct napi_not_masked *x = container_of(pair, struct napi_not_masked, pair);

	x->dev = alloc_netdev_dummy(0);
	if (!x->dev)
		return -ENOMEM;
	netif_napi_add(x->dev, &x->napi, napi_not_masked_poll);
	napi_enable(&x->napi);
	return 0;
}

static void napi_not_masked_teardown(struct bh_pair *pair)
{
	struct napi_not_masked *x = container_of(pair, struct napi_not_masked, pair);

	/* Waits for a poll that is scheduled or runs. */
	napi_disable(&x->napi);
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
}

static struct napi_not_masked demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_LEVEL,
		.handler = napi_not_masked_top,
		.setup = napi_not_masked_setup,
		.teardown = napi_not_masked_teardown,
		.breaks = "broken on purpose: the first event makes an interrupt storm",
		.mechanism = BH_NAPI,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: an interrupt not masked while NAPI polls");
MODULE_LICENSE("GPL");
