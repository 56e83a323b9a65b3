// SPDX-License-Identifier: GPL-2.0
/*
 * Scaffolding: do not copy any of this into a driver.
 *
 * The lesson needs these things, but a network driver must not have them:
 *	module parameters	a parameter is for all devices and cannot be changed per
 *				device; use ethtool, devlink and netlink instead
 *	private flags		no tool knows what they mean; here they choose the strategy
 *	strategies		a driver has only one way to receive
 *	weight			netif_napi_add() sets the right one
 *	counters per queue	in `ethtool -S`: they belong in the netdev family of netlink
 *	                        (control/qstats.c), under names that all drivers share
 *
 * The debugfs files for faults (nic/debugfs.c) are scaffolding too.
 */
#include <linux/ethtool.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rtnetlink.h>

#include "napi_dummy.h"

/* Parameters -------------------------------------------------------------- */

static unsigned int pairs = 1;
module_param(pairs, uint, 0444);
MODULE_PARM_DESC(pairs, "pairs of devices to make at load (1)");

static unsigned int queues = 2;
module_param(queues, uint, 0444);
MODULE_PARM_DESC(queues, "queue pairs of a new device, 1 to 8 (2)");

static int napi_dummy_param_set_dma_ns(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 0, NIC_DMA_NS_MAX);
}

static const struct kernel_param_ops napi_dummy_dma_ns_ops = {
	.set = napi_dummy_param_set_dma_ns,
	.get = param_get_uint,
};

static unsigned int dma_ns = 20000;
module_param_cb(dma_ns, &napi_dummy_dma_ns_ops, &dma_ns, 0644);
MODULE_PARM_DESC(dma_ns, "DMA transfer time of a new device in ns, 0 to 1000000000 (20000)");

static char *strategy = "napi";
module_param(strategy, charp, 0444);
MODULE_PARM_DESC(strategy, "of a new device: napi (default), ring, workqueue, tasklet, threaded, netif_rx");

static bool tx_by_work;
module_param(tx_by_work, bool, 0444);
MODULE_PARM_DESC(tx_by_work, "a new device transmits through a worker (N)");

/* A weight above NAPI_POLL_WEIGHT is a bug in the driver, and the core logs it. */
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
MODULE_PARM_DESC(weight, "budget of each poll, 1 to 64 (64); read when a device comes up");

unsigned int napi_dummy_weight(void)
{
	return READ_ONCE(weight);
}

unsigned int napi_dummy_pairs(void)
{
	return pairs;
}

/* Strategies -------------------------------------------------------------- */

/*
 * Changed and read under RTNL. There are no gaps: all entries after the last strategy are
 * NULL.
 */
static const struct napi_dummy_strategy *strategies[NAPI_DUMMY_STRATEGIES] = {
	&napi_dummy_napi, &napi_dummy_ring, &napi_dummy_workqueue, &napi_dummy_tasklet,
	&napi_dummy_threaded, &napi_dummy_netif_rx,
};

/* The strategy that the module parameter names. */
static const struct napi_dummy_strategy *default_strategy = &napi_dummy_napi;

static unsigned int napi_dummy_strategy_count(void)
{
	unsigned int n = 0;

	while (n < NAPI_DUMMY_STRATEGIES && strategies[n])
		n++;
	return n;
}

/**
 * napi_dummy_register_strategy() - add a strategy
 * @s: the strategy
 *
 * Context: process, may sleep; takes RTNL.
 * Return: 0; -ENOSPC if there are too many strategies; -EINVAL if @s has only one of its two
 *	functions xmit() and tx_work().
 */
