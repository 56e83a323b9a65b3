// SPDX-License-Identifier: GPL-2.0
/*
 * work_rtnl_fixed: a network driver whose work item checks whether the interface is
 * still up.
 *
 * The rule it keeps: ndo_stop runs under RTNL, so it must not wait for an item that takes
 * RTNL. If the item runs later, it takes RTNL and finds that the interface is down. remove()
 * waits for the item, without RTNL.
 *
 * Expect no message, and every event handled.
 */
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

#include "bench_work.h"

struct work_rtnl {
	struct bench_work bh;
	struct net_device *netdev;
};

/* Each event means that the link is up. */
static void work_rtnl_bottom(struct work_struct *work)
{
	struct work_rtnl *w = from_work(w, work, bh.work);

	bench_run(w->bh.bdev);
	rtnl_lock();
	if (netif_running(w->netdev))
		netif_carrier_on(w->netdev);
	rtnl_unlock();
	bench_done(w->bh.bdev, atomic_xchg(&w->bh.pending, 0));
}

static int work_rtnl_open(struct net_device *netdev)
{
	netif_start_queue(netdev);
	return 0;
}

/* Called under RTNL. */
static int work_rtnl_stop(struct net_device *netdev)
{
	netif_stop_queue(netdev);
	netif_carrier_off(netdev);
	return 0;
}

static netdev_tx_t work_rtnl_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops work_rtnl_ops = {
	.ndo_open = work_rtnl_open,
	.ndo_stop = work_rtnl_stop,
	.ndo_start_xmit = work_rtnl_xmit,
};

/*
 * Process context. Does this @n times: brings the device up, raises an event, and takes
 * the device down while the item runs.
 */
static int work_rtnl_up_down(struct bench_device *bdev, unsigned int n)
{
	struct work_rtnl *w = from_bench(w, bdev, bh);
	int err = 0;

	for (; n && !err; n--) {
		rtnl_lock();
		err = dev_open(w->netdev, NULL);
		bench_work_begin(&w->bh);
		dev_close(w->netdev);
		rtnl_unlock();
	}
	return err;
}

static int work_rtnl_probe(struct bench_device *bdev)
{
	struct work_rtnl *w = dev_get_drvdata(&bdev->dev);
	struct work_rtnl **priv;
	int err;

	w->netdev = alloc_etherdev(sizeof(*priv));
	if (!w->netdev)
		return -ENOMEM;
	priv = netdev_priv(w->netdev);
	*priv = w;
	SET_NETDEV_DEV(w->netdev, &bdev->dev);
	w->netdev->netdev_ops = &work_rtnl_ops;
	eth_hw_addr_random(w->netdev);
	netif_carrier_off(w->netdev);
	err = register_netdev(w->netdev);
	if (err)
		goto free;
	err = bench_work_setup(&w->bh, bdev, bench_work_top, work_rtnl_bottom);
	if (err)
		goto unregister;
	return 0;

unregister:
	unregister_netdev(w->netdev);
free:
	free_netdev(w->netdev);
	return err;
}

static void work_rtnl_remove(struct bench_device *bdev)
{
	struct work_rtnl *w = from_bench(w, bdev, bh);

	/* Waits for the item, without RTNL. */
	bench_work_remove(bdev);
	unregister_netdev(w->netdev);
	free_netdev(w->netdev);
}

static struct bench_driver work_rtnl_driver = {
	.probe = work_rtnl_probe,
	.remove = work_rtnl_remove,
	.priv_size = sizeof(struct work_rtnl),
	.command = { work_rtnl_up_down, 1, 20 },
};
module_bench_driver(work_rtnl_driver);

MODULE_DESCRIPTION("Fixed: ndo_stop does not wait for an item that takes RTNL");
MODULE_LICENSE("GPL");
