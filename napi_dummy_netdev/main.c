// SPDX-License-Identifier: GPL-2.0
/*
 * The module: pairs of devices, their making and deleting, and the strategies to
 * choose from.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/rtnetlink.h>

#include "napi_dummy.h"

static unsigned int pairs = 1;
module_param(pairs, uint, 0444);
MODULE_PARM_DESC(pairs, "pairs of devices to make at load (1)");

static unsigned int queues = 2;
module_param(queues, uint, 0444);
MODULE_PARM_DESC(queues, "queue pairs of a new device, 1 to 8 (2)");

static unsigned int dma_ns = 20000;
module_param(dma_ns, uint, 0644);
MODULE_PARM_DESC(dma_ns, "nanoseconds a DMA transfer of a new device takes (20000)");

static char *strategy = "napi";
module_param(strategy, charp, 0444);
MODULE_PARM_DESC(strategy, "of a new device: napi (default), workqueue, tasklet, threaded, netif_rx");

static bool tx_by_work;
module_param(tx_by_work, bool, 0444);
MODULE_PARM_DESC(tx_by_work, "a new device transmits through a worker (N)");

struct workqueue_struct *napi_dummy_wq;

/* Strategies -------------------------------------------------------------- */

/* Changed and read under RTNL. Without gaps: NULL after the last one. */
static const struct napi_dummy_strategy *strategies[NAPI_DUMMY_STRATEGIES] = {
	&napi_dummy_napi, &napi_dummy_workqueue, &napi_dummy_tasklet,
	&napi_dummy_threaded, &napi_dummy_netif_rx,
};

/* The one that the module parameter names. */
static const struct napi_dummy_strategy *default_strategy = &napi_dummy_napi;

unsigned int napi_dummy_strategy_count(void)
{
	unsigned int n = 0;

	while (n < NAPI_DUMMY_STRATEGIES && strategies[n])
		n++;
	return n;
}

const struct napi_dummy_strategy *napi_dummy_strategy_at(unsigned int i)
{
	return i < NAPI_DUMMY_STRATEGIES ? strategies[i] : NULL;
}

/**
 * napi_dummy_register_strategy() - one more to choose from
 * @s: the strategy
 *
 * Context: process, may sleep; takes RTNL.
 * Return: 0, -ENOSPC, or -EINVAL for half a transmitter.
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
 * napi_dummy_unregister_strategy() - take a strategy back
 * @s: the strategy; no device uses it, each that does holds its module
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

/* RTNL held, device down. */
int napi_dummy_set_strategy(struct napi_dummy_adapter *a,
			    const struct napi_dummy_strategy *s)
{
	if (!try_module_get(s->owner))
		return -ENODEV;
	module_put(a->strategy->owner);
	a->strategy = s;
	return 0;
}

static int napi_dummy_find_default(void)
{
	unsigned int i;

	for (i = 0; i < napi_dummy_strategy_count(); i++) {
		if (!strcmp(strategies[i]->name, strategy)) {
			default_strategy = strategies[i];
			return 0;
		}
	}
	pr_err("napi_dummy: no strategy \"%s\"\n", strategy);
	return -EINVAL;
}

/* For the setup of a new device. */
void napi_dummy_defaults(struct napi_dummy_adapter *a)
{
	/* One of our own; it needs no reference. */
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

/* Pairs ------------------------------------------------------------------- */

static struct rtnl_link_ops napi_dummy_link_ops;

/* Both are registered, RTNL held: plug in the wire. */
static void napi_dummy_join(struct net_device *dev, struct net_device *peer)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	struct napi_dummy_adapter *b = netdev_priv(peer);

	nic_connect(a->nic, b->nic);
	rcu_assign_pointer(a->peer, peer);
	rcu_assign_pointer(b->peer, dev);
}

/* A device of the same module parameters, named by the kernel; registered. */
static struct net_device *napi_dummy_create(struct net *net)
{
	struct net_device *dev;
	int err;

	dev = alloc_netdev_mqs(sizeof(struct napi_dummy_adapter), "nd%d",
			       NET_NAME_ENUM, napi_dummy_setup, NIC_QUEUES,
			       NIC_QUEUES);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	dev_net_set(dev, net);
	dev->rtnl_link_ops = &napi_dummy_link_ops;
	err = register_netdevice(dev);
	if (err) {
		free_netdev(dev);
		return ERR_PTR(err);
	}
	return dev;
}

