// SPDX-License-Identifier: GPL-2.0
/*
 * napi_threaded_sleep_fixed: a poll that leaves the sleeping to a worker.
 *
 * The rule it keeps: threaded NAPI makes a task of the poll, and calls it with bottom
 * halves disabled, for the network stack below it expects that. What must sleep
 * comes before: a work item waits for the transfer, and schedules NAPI then.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>

#include "bh_pair.h"
#include "compat.h"

struct napi_threaded_sleep {
	struct bh_pair pair;
	struct net_device *dev;
	struct napi_struct napi;
	struct work_struct work;
};

/* Have the frames brought here from the device, and sleep until they are. */
static void device_transfer(struct napi_threaded_sleep *x)
{
	usleep_range(20000, 30000);
}

/* In a kworker, which no interrupt is: napi_schedule() wants bottom halves disabled. */
static void napi_threaded_sleep_work(struct work_struct *work)
{
	struct napi_threaded_sleep *x = container_of(work, struct napi_threaded_sleep, work);

	device_transfer(x);
	local_bh_disable();
	napi_schedule(&x->napi);
	local_bh_enable();
}

static irqreturn_t napi_threaded_sleep_top(int irq, void *dev_id)
{
	struct napi_threaded_sleep *x = container_of(dev_id, struct napi_threaded_sleep, pair);

	if (!bh_pair_take(&x->pair))
		return IRQ_NONE;
	schedule_work(&x->work);
	return IRQ_HANDLED;
}

/* In a thread, with bottom halves disabled. */
static int napi_threaded_sleep_poll(struct napi_struct *napi, int budget)
{
	struct napi_threaded_sleep *x = container_of(napi, struct napi_threaded_sleep, napi);
	int done;

	bh_pair_run(&x->pair);
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
	INIT_WORK(&x->work, napi_threaded_sleep_work);
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

	/* It schedules NAPI: first. */
	flush_work(&x->work);
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
		.mechanism = BH_NAPI,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a threaded poll that leaves the sleeping to a worker");
MODULE_LICENSE("GPL");
