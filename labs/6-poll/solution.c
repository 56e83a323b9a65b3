// SPDX-License-Identifier: GPL-2.0
/*
 * lab6: a poll function. The device has a ring of frames and an interrupt enable bit;
 * for a frame that comes while the bit is clear there is no interrupt, then or later.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>

#include "bh_probe.h"
#include "compat.h"
#include "lab_device.h"

struct lab6 {
	struct lab_device *dev;
	struct net_device *netdev;	/* goes nowhere: NAPI wants one */
	struct napi_struct napi;
	struct bh_probe bottom;
};

static struct lab6 lab6;

/*@ hole 3: What disables the interrupt, and asks for the poll? Twice is once too often. */
/* NAPI's answer to "who polls?": the first who asks. Any context. */
static void lab6_schedule(struct lab6 *lab)
{
	/*@ hole 12: Only who is first (napi_schedule_prep()): interrupt off, __napi_schedule(). */
	/*@ else 12: napi_schedule(&lab->napi); */
	if (napi_schedule_prep(&lab->napi)) {
		/* Off before the poll can run: it switches on again. */
		lab_device_enable(lab->dev, false);
		__napi_schedule(&lab->napi);
	}
	/*@ end */
}

/*@ end */
/* Softirq NET_RX. */
static int lab6_poll(struct napi_struct *napi, int budget)
{
	struct lab6 *lab = container_of(napi, struct lab6, napi);
	int done = 0;
	u32 datum;

	bh_probe_run(&lab->bottom);
	/*@ hole 3: Read frames and hand them in: how many at most? Complete when through. */
	/*@ else 3: if (lab_device_read(lab->dev, &datum)) */
	/*@ else 3: >lab_device_hand_in(lab->dev, datum); */
	/*@ hole 2: How many frames may one poll deal with? */
	/*@ else 2: while (lab_device_read(lab->dev, &datum)) { */
	while (done < budget && lab_device_read(lab->dev, &datum)) {
	/*@ end */
		lab_device_hand_in(lab->dev, datum);
		done++;
	}
	/*@ hole 12: All done: say so to NAPI, and if it agrees switch the interrupt on again. */
	/*@ hint Did a frame come before the switch? Nobody will tell: look once more. */
	/*@ else 12: napi_complete_done(napi, done); */
	/* The whole budget: NAPI calls again, and nothing is complete. */
	if (done < budget && napi_complete_done(napi, done)) {
		lab_device_enable(lab->dev, true);
		/* A frame that came before the switch is announced by nobody. */
		if (lab_device_waiting(lab->dev))
			lab6_schedule(lab);
	}
	/*@ end */
	/*@ end */
	return done;
}

/* Hard interrupt context. */
static irqreturn_t lab6_top(int irq, void *dev_id)
{
	struct lab6 *lab = dev_id;

	if (!lab_device_waiting(lab->dev))
		return IRQ_NONE;
	bh_probe_raise(&lab->bottom);
	/*@ else 3: napi_schedule(&lab->napi); */
	/*@ hole 3 */
	lab6_schedule(lab);
	/*@ end */
	return IRQ_HANDLED;
}

static int __init lab6_init(void)
{
	int err;

	lab6.dev = lab_device_create("lab6", IRQ_LINE_EDGE);
	if (IS_ERR(lab6.dev))
		return PTR_ERR(lab6.dev);
	err = bh_probe_init(&lab6.bottom, lab_device_line(lab6.dev), "bottom", BH_NAPI);
	if (err)
		goto err_device;
	lab6.netdev = alloc_netdev_dummy(0);
	err = lab6.netdev ? 0 : -ENOMEM;
	if (err)
		goto err_probe;
	netif_napi_add(lab6.netdev, &lab6.napi, lab6_poll);
	napi_enable(&lab6.napi);
	err = request_irq(lab_device_irq(lab6.dev), lab6_top, 0, "lab6", &lab6);
	if (err)
		goto err_napi;
	return 0;

err_napi:
	napi_disable(&lab6.napi);
	netif_napi_del(&lab6.napi);
	free_netdev(lab6.netdev);
err_probe:
	bh_probe_destroy(&lab6.bottom);
err_device:
	lab_device_destroy(lab6.dev);
	return err;
}
module_init(lab6_init);

static void __exit lab6_exit(void)
{
	free_irq(lab_device_irq(lab6.dev), &lab6);
	/*@ hole 123: The poll may be scheduled, or run. */
	/* Waits for a poll that is scheduled or runs. */
	napi_disable(&lab6.napi);
	/*@ end */
	netif_napi_del(&lab6.napi);
	free_netdev(lab6.netdev);
	bh_probe_destroy(&lab6.bottom);
	lab_device_destroy(lab6.dev);
}
module_exit(lab6_exit);

MODULE_DESCRIPTION("Lab 6: write the poll function");
MODULE_LICENSE("GPL");
