// SPDX-License-Identifier: GPL-2.0
/*
 * xmit_sleeps_broken: an ndo_start_xmit that sleeps.
 *
 * The rule it breaks: ndo_start_xmit must not sleep: BH is disabled, and usually the lock
 * of the queue is held. If the driver must sleep while it accesses the device's bus (SPI,
 * USB, MDIO), a work item must send the frames.
 *
 * Expect this message at the first frame:
 *
 *	BUG: scheduling while atomic: ...
 *
 * With CONFIG_DEBUG_ATOMIC_SLEEP the kernel reports the mutex: "sleeping function called
 * from invalid context". On PREEMPT_RT the message is "Voluntary context switch within RCU
 * read-side critical section!". A stock kernel survives.
 */
#include <linux/delay.h>
#include <linux/mutex.h>

#include "bench_netdev.h"

struct xmit_sleeps {
	struct bench_netdev nd;
	struct mutex bus;		/* one transfer at a time */
};

/* Sends a frame over a slow bus, and sleeps. The device interrupts when it has the frame. */
static void xmit_sleeps_transfer(struct xmit_sleeps *x, struct sk_buff *skb)
{
	mutex_lock(&x->bus);
	usleep_range(20000, 30000);
	mutex_unlock(&x->bus);
	irq_line_raise(x->nd.bdev->line);
	dev_consume_skb_any(skb);
}

/* Called with BH disabled and the lock of the queue held. */
static netdev_tx_t xmit_sleeps_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct xmit_sleeps *x = netdev_priv(netdev);

	xmit_sleeps_transfer(x, skb);
	return NETDEV_TX_OK;
}

static int xmit_sleeps_open(struct net_device *netdev)
{
	netif_start_queue(netdev);
	return 0;
}

/* Process context: ndo_start_xmit is not called any more. */
static int xmit_sleeps_stop(struct net_device *netdev)
{
	return 0;
}

static const struct net_device_ops xmit_sleeps_ops = {
	.ndo_open	= xmit_sleeps_open,
	.ndo_stop	= xmit_sleeps_stop,
	.ndo_start_xmit	= xmit_sleeps_xmit,
};

static int xmit_sleeps_probe(struct bench_device *bdev)
{
	struct xmit_sleeps *x = bench_netdev_alloc(bdev, sizeof(*x), &xmit_sleeps_ops);

	if (!x)
		return -ENOMEM;
	mutex_init(&x->bus);
	return bench_netdev_register(&x->nd, bench_netdev_top);
}

static struct bench_driver xmit_sleeps_driver = {
	.probe = xmit_sleeps_probe,
	.remove = bench_netdev_remove,
	.command = { bench_netdev_send, 1, 500 },
	.breaks = "broken on purpose: the first frame makes ndo_start_xmit sleep",
};
module_bench_driver(xmit_sleeps_driver);

MODULE_DESCRIPTION("Broken on purpose: an ndo_start_xmit that sleeps");
MODULE_LICENSE("GPL");
