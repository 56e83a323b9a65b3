// SPDX-License-Identifier: GPL-2.0
/*
 * The net_device: open and stop, and what the core asks for.
 *
 * One net_device, up to eight NAPI instances. Once there was one: struct net_device
 * had the poll function, and a NIC with several queues registered a net_device of
 * its own for each, never seen by a user, just to have something to poll. Since
 * 2.6.24 a napi_struct stands for itself, one a queue, in the driver's own struct.
 * alloc_netdev_dummy() is what is left of the old way: NAPI wants some net_device,
 * and where several NICs share one set of rings, that is one for nothing else.
 */
#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/interrupt.h>
#include <linux/moduleparam.h>
#include <linux/rtnetlink.h>

#include "irq_line.h"
#include "napi_dummy.h"

/* More than NAPI_POLL_WEIGHT is a driver's bug, the core says so in the log. */
static int napi_dummy_param_set_weight(const char *val,
				       const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, NAPI_POLL_WEIGHT);
}

static const struct kernel_param_ops napi_dummy_weight_ops = {
	.set = napi_dummy_param_set_weight,
	.get = param_get_uint,
};

static unsigned int weight = NAPI_POLL_WEIGHT;
module_param_cb(weight, &napi_dummy_weight_ops, &weight, 0644);
MODULE_PARM_DESC(weight, "budget of each poll, 1 to 64 (64), of a device that comes up");

/* Two tags, as the stack may put them. */
static unsigned int napi_dummy_frame_len(unsigned int mtu)
{
	return mtu + ETH_HLEN + 2 * VLAN_HLEN;
}

/* The DMA controller's interrupt where somebody sleeps for it. */
static irqreturn_t napi_dummy_dma_done(int irq, void *dev_id)
{
	struct napi_dummy_queue *q = dev_id;
	unsigned int cause = nic_dma_cause(q->hw);

	if (!cause)
		return IRQ_NONE;
	if (cause & NIC_DMA_RX)
		complete(&q->rx_done);
	if (cause & NIC_DMA_TX)
		complete(&q->tx_done);
	return IRQ_HANDLED;
}

/* Interrupts -------------------------------------------------------------- */

/* Requested disabled: napi_dummy_resume() enables them. */
static int napi_dummy_request_irqs(struct napi_dummy_queue *q)
{
	const struct napi_dummy_strategy *s = q->adapter->strategy;
	unsigned int irq = irq_line_irq(q->hw->line);
	unsigned int dma_irq = irq_line_irq(q->hw->dma_line);
	unsigned int cpu = cpumask_local_spread(q->index, NUMA_NO_NODE);
	const char *name = q->adapter->netdev->name;
	int err;

	snprintf(q->irq_name, sizeof(q->irq_name), "%s-rx%u", name, q->index);
	err = request_threaded_irq(irq, s->top_half, s->thread, IRQF_NO_AUTOEN,
				   q->irq_name, q);
	if (err)
		return err;
	snprintf(q->dma_name, sizeof(q->dma_name), "%s-dma%u", name, q->index);
	err = request_irq(dma_irq, s->dma_done ?: napi_dummy_dma_done,
			  IRQF_NO_AUTOEN, q->dma_name, q);
	if (err) {
		free_irq(irq, q);
		return err;
	}
	/* A queue a CPU; user space may think otherwise. */
	irq_set_affinity_and_hint(irq, cpumask_of(cpu));
	irq_set_affinity_and_hint(dma_irq, cpumask_of(cpu));
	return 0;
}

static void napi_dummy_free_irqs(struct napi_dummy_queue *q)
{
	unsigned int irq = irq_line_irq(q->hw->line);
	unsigned int dma_irq = irq_line_irq(q->hw->dma_line);

	irq_update_affinity_hint(irq, NULL);
	irq_update_affinity_hint(dma_irq, NULL);
	free_irq(irq, q);
	free_irq(dma_irq, q);
}

/* Running and not --------------------------------------------------------- */

/**
 * napi_dummy_quiesce() - everything stands still; nothing is lost
 * @a: the adapter, running
 *
 * Context: process, RTNL held, may sleep.
 */