static int napi_dummy_validate(struct nlattr *tb[], struct nlattr *data[],
			       struct netlink_ext_ack *extack)
{
	if (!tb[IFLA_ADDRESS])
		return 0;
	if (nla_len(tb[IFLA_ADDRESS]) != ETH_ALEN)
		return -EINVAL;
	return is_valid_ether_addr(nla_data(tb[IFLA_ADDRESS])) ? 0 :
								 -EADDRNOTAVAIL;
}

/* ip link add NAME type napi_dummy: NAME, and a peer named by the kernel. */
static int napi_dummy_newlink(RTNL_NEWLINK_ARGS)
{
	struct net_device *peer = napi_dummy_create(dev_net(dev));
	int err;

	if (IS_ERR(peer))
		return PTR_ERR(peer);
	err = register_netdevice(dev);
	if (err) {
		unregister_netdevice(peer);
		return err;
	}
	napi_dummy_join(dev, peer);
	return 0;
}

/* Whichever end is deleted, both go. May be called for both, one after the other. */
static void napi_dummy_dellink(struct net_device *dev, struct list_head *head)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	struct net_device *peer = rtnl_dereference(a->peer);

	RCU_INIT_POINTER(a->peer, NULL);
	unregister_netdevice_queue(dev, head);
	if (!peer)
		return;
	a = netdev_priv(peer);
	RCU_INIT_POINTER(a->peer, NULL);
	unregister_netdevice_queue(peer, head);
}

static unsigned int napi_dummy_get_num_queues(void)
{
	return NIC_QUEUES;
}

static struct rtnl_link_ops napi_dummy_link_ops = {
	.kind			= NAPI_DUMMY_KIND,
	.priv_size		= sizeof(struct napi_dummy_adapter),
	.setup			= napi_dummy_setup,
	.validate		= napi_dummy_validate,
	.newlink		= napi_dummy_newlink,
	.dellink		= napi_dummy_dellink,
	.get_num_tx_queues	= napi_dummy_get_num_queues,
	.get_num_rx_queues	= napi_dummy_get_num_queues,
	.get_link_net		= napi_dummy_get_link_net,
};

static int napi_dummy_create_pair(void)
{
	struct net_device *dev, *peer;

	dev = napi_dummy_create(&init_net);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	peer = napi_dummy_create(&init_net);
	if (IS_ERR(peer)) {
		unregister_netdevice(dev);
		return PTR_ERR(peer);
	}
	napi_dummy_join(dev, peer);
	return 0;
}

static int __init napi_dummy_module_init(void)
{
	unsigned int i;
	int err;

	if (!queues || queues > NIC_QUEUES) {
		pr_err("napi_dummy: queues: 1 to %d\n", NIC_QUEUES);
		return -EINVAL;
	}
	err = napi_dummy_find_default();
	if (err)
		return err;
	/*
	 * Per CPU: a worker runs where its interrupt did, near what is in the
	 * cache. MEM_RECLAIM: memory may be waiting for our packets (swap over
	 * the network), so not for memory to make a worker. Of our own, so that
	 * the exit can wait for what was queued.
	 */
	napi_dummy_wq = alloc_workqueue("napi_dummy",
					WQ_PERCPU | WQ_MEM_RECLAIM, 0);
	if (!napi_dummy_wq)
		return -ENOMEM;
	nic_init();
	err = rtnl_link_register(&napi_dummy_link_ops);
	if (err)
		goto err_wq;
	rtnl_lock();
	for (i = 0; i < pairs && !err; i++)
		err = napi_dummy_create_pair();
	rtnl_unlock();
	if (err)
		goto err_link;
	return 0;

err_link:
	/* Deletes the pairs there are. */
	rtnl_link_unregister(&napi_dummy_link_ops);
err_wq:
	nic_exit();
	destroy_workqueue(napi_dummy_wq);
	return err;
}
module_init(napi_dummy_module_init);

static void __exit napi_dummy_module_exit(void)
{
	/* Deletes all our devices, in every namespace, and waits for the last. */
	rtnl_link_unregister(&napi_dummy_link_ops);
	nic_exit();
	/* A work item may be at its last instruction, which is in our text. */
	destroy_workqueue(napi_dummy_wq);
}
module_exit(napi_dummy_module_exit);

MODULE_DESCRIPTION("Bottom halves: a network driver that chains them all");
MODULE_LICENSE("GPL");
MODULE_ALIAS_RTNL_LINK(NAPI_DUMMY_KIND);
