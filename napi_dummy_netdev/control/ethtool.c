// SPDX-License-Identifier: GPL-2.0
/*
 * What ethtool shows and sets. Everything here is called under RTNL. The private flags and
 * the counters per queue are in scaffold.c.
 */
#include <linux/ethtool.h>
#include <linux/log2.h>
#include <linux/rtnetlink.h>
#include <linux/stringify.h>

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
	struct napi_dummy_params params = napi_dummy_params(a);
	int err;

	/* The core has checked the maximum, and has refused all other kinds of rings. */
	if (ring->rx_pending < NIC_RING_MIN) {
		NL_SET_ERR_MSG_MOD(extack, "the RX ring must have at least "
				   __stringify(NIC_RING_MIN) " descriptors");
		return -EINVAL;
	}
	if (ring->tx_pending < NAPI_DUMMY_TX_MIN) {
		/*
		 * With 4 KiB pages, NAPI_DUMMY_TX_MIN is 32. The largest packet needs
		 * fewer descriptors.
		 */
		NL_SET_ERR_MSG_MOD(extack, "the TX ring must have at least 32 descriptors");
		return -EINVAL;
	}
	params.rx_size = roundup_pow_of_two(ring->rx_pending);
	params.tx_size = roundup_pow_of_two(ring->tx_pending);
	err = napi_dummy_change(a, &params, extack);
	if (!err && (params.rx_size != ring->rx_pending || params.tx_size != ring->tx_pending))
		NL_SET_ERR_MSG_MOD(extack, "rounded up: sizes are powers of two");
	return err;
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
	struct napi_dummy_params params = napi_dummy_params(a);

	/* The core has checked the maximum. */
	if (!ch->combined_count)
		return -EINVAL;
	params.queues = ch->combined_count;
	return napi_dummy_change(a, &params, NULL);
}

/* Interrupt moderation ---------------------------------------------------- */

/* A delay of more than 10 ms is of no use. */
#define NAPI_DUMMY_USECS_MAX	10000

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

	if (c->rx_coalesce_usecs > NAPI_DUMMY_USECS_MAX ||
	    c->tx_coalesce_usecs > NAPI_DUMMY_USECS_MAX) {
		NL_SET_ERR_MSG_MOD(extack, "usecs must be 0 to "
				   __stringify(NAPI_DUMMY_USECS_MAX));
		return -ERANGE;
	}
	/*
	 * If both were 0, there would be no interrupt at all
	 * (include/uapi/linux/ethtool.h).
	 */
	if ((!c->rx_coalesce_usecs && !c->rx_max_coalesced_frames) ||
	    (!c->tx_coalesce_usecs && !c->tx_max_coalesced_frames)) {
		NL_SET_ERR_MSG_MOD(extack, "usecs and frames are both 0: set at least one of them");
		return -EINVAL;
	}
	a->moderation[NIC_RX].usecs = c->rx_coalesce_usecs;
	a->moderation[NIC_RX].frames = c->rx_max_coalesced_frames;
	a->moderation[NIC_TX].usecs = c->tx_coalesce_usecs;
	a->moderation[NIC_TX].frames = c->tx_max_coalesced_frames;
	napi_dummy_set_moderation(a);
	return 0;
}

/* Statistics -------------------------------------------------------------- */

static const char * const napi_dummy_strings[] = {
	"peer_ifindex", "resets", "link_changes", "tx_timeouts", "tx_lost",
};

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
		       dev->real_num_rx_queues * napi_dummy_queue_stat_count();
	case ETH_SS_PRIV_FLAGS:
		return napi_dummy_flag_count();
	default:
		return -EOPNOTSUPP;
	}
}

static void napi_dummy_get_strings(struct net_device *dev, u32 sset, u8 *p)
{
	unsigned int i;

	switch (sset) {
	case ETH_SS_STATS:
		for (i = 0; i < ARRAY_SIZE(napi_dummy_strings); i++)
			ethtool_puts(&p, napi_dummy_strings[i]);
		for (i = 0; i < dev->real_num_rx_queues; i++)
			napi_dummy_queue_strings(&p, i);
		break;
	case ETH_SS_PRIV_FLAGS:
		napi_dummy_flag_strings(&p);
		break;
	}
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
