// SPDX-License-Identifier: GPL-2.0
/*
 * rx_mode_sleeps_fixed: an ndo_set_rx_mode that leaves the sleeping to a work item.
 *
 * The rule it keeps: ndo_set_rx_mode must not sleep, because a spinlock is held, the lock
 * of the address lists (netif_addr_lock_bh()). If the driver must sleep while it writes the
 * filter to the device, a work item must write it.
 *
 * Expect no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "bench_netdev.h"

struct rx_mode_sleeps {
	struct bench_netdev nd;
	struct mutex bus;		/* one transfer at a time */
	unsigned int filter;		/* what the driver wrote last */
	struct work_struct work;
};

static unsigned int rx_mode_sleeps_wanted(struct rx_mode_sleeps *r)
{
	return READ_ONCE(r->nd.netdev->flags) & IFF_PROMISC;
}

/*
 * If the filter has changed, writes it to the device over a slow bus, and sleeps. Then the
 * device interrupts.
 */
static void rx_mode_sleeps_transfer(struct rx_mode_sleeps *r)
{
	unsigned int filter = rx_mode_sleeps_wanted(r);

	if (filter == r->filter)
		return;
	mutex_lock(&r->bus);
	usleep_range(20000, 30000);
	r->filter = filter;
	mutex_unlock(&r->bus);
	irq_line_raise(r->nd.bdev->line);
}

/* A kworker. */
static void rx_mode_sleeps_work(struct work_struct *work)
{
	struct rx_mode_sleeps *r = from_work(r, work, work);

	rx_mode_sleeps_transfer(r);
}

/* Called with netif_addr_lock_bh() held. */
static void rx_mode_sleeps_set(struct net_device *netdev)
{
	struct rx_mode_sleeps *r = netdev_priv(netdev);

	schedule_work(&r->work);
}

static netdev_tx_t rx_mode_sleeps_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	dev_kfree_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops rx_mode_sleeps_ops = {
	.ndo_start_xmit		= rx_mode_sleeps_xmit,
	.ndo_set_rx_mode	= rx_mode_sleeps_set,
};

static int rx_mode_sleeps_promisc(struct rx_mode_sleeps *r, int inc)
{
	int err;

	rtnl_lock();
	err = dev_set_promiscuity(r->nd.netdev, inc);
	rtnl_unlock();
	/* flush_work() waits until the filter is set, as the caller expects. */
	flush_work(&r->work);
	return err;
}

/* Process context: switches promiscuous mode on and off, @n times. */
static int rx_mode_sleeps_switch(struct bench_device *bdev, unsigned int n)
{
	struct rx_mode_sleeps *r = dev_get_drvdata(&bdev->dev);
	int err = 0;

	while (n-- && !err) {
		err = rx_mode_sleeps_promisc(r, 1);
		if (!err)
			err = rx_mode_sleeps_promisc(r, -1);
	}
	return err;
}

static int rx_mode_sleeps_probe(struct bench_device *bdev)
{
	struct rx_mode_sleeps *r = bench_netdev_alloc(bdev, sizeof(*r), &rx_mode_sleeps_ops);

	if (!r)
		return -ENOMEM;
	mutex_init(&r->bus);
	INIT_WORK(&r->work, rx_mode_sleeps_work);
	return bench_netdev_register(&r->nd, bench_netdev_top);
}

static void rx_mode_sleeps_remove(struct bench_device *bdev)
{
	struct rx_mode_sleeps *r = dev_get_drvdata(&bdev->dev);

	bench_netdev_unregister(&r->nd);
	/* Cancel the item only after unregistering: until then ndo_set_rx_mode may queue it. */
	cancel_work_sync(&r->work);
	free_netdev(r->nd.netdev);
}

static struct bench_driver rx_mode_sleeps_driver = {
	.probe = rx_mode_sleeps_probe,
	.remove = rx_mode_sleeps_remove,
	.command = { rx_mode_sleeps_switch, 1, 100 },
};
module_bench_driver(rx_mode_sleeps_driver);

MODULE_DESCRIPTION("Fixed: an ndo_set_rx_mode that leaves the sleeping to a work item");
MODULE_LICENSE("GPL");
