// SPDX-License-Identifier: GPL-2.0
/*
 * work_rtnl_broken: a network driver that cancels work under RTNL, although the work takes
 * RTNL.
 *
 * The rule it breaks: ndo_stop runs under RTNL, so it must not wait for an item that takes
 * RTNL. The worker waits for RTNL, and the task that holds RTNL waits for the worker.
 *
 * Expect two messages, 120 seconds (hung_task_timeout_secs) after the first "command":
 *
 *	INFO: task kworker/1:1:37 blocked for more than 122 seconds.
 *	INFO: task sh:227 blocked for more than 122 seconds.
 *
 * Then every other task that waits for RTNL causes such a message too, for example "ip".
 * CONFIG_PROVE_LOCKING says "possible circular locking dependency detected" at once.
 *
 * The kernel survives. No interface can be configured any more.
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
	struct work_rtnl **priv = netdev_priv(netdev);

	netif_stop_queue(netdev);
	/* The item must not switch the carrier of a device that is down. */
	cancel_work_sync(&(*priv)->bh.work);
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
	.breaks = "broken on purpose: a command makes RTNL and a worker wait for each other",
};
module_bench_driver(work_rtnl_driver);

MODULE_DESCRIPTION("Broken on purpose: cancel_work_sync() under RTNL, for an item that takes RTNL");
MODULE_LICENSE("GPL");
