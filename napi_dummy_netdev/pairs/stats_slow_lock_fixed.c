// SPDX-License-Identifier: GPL-2.0
/*
 * stats_slow_lock_fixed: ndo_get_stats64 takes a lock that is held only for a copy.
 *
 * The rule it keeps: hold a spinlock for a few instructions only. ndo_get_stats64 is
 * called with RTNL held, or in an RCU read-side critical section, whenever a program
 * reads the statistics. Make the slow transfer without the lock, into a separate copy. Take
 * the lock only to update the statistics from this copy.
 *
 * Expect no message, and every event handled.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "bench_netdev.h"

static ushort transfer_ms = 20;
module_param(transfer_ms, ushort, 0444);
MODULE_PARM_DESC(transfer_ms, "how long it takes to read the device's counters (20)");

struct stats_slow_lock {
	struct bench_netdev nd;
	struct work_struct work;
	struct completion begun;	/* a transfer has begun */
	spinlock_t lock;		/* protects @stats, which work item and readers use */
	struct rtnl_link_stats64 stats;
};

/*
 * A kworker: reads the device's counters, which takes a long time. Then the device
 * interrupts.
 */
static void stats_slow_lock_work(struct work_struct *work)
{
	struct stats_slow_lock *s = from_work(s, work, work);
	u64 packets;

	complete(&s->begun);
	msleep(transfer_ms);
	packets = s->stats.tx_packets + 1;
	spin_lock(&s->lock);
	s->stats.tx_packets = packets;
	spin_unlock(&s->lock);
	irq_line_raise(s->nd.bdev->line);
}

/* Called with RTNL held, or in an RCU read-side critical section. */
static void stats_slow_lock_get(struct net_device *netdev, struct rtnl_link_stats64 *stats)
{
	struct stats_slow_lock *s = netdev_priv(netdev);

	spin_lock(&s->lock);
	*stats = s->stats;
	spin_unlock(&s->lock);
}

static netdev_tx_t stats_slow_lock_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	dev_kfree_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops stats_slow_lock_ops = {
	.ndo_start_xmit		= stats_slow_lock_xmit,
	.ndo_get_stats64	= stats_slow_lock_get,
};

/* Process context: reads the statistics during a transfer on another CPU, @n times. */
static int stats_slow_lock_read(struct bench_device *bdev, unsigned int n)
{
	struct stats_slow_lock *s = dev_get_drvdata(&bdev->dev);
	unsigned int cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	struct rtnl_link_stats64 stats;

	while (n--) {
		/* If there is only one CPU, the work item runs on it. */
		queue_work_on(cpu < nr_cpu_ids ? cpu : WORK_CPU_UNBOUND, system_percpu_wq,
			      &s->work);
		wait_for_completion(&s->begun);
		rtnl_lock();
		dev_get_stats(s->nd.netdev, &stats);
		rtnl_unlock();
		flush_work(&s->work);
	}
	return 0;
}

static int stats_slow_lock_probe(struct bench_device *bdev)
{
	struct stats_slow_lock *s = bench_netdev_alloc(bdev, sizeof(*s), &stats_slow_lock_ops);

	if (!s)
		return -ENOMEM;
	INIT_WORK(&s->work, stats_slow_lock_work);
	init_completion(&s->begun);
	spin_lock_init(&s->lock);
	return bench_netdev_register(&s->nd, bench_netdev_top);
}

static struct bench_driver stats_slow_lock_driver = {
	.probe = stats_slow_lock_probe,
	/* Each command has waited for its work item, so no work item is left. */
	.remove = bench_netdev_remove,
	.command = { stats_slow_lock_read, 1, 100 },
};
module_bench_driver(stats_slow_lock_driver);

MODULE_DESCRIPTION("Fixed: a lock of ndo_get_stats64 held only for a copy");
MODULE_LICENSE("GPL");