void napi_dummy_quiesce(struct napi_dummy_adapter *a)
{
	const struct napi_dummy_strategy *s = a->strategy;
	unsigned int i;

	/* The source first: no frame, no transfer, no interrupt from here on. */
	nic_halt(a->nic);
	for (i = 0; i < a->nic->num_queues; i++) {
		struct napi_dummy_queue *q = &a->queue[i];

		/* The transfers that somebody sleeps for will not end: wake him. */
		complete(&q->rx_done);
		complete(&q->tx_done);
		/* Waits for handlers, and for the thread of a threaded one. */
		disable_irq(irq_line_irq(q->hw->line));
		disable_irq(irq_line_irq(q->hw->dma_line));
		/*
		 * One that disable_irq() held back comes with enable_irq(). It
		 * must not tell of a transfer that was dealt with here.
		 */
		nic_dma_cause(q->hw);
		/* Waits until the poll has completed, and sees what it queued (refill.litmus). */
		if (s->poll)
			napi_disable(&q->napi);
		/*
		 * Only refill_work can still kick the strategy, and a kick on a
		 * halted NIC requests nothing. Hence: stop(), cancel refill_work,
		 * stop() again.
		 */
		if (s->stop)
			s->stop(q);
		cancel_work_sync(&q->refill_work);
		if (s->stop)
			s->stop(q);
		/* Wakes a queue at most once more; then no TX DMA is through. */
		cancel_work_sync(&q->tx_work);
	}
	/* Nobody is left to wake them. Waits for ndo_start_xmit. */
	netif_tx_disable(a->netdev);
	for (i = 0; i < a->nic->num_queues; i++)
		cancel_work_sync(&a->queue[i].tx_work);
	/*
	 * A poll that has completed may still be enabling its interrupts:
	 * napi_disable() waits for the ownership, not for the last instruction.
	 */
	synchronize_net();
}

/**
 * napi_dummy_resume() - and on it goes
 * @a: the adapter, quiescent
 *
 * Context: process, RTNL held.
 */
void napi_dummy_resume(struct napi_dummy_adapter *a)
{
	unsigned int i;

	/* The reverse: the bottom half, its interrupts, and the source last. */
	for (i = 0; i < a->nic->num_queues; i++) {
		struct napi_dummy_queue *q = &a->queue[i];

		/*
		 * A producer that was held back is kicked below. Were it held
		 * still, the poll would kick a second time, at any moment.
		 */
		clear_bit(NAPI_DUMMY_HELD, &q->state);
		if (a->strategy->poll)
			napi_enable(&q->napi);
		enable_irq(irq_line_irq(q->hw->dma_line));
		enable_irq(irq_line_irq(q->hw->line));
	}
	nic_resume(a->nic);
	for (i = 0; i < a->nic->num_queues; i++) {
		/* What is in the ring makes no interrupt by itself. */
		a->strategy->kick(&a->queue[i]);
		napi_dummy_tx_resume(&a->queue[i]);
	}
	/*
	 * All that netif_tx_disable() has stopped, those without a ring too: the
	 * watchdog looks at every one. A full one is stopped again by its xmit.
	 */
	netif_tx_wake_all_queues(a->netdev);
}

static void napi_dummy_queue_close(struct napi_dummy_queue *q)
{
	struct net_device *dev = q->adapter->netdev;

	napi_dummy_tx_free(q);
	if (q->adapter->strategy->poll) {
		netif_queue_set_napi(dev, q->index, NETDEV_QUEUE_TYPE_RX, NULL);
		netif_queue_set_napi(dev, q->index, NETDEV_QUEUE_TYPE_TX, NULL);
		/* Frees what GRO holds, pages of the pool: so before the pool. */
		netif_napi_del(&q->napi);
	}
	napi_dummy_rx_free(q);
}

static int napi_dummy_queue_open(struct napi_dummy_queue *q)
{
	const struct napi_dummy_strategy *s = q->adapter->strategy;
	struct net_device *dev = q->adapter->netdev;
	int err;

	q->state = 0;
	q->dma_frames = 0;
	/* Each time: the strategy before may have had a worker of its own. */
	INIT_WORK(&q->tx_work, s->tx_work ?: napi_dummy_tx_work);
	if (s->poll) {
		netif_napi_add_weight(dev, &q->napi, s->poll, READ_ONCE(weight));
		netif_napi_set_irq(&q->napi, irq_line_irq(q->hw->line));
		netif_queue_set_napi(dev, q->index, NETDEV_QUEUE_TYPE_RX, &q->napi);
		netif_queue_set_napi(dev, q->index, NETDEV_QUEUE_TYPE_TX, &q->napi);
	}
	err = napi_dummy_rx_alloc(q) ?: napi_dummy_tx_alloc(q);
	if (!err && s->start)
		err = s->start(q);
	if (err)
		goto err;
	err = napi_dummy_request_irqs(q);
	if (!err)
		return 0;
	if (s->stop)
		s->stop(q);
err:
	napi_dummy_queue_close(q);
	return err;
}

