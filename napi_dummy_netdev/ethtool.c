// SPDX-License-Identifier: GPL-2.0
/*
 * What ethtool shows and sets. Everything here is called under RTNL.
 *
 * The private flags choose the strategy, while the device is down: one flag a
 * strategy, of which one is on, and "tx-work" for transmitting through a worker.
 */
#include <linux/ethtool.h>
#include <linux/log2.h>
#include <linux/rtnetlink.h>

#include "napi_dummy.h"

static void napi_dummy_get_drvinfo(struct net_device *dev,
				   struct ethtool_drvinfo *info)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);

	strscpy(info->driver, NAPI_DUMMY_KIND, sizeof(info->driver));
	strscpy(info->bus_info, a->nic->name, sizeof(info->bus_info));
}

static int napi_dummy_get_link_ksettings(struct net_device *dev,
					 struct ethtool_link_ksettings *cmd)
{
	cmd->base.speed = SPEED_10000;
	cmd->base.duplex = DUPLEX_FULL;
	cmd->base.port = PORT_OTHER;
	cmd->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

/* Rings ------------------------------------------------------------------- */

static void napi_dummy_get_ringparam(struct net_device *dev,
				     struct ethtool_ringparam *ring,
				     struct kernel_ethtool_ringparam *kring,
				     struct netlink_ext_ack *extack)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);

	ring->rx_max_pending = NIC_RING_MAX;
	ring->tx_max_pending = NIC_RING_MAX;
	ring->rx_pending = a->rx_size;
	ring->tx_pending = a->tx_size;
}

static int napi_dummy_set_ringparam(struct net_device *dev,
				    struct ethtool_ringparam *ring,
				    struct kernel_ethtool_ringparam *kring,
				    struct netlink_ext_ack *extack)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	bool running = a->running;

	if (ring->rx_mini_pending || ring->rx_jumbo_pending ||
	    ring->rx_pending < NIC_RING_MIN || ring->tx_pending < NIC_RING_MIN)
		return -EINVAL;
	if (running)
		napi_dummy_stop(dev);
	a->rx_size = roundup_pow_of_two(ring->rx_pending);
	a->tx_size = roundup_pow_of_two(ring->tx_pending);
	return running ? napi_dummy_restart(dev) : 0;
}

/* Channels ---------------------------------------------------------------- */

static void napi_dummy_get_channels(struct net_device *dev,
				    struct ethtool_channels *ch)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);

	ch->max_combined = min3(dev->num_tx_queues, dev->num_rx_queues,
				(unsigned int)NIC_QUEUES);
	ch->combined_count = a->nic->num_queues;
}

static int napi_dummy_set_channels(struct net_device *dev,
				   struct ethtool_channels *ch)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	unsigned int old = a->nic->num_queues;
	bool running = a->running;
	int err;

	/* The core has seen to the maximum. */
	if (!ch->combined_count)
		return -EINVAL;
	if (running)
		napi_dummy_stop(dev);
	err = nic_set_queues(a->nic, ch->combined_count);
	if (!err) {
		err = netif_set_real_num_queues(dev, ch->combined_count,
						ch->combined_count);
		/* Fewer lines than before always fit. */
		if (err)
			nic_set_queues(a->nic, min(old, ch->combined_count));
	}
	if (running)
		return napi_dummy_restart(dev) ?: err;
	return err;
}

/* Interrupt moderation ---------------------------------------------------- */

static int napi_dummy_get_coalesce(struct net_device *dev,
				   struct ethtool_coalesce *c,
				   struct kernel_ethtool_coalesce *kc,
				   struct netlink_ext_ack *extack)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);

	c->rx_coalesce_usecs = a->moderation[NIC_RX].usecs;
	c->rx_max_coalesced_frames = a->moderation[NIC_RX].frames;
	c->tx_coalesce_usecs = a->moderation[NIC_TX].usecs;
	c->tx_max_coalesced_frames = a->moderation[NIC_TX].frames;
	return 0;
}

static int napi_dummy_set_coalesce(struct net_device *dev,
				   struct ethtool_coalesce *c,
				   struct kernel_ethtool_coalesce *kc,
				   struct netlink_ext_ack *extack)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);

	/* A hundredth of a second is more than anybody wants to wait. */
	if (c->rx_coalesce_usecs > 10000 || c->tx_coalesce_usecs > 10000)
		return -ERANGE;
	a->moderation[NIC_RX].usecs = c->rx_coalesce_usecs;
	a->moderation[NIC_RX].frames = c->rx_max_coalesced_frames;
	a->moderation[NIC_TX].usecs = c->tx_coalesce_usecs;
	a->moderation[NIC_TX].frames = c->tx_max_coalesced_frames;
	napi_dummy_set_moderation(a);
	return 0;
}

/* Statistics -------------------------------------------------------------- */

/* In this order in napi_dummy_queue_stats(). */
static const char * const napi_dummy_queue_strings[] = {
	"rx%u_packets", "rx%u_bytes", "rx%u_dropped", "rx%u_missed",
	"rx%u_alloc_failed", "rx%u_refills", "tx%u_packets", "tx%u_bytes",
	"tx%u_dropped", "tx%u_stops", "tx%u_wakes", "q%u_irqs", "q%u_polls",
	"q%u_dma_lost",
};