int napi_dummy_register_strategy(const struct napi_dummy_strategy *s)
{
	unsigned int n;
	int err = -ENOSPC;

	if (!s->xmit != !s->tx_work)
		return -EINVAL;
	rtnl_lock();
	n = napi_dummy_strategy_count();
	if (n < NAPI_DUMMY_STRATEGIES) {
		strategies[n] = s;
		err = 0;
	}
	rtnl_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(napi_dummy_register_strategy);

/**
 * napi_dummy_unregister_strategy() - remove a strategy
 * @s: the strategy; no device can be using it now, because a device holds a reference to the
 *     module of its strategy
 *
 * Context: process, may sleep; takes RTNL.
 */
void napi_dummy_unregister_strategy(const struct napi_dummy_strategy *s)
{
	unsigned int i, n;

	rtnl_lock();
	n = napi_dummy_strategy_count();
	for (i = 0; i < n && strategies[i] != s; i++)
		;
	for (; i < n; i++)
		strategies[i] = i + 1 < n ? strategies[i + 1] : NULL;
	rtnl_unlock();
}
EXPORT_SYMBOL_GPL(napi_dummy_unregister_strategy);

static int napi_dummy_find_default(void)
{
	unsigned int i;

	for (i = 0; i < napi_dummy_strategy_count(); i++) {
		if (!strcmp(strategies[i]->name, strategy)) {
			default_strategy = strategies[i];
			return 0;
		}
	}
	pr_err("napi_dummy: strategy=%s: must be napi, ring, workqueue, tasklet, threaded or netif_rx\n",
	       strategy);
	return -EINVAL;
}

/* Called at load. Returns 0, or -EINVAL and writes a message to the log. */
int napi_dummy_check_params(void)
{
	if (!queues || queues > NIC_QUEUES) {
		pr_err("napi_dummy: queues=%u: must be 1 to %d\n", queues, NIC_QUEUES);
		return -EINVAL;
	}
	return napi_dummy_find_default();
}

/* Sets the defaults of a new device. */
void napi_dummy_defaults(struct napi_dummy_adapter *a)
{
	/* The default strategy belongs to this module, so take no reference to its module. */
	a->strategy = default_strategy;
	a->tx_by_work = tx_by_work;
	a->num_queues = queues;
	a->dma_ns = dma_ns;
	a->rx_size = 256;
	a->tx_size = 256;
	a->moderation[NIC_RX].usecs = 32;
	a->moderation[NIC_RX].frames = 64;
	a->moderation[NIC_TX].usecs = 64;
	a->moderation[NIC_TX].frames = 64;
}

/* Private flags ----------------------------------------------------------- */

/* The flag "tx-work", and one flag per strategy. */
unsigned int napi_dummy_flag_count(void)
{
	return 1 + napi_dummy_strategy_count();
}

void napi_dummy_flag_strings(u8 **p)
{
	unsigned int i;

	ethtool_puts(p, "tx-work");
	for (i = 0; i < napi_dummy_strategy_count(); i++)
		ethtool_puts(p, strategies[i]->name);
}

u32 napi_dummy_get_priv_flags(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	u32 flags = a->tx_by_work;
	unsigned int i;

	for (i = 0; i < napi_dummy_strategy_count(); i++)
		if (strategies[i] == a->strategy)
			flags |= BIT(i + 1);
	return flags;
}

/*
 * RTNL held, device down. If an XDP program is attached, it stays attached, so the new
 * strategy must support XDP.
 */
static int napi_dummy_set_strategy(struct napi_dummy_adapter *a,
				   const struct napi_dummy_strategy *s)
{
	if (rcu_access_pointer(a->xdp_prog) && !s->xdp)
		return -EBUSY;
	if (!try_module_get(s->owner))
		return -ENODEV;
	module_put(a->strategy->owner);
	a->strategy = s;
	return 0;
}

/*
 * A request that switches on one strategy also switches off the strategy in use. A request
 * that only switches the strategy off is an error, because a device needs a strategy. An
 * ioctl may pass any bit, even bits without a meaning.
 */
int napi_dummy_set_priv_flags(struct net_device *dev, u32 flags)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	u32 old = napi_dummy_get_priv_flags(dev);
	u32 on = (flags & ~old) >> 1;
	int err;

	if (flags >> napi_dummy_flag_count())
		return -EINVAL;
	if (flags == old)
		return 0;
	if (a->running || netif_running(dev))
		return -EBUSY;
	if (on & (on - 1) || (!on && (flags >> 1) != (old >> 1)))
		return -EINVAL;
	if (flags & 1 && rcu_access_pointer(a->xdp_prog))
		return -EBUSY;
	if (on) {
		err = napi_dummy_set_strategy(a, strategies[ilog2(on)]);
		if (err)
			return err;
	}
	a->tx_by_work = flags & 1;
	/* Both flags together decide whether napi_dummy_xdp_set() accepts a program. */
	compat_set_xdp_features(dev, napi_dummy_xdp_features(a));
	/* The TX offloads depend on the flag "tx-work": see napi_dummy_fix_features(). */
	netdev_update_features(dev);
	return 0;
}

/* Counters ---------------------------------------------------------------- */

/* napi_dummy_queue_stats() writes the counters in this order. */
static const char * const napi_dummy_queue_format[] = {
	"rx%u_packets", "rx%u_bytes", "rx%u_dropped", "rx%u_missed",
	"rx%u_alloc_failed", "rx%u_refills", "tx%u_packets", "tx%u_bytes",
	"tx%u_dropped", "tx%u_stops", "tx%u_wakes", "q%u_irqs", "q%u_polls",
	"q%u_dma_lost", "rx%u_xdp_dropped", "rx%u_xdp_sent",
};

unsigned int napi_dummy_queue_stat_count(void)
{
	return ARRAY_SIZE(napi_dummy_queue_format);
}

void napi_dummy_queue_strings(u8 **p, unsigned int index)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(napi_dummy_queue_format); i++)
		ethtool_sprintf(p, napi_dummy_queue_format[i], index);
}

u64 *napi_dummy_queue_stats(const struct napi_dummy_queue *q, u64 *data)
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
	*data++ = READ_ONCE(q->xdp_dropped);
	*data++ = READ_ONCE(q->xdp_sent);
	return data;
}
