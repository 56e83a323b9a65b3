// SPDX-License-Identifier: GPL-2.0
/*
 * tx_no_rewake_broken: the driver stops a transmit queue, but does not check for room once
 * more.
 *
 * The rule it breaks: ndo_start_xmit must check for room again after netif_stop_queue(). After
 * the first check, and before the stop, the device may send its last frame. Then the
 * device interrupts before the queue is stopped, and no later interrupt wakes the queue.
 *
 * Expect this message one second after each frame:
 *
 *	NETDEV WATCHDOG: ... transmit queue 0 timed out ...
 *
 * The kernel survives. ndo_tx_timeout wakes the queue, and one more frame is sent. On 6.12
 * with PREEMPT_RT there is no message: the IRQ thread waits until ndo_start_xmit has
 * returned.
 */
#include <net/netdev_queues.h>

#include "bench_netdev.h"

struct tx_no_rewake {
	struct bench_netdev nd;
	struct sk_buff *frame;		/* frame in the device, which has room for one */
};

/*
 * Returns how many frames the device has room for. If the device has no room, it sends its
 * frame now, at the worst moment.
 */
static int tx_no_rewake_room(struct tx_no_rewake *t)
{
	int room = !READ_ONCE(t->frame);

	if (!room)
		irq_line_raise(t->nd.bdev->line);
	return room;
}

/* Called with BH disabled and the lock of the queue held. */
static netdev_tx_t tx_no_rewake_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct tx_no_rewake *t = netdev_priv(netdev);

	if (cmpxchg(&t->frame, NULL, skb))
		return NETDEV_TX_BUSY;
	if (!tx_no_rewake_room(t))
		netif_stop_queue(netdev);
	return NETDEV_TX_OK;
}

/*
 * Called when the device has sent its frame. Hard interrupt context; on PREEMPT_RT, a
 * thread.
 */
static irqreturn_t tx_no_rewake_top(int irq, void *data)
{
	struct tx_no_rewake *t = data;
	unsigned int events = bench_read_events(t->nd.bdev);
	struct sk_buff *skb;

	if (!events)
		return IRQ_NONE;
	bench_run(t->nd.bdev);
	/* xchg() is a full barrier: first make room, then check the queue. */
	skb = xchg(&t->frame, NULL);
	if (skb)
		dev_consume_skb_any(skb);
	if (netif_queue_stopped(t->nd.netdev))
		netif_wake_queue(t->nd.netdev);
	bench_done(t->nd.bdev, events);
	return IRQ_HANDLED;
}

/* Softirq context: the queue has been stopped for watchdog_timeo. */
static void tx_no_rewake_timeout(struct net_device *netdev, unsigned int txqueue)
{
	struct tx_no_rewake *t = netdev_priv(netdev);
	struct sk_buff *skb = xchg(&t->frame, NULL);

	if (skb)
		dev_kfree_skb_any(skb);
	netif_wake_queue(netdev);
}

static int tx_no_rewake_open(struct net_device *netdev)
{
	netif_start_queue(netdev);
	return 0;
}

/* Process context: ndo_start_xmit is not called any more. */
static int tx_no_rewake_stop(struct net_device *netdev)
{
	struct tx_no_rewake *t = netdev_priv(netdev);

	dev_kfree_skb(xchg(&t->frame, NULL));
	return 0;
}

static const struct net_device_ops tx_no_rewake_ops = {
	.ndo_open	= tx_no_rewake_open,
	.ndo_stop	= tx_no_rewake_stop,
	.ndo_start_xmit	= tx_no_rewake_xmit,
	.ndo_tx_timeout	= tx_no_rewake_timeout,
};

static int tx_no_rewake_probe(struct bench_device *bdev)
{
	struct tx_no_rewake *t = bench_netdev_alloc(bdev, sizeof(*t), &tx_no_rewake_ops);

	if (!t)
		return -ENOMEM;
	t->nd.netdev->watchdog_timeo = HZ;
	return bench_netdev_register(&t->nd, tx_no_rewake_top);
}

static struct bench_driver tx_no_rewake_driver = {
	.probe = tx_no_rewake_probe,
	.remove = bench_netdev_remove,
	.command = { bench_netdev_send, 1, 1000 },
	.breaks = "broken on purpose: a frame that is sent stops the transmit queue",
};
module_bench_driver(tx_no_rewake_driver);

MODULE_DESCRIPTION("Broken on purpose: a transmit queue stopped without a second check for room");
MODULE_LICENSE("GPL");