static const char * const napi_dummy_strings[] = {
	"peer_ifindex", "resets", "link_changes", "tx_timeouts", "tx_lost",
};

#define NAPI_DUMMY_QUEUE_STATS	ARRAY_SIZE(napi_dummy_queue_strings)

static u64 *napi_dummy_queue_stats(const struct napi_dummy_queue *q, u64 *data)
{
	u64 packets, bytes;

	napi_dummy_read_stats(&q->rx, &packets, &bytes);
	*data++ = packets;
	*data++ = bytes;
	*data++ = READ_ONCE(q->rx_dropped);
	*data++ = READ_ONCE(q->hw->counters.rx_missed);
	*data++ = READ_ONCE(q->alloc_failed);
	*data++ = READ_ONCE(q->refills);
	napi_dummy_read_stats(&q->tx, &packets, &bytes);
	*data++ = packets;
	*data++ = bytes;
	*data++ = READ_ONCE(q->tx_dropped);
	*data++ = READ_ONCE(q->tx_stops);
	*data++ = READ_ONCE(q->tx_wakes);
	*data++ = READ_ONCE(q->irqs);
	*data++ = READ_ONCE(q->polls);
	*data++ = READ_ONCE(q->rx_dma_lost) + READ_ONCE(q->tx_dma_lost);
	return data;
}

static void napi_dummy_get_ethtool_stats(struct net_device *dev,
					 struct ethtool_stats *stats, u64 *data)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	struct net_device *peer = rtnl_dereference(a->peer);
	unsigned int i;

	napi_dummy_read_counters(a);
	*data++ = peer ? peer->ifindex : 0;
	*data++ = a->resets;
	*data++ = READ_ONCE(a->link_changes);
	*data++ = READ_ONCE(a->tx_timeouts);
	spin_lock_bh(&a->polled_lock);
	*data++ = a->polled.tx_lost;
	spin_unlock_bh(&a->polled_lock);
	for (i = 0; i < dev->real_num_rx_queues; i++)
		data = napi_dummy_queue_stats(&a->queue[i], data);
}

static int napi_dummy_get_sset_count(struct net_device *dev, int sset)
{
	switch (sset) {
	case ETH_SS_STATS:
		return ARRAY_SIZE(napi_dummy_strings) +
		       dev->real_num_rx_queues * NAPI_DUMMY_QUEUE_STATS;
	case ETH_SS_PRIV_FLAGS:
		return 1 + napi_dummy_strategy_count();
	default:
		return -EOPNOTSUPP;
	}
}

static void napi_dummy_get_strings(struct net_device *dev, u32 sset, u8 *p)
{
	unsigned int i, j;

	switch (sset) {
	case ETH_SS_STATS:
		for (j = 0; j < ARRAY_SIZE(napi_dummy_strings); j++)
			ethtool_puts(&p, napi_dummy_strings[j]);
		for (i = 0; i < dev->real_num_rx_queues; i++)
			for (j = 0; j < NAPI_DUMMY_QUEUE_STATS; j++)
				ethtool_sprintf(&p, napi_dummy_queue_strings[j], i);
		break;
	case ETH_SS_PRIV_FLAGS:
		ethtool_puts(&p, "tx-work");
		for (i = 0; i < napi_dummy_strategy_count(); i++)
			ethtool_puts(&p, napi_dummy_strategy_at(i)->name);
		break;
	}
}

/* Private flags ----------------------------------------------------------- */

static u32 napi_dummy_get_priv_flags(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	u32 flags = a->tx_by_work;
	unsigned int i;

	for (i = 0; i < napi_dummy_strategy_count(); i++)
		if (napi_dummy_strategy_at(i) == a->strategy)
			flags |= BIT(i + 1);
	return flags;
}

/* Switching a strategy on switches the other off; off alone means nothing. */
static int napi_dummy_set_priv_flags(struct net_device *dev, u32 flags)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	u32 old = napi_dummy_get_priv_flags(dev);
	u32 on = (flags & ~old) >> 1;
	int err;

	if (flags == old)
		return 0;
	if (a->running || netif_running(dev))
		return -EBUSY;
	if (on & (on - 1) || (!on && (flags >> 1) != (old >> 1)))
		return -EINVAL;
	if (on) {
		err = napi_dummy_set_strategy(a, napi_dummy_strategy_at(ilog2(on)));
		if (err)
			return err;
	}
	a->tx_by_work = flags & 1;
	return 0;
}

const struct ethtool_ops napi_dummy_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_USECS |
				     ETHTOOL_COALESCE_MAX_FRAMES,
	.get_drvinfo		= napi_dummy_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= napi_dummy_get_link_ksettings,
	.get_ts_info		= ethtool_op_get_ts_info,
	.get_ringparam		= napi_dummy_get_ringparam,
	.set_ringparam		= napi_dummy_set_ringparam,
	.get_channels		= napi_dummy_get_channels,
	.set_channels		= napi_dummy_set_channels,
	.get_coalesce		= napi_dummy_get_coalesce,
	.set_coalesce		= napi_dummy_set_coalesce,
	.get_sset_count		= napi_dummy_get_sset_count,
	.get_strings		= napi_dummy_get_strings,
	.get_ethtool_stats	= napi_dummy_get_ethtool_stats,
	.get_priv_flags		= napi_dummy_get_priv_flags,
	.set_priv_flags		= napi_dummy_set_priv_flags,
};
