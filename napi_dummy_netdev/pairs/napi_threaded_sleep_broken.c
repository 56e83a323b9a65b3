// SPDX-License-Identifier: GPL-2.0
/*
 * napi_threaded_sleep_broken: a poll that sleeps, in a thread of its own.
 *
 * The rule it breaks: threaded NAPI makes a task of the poll, and calls it with bottom
 * halves disabled, for the network stack below it expects that. It may not sleep.
 *
 * What to expect, at the first event:
 *
 *	BUG: scheduling while atomic: napi/dummy#-.../PID/0x00000201
 *
 * On PREEMPT_RT it is "Voluntary context switch within RCU read-side critical section!".
 *
 * The machine survives, except that 6.12's PREEMPT_RT mostly loses the CPU.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>

#include "bh_pair.h"
#include "compat.h"

struct napi_threaded_sleep {
	struct bh_pair pair;
	struct net_device *dev;
	struct napi_struct napi;
};

/* Have the frames brought here from the device, and sleep until they are. */
static void device_transfer(struct napi_threaded_sleep *x)
{
	usleep_range(20000, 30000);
}

static irqreturn_t napi_threaded_sleep_top(int irq, void *dev_id)
{
	struct napi_threaded_sleep *x = container_of(dev_id, struct napi_threaded_sleep, pair);

	if (!bh_pair_take(&x->pair))
		return IRQ_NONE;
	napi_schedule(&x->napi);
	return IRQ_HANDLED;
}

/* In a thread, with bottom halves disabled. */
static int napi_threaded_sleep_poll(struct napi_struct *napi, int budget)
{
	struct napi_threaded_sleep *x = container_of(napi, struct napi_threaded_sleep, napi);
	int done;

	bh_pair_run(&x->pair);
	device_transfer(x);
	done = bh_pair_drain_some(&x->pair, budget);
	/* Scheduled meanwhile? Then it is not complete, and called once more. */
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

static int napi_threaded_sleep_setup(struct bh_pair *pair)
{
	struct napi_threaded_sleep *x = container_of(pair, struct napi_threaded_sleep, pair);
	int err;

	x->dev = alloc_netdev_dummy(0);
	if (!x->dev)
		return -ENOMEM;
	netif_napi_add(x->dev, &x->napi, napi_threaded_sleep_poll);
	err = dev_set_threaded(x->dev, NETDEV_NAPI_THREADED_ENABLED);
	if (err)
		goto err_napi;
	napi_enable(&x->napi);
	return 0;

err_napi:
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
	return err;
}

static void napi_threaded_sleep_teardown(struct bh_pair *pair)
{
	struct napi_threaded_sleep *x = container_of(pair, struct napi_threaded_sleep, pair);

	/* Waits for a poll that is scheduled or runs. */
	napi_disable(&x->napi);
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
}

static struct napi_threaded_sleep demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = napi_threaded_sleep_top,
		.setup = napi_threaded_sleep_setup,
		.teardown = napi_threaded_sleep_teardown,
		.breaks = "broken on purpose: the first event makes a NAPI thread sleep",
		.mechanism = BH_NAPI,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a threaded poll that sleeps");
MODULE_LICENSE("GPL");
