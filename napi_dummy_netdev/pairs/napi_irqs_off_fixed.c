// SPDX-License-Identifier: GPL-2.0
/*
 * napi_irqs_off_fixed: a poll that comes back with interrupts as they were.
 *
 * The rule it keeps: what local_irq_save() or spin_lock_irqsave() took away is given
 * back, on every way out.
 *
 * What to expect: no message, and every event handled.
 */
#include <linux/irqflags.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>

#include "bh_pair.h"
#include "compat.h"

#define BUSY		32		/* frames a poll that are worth moderating for */
#define KEY		0x4b45590a

struct napi_irqs_off {
	struct bh_pair pair;
	struct net_device *dev;
	struct napi_struct napi;
	bool armed;			/* the device interrupts when it has a frame */
	struct napi_struct next;	/* another device's, next on the list */
	u32 registers[2];		/* the device's: a key, and how many frames a time */
};

/*
 * Hard interrupt context. The first line is the device: it fills its ring, the
 * fifo, at any time; and interrupts only while it is armed.
 */
static irqreturn_t napi_irqs_off_top(int irq, void *dev_id)
{
	struct napi_irqs_off *x = container_of(dev_id, struct napi_irqs_off, pair);

	if (!bh_pair_take(&x->pair))
		return IRQ_NONE;
	if (xchg(&x->armed, false)) {
		napi_schedule(&x->napi);
		napi_schedule(&x->next);
	}
	return IRQ_HANDLED;
}

/* NAPI is complete: interrupts again, and a look for what came in just before. */
static void device_arm(struct napi_irqs_off *x)
{
	/* Full barrier: its store to the ring and xchg(), our store and look. */
	smp_store_mb(x->armed, true);
	if (atomic_read(&x->pair.fifo) && xchg(&x->armed, false))
		napi_schedule(&x->napi);
}

/* Fewer interrupts where there are many frames. */
static void device_moderate(struct napi_irqs_off *x, int done)
{
	unsigned long flags;

	/* The device wants the second within microseconds of the first. */
	local_irq_save(flags);
	if (done < BUSY)
		goto out;
	WRITE_ONCE(x->registers[0], KEY);
	WRITE_ONCE(x->registers[1], done / 2);
out:
	local_irq_restore(flags);
}

/* Softirq. */
static int napi_irqs_off_poll(struct napi_struct *napi, int budget)
{
	struct napi_irqs_off *x = container_of(napi, struct napi_irqs_off, napi);
	int done;

	bh_pair_run(&x->pair);
	done = bh_pair_drain_some(&x->pair, budget);
	device_moderate(x, done);
	if (done < budget && napi_complete_done(napi, done))
		device_arm(x);
	return done;
}

/* Softirq, right after the other. */
static int napi_irqs_off_next(struct napi_struct *napi, int budget)
{
	struct napi_irqs_off *x = container_of(napi, struct napi_irqs_off, next);

	if (irqs_disabled())
		pr_warn("%s: the next poll ran with interrupts off\n", x->pair.name);
	if (budget)
		napi_complete_done(napi, 0);
	return 0;
}

static int napi_irqs_off_setup(struct bh_pair *pair)
{
	struct napi_irqs_off *x = container_of(pair, struct napi_irqs_off, pair);

	x->dev = alloc_netdev_dummy(0);
	if (!x->dev)
		return -ENOMEM;
	netif_napi_add(x->dev, &x->napi, napi_irqs_off_poll);
	netif_napi_add(x->dev, &x->next, napi_irqs_off_next);
	x->armed = true;
	napi_enable(&x->napi);
	napi_enable(&x->next);
	return 0;
}

static void napi_irqs_off_teardown(struct bh_pair *pair)
{
	struct napi_irqs_off *x = container_of(pair, struct napi_irqs_off, pair);

	/* Waits for a poll that is scheduled or runs. */
	napi_disable(&x->next);
	napi_disable(&x->napi);
	netif_napi_del(&x->next);
	netif_napi_del(&x->napi);
	free_netdev(x->dev);
}

static struct napi_irqs_off demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = napi_irqs_off_top,
		.setup = napi_irqs_off_setup,
		.teardown = napi_irqs_off_teardown,
		.mechanism = BH_NAPI,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Fixed: a poll that leaves interrupts as they were");
MODULE_LICENSE("GPL");