static void napi_dummy_close_queues(struct napi_dummy_adapter *a, unsigned int n)
{
	while (n--) {
		napi_dummy_free_irqs(&a->queue[n]);
		napi_dummy_queue_close(&a->queue[n]);
	}
}

void napi_dummy_set_moderation(struct napi_dummy_adapter *a)
{
	unsigned int i, cause;

	for (i = 0; i < a->nic->num_queues; i++)
		for (cause = 0; cause < NIC_CAUSES; cause++)
			nic_irq_moderate(&a->nic->queue[i], cause,
					 a->moderation[cause].usecs,
					 a->moderation[cause].frames);
}

int napi_dummy_open(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	unsigned int n;
	int err;

	if (!rtnl_dereference(a->peer))
		return -ENOTCONN;
	napi_dummy_set_moderation(a);
	err = nic_start(a->nic, a->rx_size, a->tx_size,
			napi_dummy_frame_len(dev->mtu));
	if (err)
		return err;
	for (n = 0; n < a->nic->num_queues; n++) {
		err = napi_dummy_queue_open(&a->queue[n]);
		if (err)
			goto err;
	}
	err = napi_dummy_request_event(a);
	if (err)
		goto err;

	a->running = true;
	napi_dummy_resume(a);
	queue_delayed_work(napi_dummy_wq, &a->watch_work, HZ / 2);
	return 0;

err:
	napi_dummy_close_queues(a, n);
	nic_stop(a->nic);
	return err;
}

int napi_dummy_stop(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);

	/* A restart may have failed to come up again. */
	if (!a->running)
		return 0;
	/* The reset work may be waiting for RTNL: it will find this false. */
	a->running = false;
	cancel_delayed_work_sync(&a->watch_work);
	napi_dummy_free_event(a);
	/* Source off, bottom halves killed; then interrupts, then memory. */
	napi_dummy_quiesce(a);
	netif_carrier_off(dev);
	napi_dummy_close_queues(a, a->nic->num_queues);
	nic_stop(a->nic);
	napi_dummy_read_counters(a);
	return 0;
}

/* What was changed wants new rings. RTNL held. */
int napi_dummy_restart(struct net_device *dev)
{
	int err = napi_dummy_open(dev);

	if (err)
		netdev_err(dev, "cannot come up again: %d; take it down and up\n",
			   err);
	return err;
}

/* What the core asks for -------------------------------------------------- */

static int napi_dummy_change_mtu(struct net_device *dev, int mtu)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	bool running = a->running;

	if (running)
		napi_dummy_stop(dev);
	WRITE_ONCE(dev->mtu, mtu);
	return running ? napi_dummy_restart(dev) : 0;
}

/* A consistent pair, on 32 bits too. */
void napi_dummy_read_stats(const struct napi_dummy_stats *stats, u64 *packets,
			   u64 *bytes)
{
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&stats->syncp);
		*packets = u64_stats_read(&stats->packets);
		*bytes = u64_stats_read(&stats->bytes);
	} while (u64_stats_fetch_retry(&stats->syncp, start));
}

static void napi_dummy_get_stats64(struct net_device *dev,
				   struct rtnl_link_stats64 *s)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	u64 packets, bytes;
	unsigned int i;

	/* All of them: packets of a queue that went are packets of the device. */
	for (i = 0; i < NIC_QUEUES; i++) {
		const struct napi_dummy_queue *q = &a->queue[i];

		napi_dummy_read_stats(&q->rx, &packets, &bytes);
		s->rx_packets += packets;
		s->rx_bytes += bytes;
		napi_dummy_read_stats(&q->tx, &packets, &bytes);
		s->tx_packets += packets;
		s->tx_bytes += bytes;
		s->rx_dropped += READ_ONCE(q->rx_dropped);
		s->tx_dropped += READ_ONCE(q->tx_dropped);
	}
	spin_lock_bh(&a->polled_lock);
	s->rx_missed_errors = a->polled.rx_missed + a->polled.rx_halted;
	s->rx_length_errors = a->polled.rx_too_long;
	s->rx_dropped += a->polled.rx_discarded;
	s->tx_carrier_errors = a->polled.tx_lost;
	spin_unlock_bh(&a->polled_lock);
	s->rx_errors = s->rx_length_errors;
	s->tx_errors = s->tx_carrier_errors;
}

