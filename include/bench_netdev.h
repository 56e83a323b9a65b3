/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the pairs about a function of struct net_device_ops need: a registered net_device
 * that is not connected to anything, the steps of probe() and remove() in their order, and
 * frames to send. The device interrupts when it has finished a request. A pair whose lesson
 * is about one of these functions has its own version of the function.
 */
#ifndef _BENCH_NETDEV_H
#define _BENCH_NETDEV_H

#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>

#include "bench.h"

/**
 * struct bench_netdev - the first member of a driver's own struct
 * @bdev: the device
 * @netdev: its net_device
 *
 * netdev_priv() returns the driver's own struct. struct bench_netdev is the dev_id of the
 * top half and the drvdata of the device.
 */
struct bench_netdev {
	struct bench_device *bdev;
	struct net_device *netdev;
};

/* A top half that only reads the events. Hard interrupt context; on PREEMPT_RT a thread. */
static inline irqreturn_t bench_netdev_top(int irq, void *data)
{
	struct bench_netdev *nd = data;
	unsigned int events = bench_read_events(nd->bdev);

	if (!events)
		return IRQ_NONE;
	bench_run(nd->bdev);
	bench_done(nd->bdev, events);
	return IRQ_HANDLED;
}

/* No addresses and no multicast, so the stack itself sends nothing. */
static inline void bench_netdev_init(struct net_device *netdev)
{
	netdev->type = ARPHRD_VOID;
	netdev->flags = IFF_NOARP;
	netdev->mtu = ETH_DATA_LEN;
	netdev->tx_queue_len = 1000;
}

/* Returns the driver's own struct of @size bytes, zeroed, or NULL. */
static inline void *bench_netdev_alloc(struct bench_device *bdev, size_t size,
				       const struct net_device_ops *ops)
{
	struct net_device *netdev;
	struct bench_netdev *nd;

	netdev = alloc_netdev(size, "bench%d", NET_NAME_ENUM, bench_netdev_init);
	if (!netdev)
		return NULL;
	netdev->netdev_ops = ops;
	SET_NETDEV_DEV(netdev, &bdev->dev);
	nd = netdev_priv(netdev);
	nd->bdev = bdev;
	nd->netdev = netdev;
	dev_set_drvdata(&bdev->dev, nd);
	return nd;
}

/*
 * Process context: registers the net_device and opens it. If this fails, the struct is
 * freed.
 */
static inline int bench_netdev_register(struct bench_netdev *nd, irq_handler_t top)
{
	int err = request_irq(nd->bdev->irq, top, 0, dev_name(&nd->bdev->dev), nd);

	if (err)
		goto err_free;
	/*
	 * First set up everything that the net_device needs: from here on any task may
	 * open the net_device and send.
	 */
	err = register_netdev(nd->netdev);
	if (err)
		goto err_irq;
	rtnl_lock();
	err = dev_open(nd->netdev, NULL);
	rtnl_unlock();
	if (!err)
		return 0;

	unregister_netdev(nd->netdev);
err_irq:
	free_irq(nd->bdev->irq, nd);
err_free:
	free_netdev(nd->netdev);
	return err;
}

/*
 * Process context: unregisters the net_device. The driver's own struct stays valid until
 * free_netdev().
 */
static inline void bench_netdev_unregister(struct bench_netdev *nd)
{
	/* After this the network stack no longer calls the driver, but the interrupt does. */
	unregister_netdev(nd->netdev);
	/* After this nothing calls the driver. */
	free_irq(nd->bdev->irq, nd);
}

static inline void bench_netdev_remove(struct bench_device *bdev)
{
	struct bench_netdev *nd = dev_get_drvdata(&bdev->dev);

	bench_netdev_unregister(nd);
	free_netdev(nd->netdev);
}

/* A command: sends @n frames. Returns 0 or -ENOMEM. */
static inline int bench_netdev_send(struct bench_device *bdev, unsigned int n)
{
	struct bench_netdev *nd = dev_get_drvdata(&bdev->dev);
	struct sk_buff *skb;

	while (n--) {
		skb = alloc_skb(ETH_ZLEN, GFP_KERNEL);
		if (!skb)
			return -ENOMEM;
		skb_put_zero(skb, ETH_ZLEN);
		skb_reset_network_header(skb);
		skb->protocol = htons(ETH_P_LOOP);
		skb->dev = nd->netdev;
		dev_queue_xmit(skb);
	}
	return 0;
}

#endif /* _BENCH_NETDEV_H */
