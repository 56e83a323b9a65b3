// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics per queue, through netlink (netdev family, qstats-get). Called
 * under RTNL. Kernels before 6.11 have fewer of these statistics or none, so this file is not
 * built for them.
 */
#include <net/netdev_queues.h>

#include "napi_dummy.h"

static void napi_dummy_qstats_rx(struct net_device *dev, int i,
				 struct netdev_queue_stats_rx *stats)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	struct napi_dummy_queue *q = &a->queue[i];

	napi_dummy_read_stats(&q->rx, &stats->packets, &stats->bytes);
	stats->alloc_fail = READ_ONCE(q->alloc_failed);
	stats->hw_drop_overruns = READ_ONCE(q->hw->counters.rx_missed);
}

static void napi_dummy_qstats_tx(struct net_device *dev, int i,
				 struct netdev_queue_stats_tx *stats)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	struct napi_dummy_queue *q = &a->queue[i];

	napi_dummy_read_stats(&q->tx, &stats->packets, &stats->bytes);
	stats->stop = READ_ONCE(q->tx_stops);
	stats->wake = READ_ONCE(q->tx_wakes);
}

/* The counts of the queues that are not in use now. */
static void napi_dummy_qstats_base(struct net_device *dev,
				   struct netdev_queue_stats_rx *rx,
				   struct netdev_queue_stats_tx *tx)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	u64 packets, bytes;
	unsigned int i;

	rx->packets = 0;
	rx->bytes = 0;
	rx->alloc_fail = 0;
	rx->hw_drop_overruns = 0;
	tx->packets = 0;
	tx->bytes = 0;
	tx->stop = 0;
	tx->wake = 0;
	for (i = dev->real_num_rx_queues; i < NIC_QUEUES; i++) {
		struct napi_dummy_queue *q = &a->queue[i];

		napi_dummy_read_stats(&q->rx, &packets, &bytes);
		rx->packets += packets;
		rx->bytes += bytes;
		rx->alloc_fail += READ_ONCE(q->alloc_failed);
		rx->hw_drop_overruns += READ_ONCE(q->hw->counters.rx_missed);
		napi_dummy_read_stats(&q->tx, &packets, &bytes);
		tx->packets += packets;
		tx->bytes += bytes;
		tx->stop += READ_ONCE(q->tx_stops);
		tx->wake += READ_ONCE(q->tx_wakes);
	}
}

const struct netdev_stat_ops napi_dummy_stat_ops = {
	.get_queue_stats_rx	= napi_dummy_qstats_rx,
	.get_queue_stats_tx	= napi_dummy_qstats_tx,
	.get_base_stats		= napi_dummy_qstats_base,
};