static int napi_dummy_get_iflink(const struct net_device *dev)
{
	const struct napi_dummy_adapter *a = netdev_priv(dev);
	struct net_device *peer;
	int iflink;

	rcu_read_lock();
	peer = rcu_dereference(a->peer);
	iflink = peer ? READ_ONCE(peer->ifindex) : 0;
	rcu_read_unlock();
	return iflink;
}

/* The peer's namespace, in which the ifindex above counts. RTNL held. */
struct net *napi_dummy_get_link_net(const struct net_device *dev)
{
	const struct napi_dummy_adapter *a = netdev_priv(dev);
	struct net_device *peer = rtnl_dereference(a->peer);

	return dev_net(peer ?: dev);
}

/* The NIC is put in. Called by register_netdevice(), under RTNL. */
static int napi_dummy_init(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	unsigned int i;
	int err;

	/* ip link add numtxqueues 1 */
	a->num_queues = min3(a->num_queues, dev->num_tx_queues,
			     dev->num_rx_queues);
	a->nic = nic_create(a->num_queues, a->dma_ns);
	if (IS_ERR(a->nic)) {
		err = PTR_ERR(a->nic);
		a->nic = NULL;
		return err;
	}
	for (i = 0; i < NIC_QUEUES; i++)
		a->queue[i].hw = &a->nic->queue[i];
	err = netif_set_real_num_queues(dev, a->num_queues, a->num_queues);
	if (err) {
		nic_destroy(a->nic);
		a->nic = NULL;
		return err;
	}
	netif_carrier_off(dev);
	return 0;
}

/* And pulled out; the device is down. Under RTNL too. */
static void napi_dummy_uninit(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);

	nic_disconnect(a->nic);
	nic_destroy(a->nic);
	a->nic = NULL;
}

/*
 * Called by netdev_run_todo() without RTNL, when no reference to the device is left:
 * the only place that may wait for a work item that takes RTNL. If
 * register_netdevice() fails it is called with RTNL, but then no reset was asked for.
 */
static void napi_dummy_destructor(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);

	cancel_work_sync(&a->reset_work);
	module_put(a->strategy->owner);
}

static const struct net_device_ops napi_dummy_netdev_ops = {
	.ndo_init		= napi_dummy_init,
	.ndo_uninit		= napi_dummy_uninit,
	.ndo_open		= napi_dummy_open,
	.ndo_stop		= napi_dummy_stop,
	.ndo_start_xmit		= napi_dummy_xmit,
	.ndo_tx_timeout		= napi_dummy_tx_timeout,
	.ndo_get_stats64	= napi_dummy_get_stats64,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_change_mtu		= napi_dummy_change_mtu,
	.ndo_get_iflink		= napi_dummy_get_iflink,
};

static void napi_dummy_queue_setup(struct napi_dummy_adapter *a, unsigned int i)
{
	struct napi_dummy_queue *q = &a->queue[i];

	q->adapter = a;
	q->index = i;
	spin_lock_init(&q->stock_lock);
	skb_queue_head_init(&q->ready);
	skb_queue_head_init(&q->backlog);
	init_completion(&q->rx_done);
	init_completion(&q->tx_done);
	INIT_WORK(&q->refill_work, napi_dummy_refill);
	u64_stats_init(&q->rx.syncp);
	u64_stats_init(&q->tx.syncp);
}

/* rtnl_link_ops.setup: the private part is zero, nothing else is there yet. */
void napi_dummy_setup(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	unsigned int i;

	ether_setup(dev);
	eth_hw_addr_random(dev);
	dev->netdev_ops = &napi_dummy_netdev_ops;
	dev->ethtool_ops = &napi_dummy_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = napi_dummy_destructor;
	dev->min_mtu = NAPI_DUMMY_MIN_MTU;
	dev->max_mtu = NAPI_DUMMY_MAX_MTU;
	dev->watchdog_timeo = 2 * HZ;
	dev->features |= NETIF_F_HIGHDMA;
	/* A packet is kept until it was sent: it must not be somebody else's too. */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	compat_set_stat_ops(dev, &napi_dummy_stat_ops);

	a->netdev = dev;
	spin_lock_init(&a->polled_lock);
	INIT_WORK(&a->reset_work, napi_dummy_reset);
	INIT_DELAYED_WORK(&a->watch_work, napi_dummy_watch);
	for (i = 0; i < NIC_QUEUES; i++)
		napi_dummy_queue_setup(a, i);
	napi_dummy_defaults(a);
}
