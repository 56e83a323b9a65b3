// SPDX-License-Identifier: GPL-2.0
/*
 * napi_complete_budget_broken: a poll that returns its budget, whatever it did.
 *
 * The rule it breaks: to return budget says "I am not through, keep me on the list". A
 * poll that has completed does not own its instance any more, and returns less.
 *
 * What to expect: net_rx_action() puts it on the list of its CPU, as told. Nobody owns
 * it, so the next interrupt may schedule it, which puts it on the same list again:
 *
 *	list_add double add: new=ffff..., prev=ffff..., next=ffff...
 *	kernel BUG at lib/list_debug.c:35!
 *	Kernel panic - not syncing: Fatal exception in interrupt
 *
 * The machine is dead, where the kernel has CONFIG_BUG_ON_DATA_CORRUPTION, as Debian's;
 * where it has only CONFIG_DEBUG_LIST it warns and goes on. Without an interrupt at that
 * moment the kernel is silent: the next net_rx_action() finds it unowned and drops it
 * from the list.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>

#include "bh_pair.h"
#include "compat.h"

struct napi_complete_budget {
	struct bh_pair pair;
	struct net_device *dev;
	struct napi_struct napi;
	bool armed;			/* the device interrupts when it has a frame */
	struct tasklet_struct tasklet;
	atomic_t late;			/* frames that come at the wrong moment */
};

/*
 * Hard interrupt context. The first line is the device: it fills its ring, the
 * fifo, at any time; and interrupts only while it is armed.
 */
static irqreturn_t napi_complete_budget_top(int irq, void *dev_id)
{
	struct napi_complete_budget *x = container_of(dev_id, struct napi_complete_budget, pair);

	if (!bh_pair_take(&x->pair))
		return IRQ_NONE;
	if (xchg(&x->armed, false))
		napi_schedule(&x->napi);
	tasklet_schedule(&x->tasklet);
	return IRQ_HANDLED;
}

/* NAPI is complete: interrupts again, and a look for what came in just before. */
static void device_arm(struct napi_complete_budget *x)
{
	/* Full barrier: its store to the ring and xchg(), our store and look. */
	smp_store_mb(x->armed, true);
	if (atomic_read(&x->pair.fifo) && xchg(&x->armed, false))
		napi_schedule(&x->napi);
}

/* Softirq. */
static int napi_complete_budget_poll(struct napi_struct *napi, int budget)
{
	struct napi_complete_budget *x = container_of(napi, struct napi_complete_budget, napi);
	int done;

	bh_pair_run(&x->pair);
	done = bh_pair_drain_some(&x->pair, budget);
	if (done < budget && napi_complete_done(napi, done))
		device_arm(x);
	return budget;
}

/* Softirq too, later in the same round. Of all moments the next frame comes now. */
static void napi_complete_budget_tasklet(struct tasklet_struct *tasklet)
{
	struct napi_complete_budget *x = from_tasklet(x, tasklet, tasklet);

	if (atomic_dec_if_positive(&x->late) >= 0)
		irq_line_raise(x->pair.line);
}

/* Process context: a frame, and n more that come at the wrong moment. */
static int napi_complete_budget_late(struct bh_pair *pair, u64 n)
{
	struct napi_complete_budget *x = container_of(pair, struct napi_complete_budget, pair);

	atomic_set(&x->late, n);
	irq_line_raise(pair->line);
	return 0;
}

static int napi_complete_budget_setup(struct bh_pair *pair)
{
	struct napi_complete_budget *x = container_of(pair, struct napi_complete_budget, pair);

	x->dev = alloc_netdev_dummy(0);
	if (!x->dev)
		return -ENOMEM;
	netif_napi_add(x->dev, &x->napi, napi_complete_budget_poll);
	tasklet_setup(&x->tasklet, napi_complete_budget_tasklet);
	x->armed = true;
	napi_enable(&x->napi);
	return 0;
}

static void napi_complete_budget_teardown(struct bh_pair *pair)
{
	struct napi_complete_budget *x = container_of(pair, struct napi_complete_budget, pair);

	tasklet_kill(&x->tasklet);
	/* Waits for a poll that is scheduled or runs. */
	napi_disable(&x->napi);
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
}

static struct napi_complete_budget demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		/* On PREEMPT_RT too it comes at that moment, not when its thread gets to run. */
		.irqflags = IRQF_NO_THREAD,
		.handler = napi_complete_budget_top,
		.setup = napi_complete_budget_setup,
		.teardown = napi_complete_budget_teardown,
		.command = napi_complete_budget_late,
		.breaks = "broken on purpose: a poll is listed twice, a stock kernel panics",
		.mechanism = BH_NAPI,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: a poll that completes and returns budget");
MODULE_LICENSE("GPL");
