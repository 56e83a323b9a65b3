// SPDX-License-Identifier: GPL-2.0
/*
 * The module: how pairs of devices are created and deleted.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/rtnetlink.h>

#include "napi_dummy.h"

struct workqueue_struct *napi_dummy_wq;

/* Pairs ------------------------------------------------------------------- */

static struct rtnl_link_ops napi_dummy_link_ops;

/* Connects two registered devices by a wire. RTNL is held. */
static void napi_dummy_join(struct net_device *dev, struct net_device *peer)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	struct napi_dummy_adapter *b = netdev_priv(peer);

	nic_connect(a->nic, b->nic);
	rcu_assign_pointer(a->peer, peer);
	rcu_assign_pointer(b->peer, dev);
}

/*
 * Creates and registers a device with the module parameters. If @name is NULL, the kernel
 * chooses the name of the device.
 */
static struct net_device *napi_dummy_create(struct net *net, const char *name)
{
	struct net_device *dev;
	int err;

	dev = alloc_netdev_mqs(sizeof(struct napi_dummy_adapter), name ?: "nd%d",
			       name ? NET_NAME_USER : NET_NAME_ENUM,
			       napi_dummy_setup, NIC_QUEUES, NIC_QUEUES);
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

/*
 * The driver accepts the same attributes as veth. So a program that creates a veth pair and
 * names both ends can create this pair too.
 */
static const struct nla_policy napi_dummy_policy[VETH_INFO_MAX + 1] = {
	[VETH_INFO_PEER] = { .len = sizeof(struct ifinfomsg) },
};

/*
 * Reads the peer's name from VETH_INFO_PEER, which contains an ifinfomsg and attributes.
 * No attribute other than the name is allowed.
 */
static int napi_dummy_peer_name(const struct nlattr *peer, char *name,
				struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem;

	nla_for_each_attr(attr, nla_data(peer) + sizeof(struct ifinfomsg),
			  nla_len(peer) - (int)sizeof(struct ifinfomsg), rem) {
		if (nla_type(attr) != IFLA_IFNAME) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "of the peer only a name is accepted");
			return -EOPNOTSUPP;
		}
		if (nla_strscpy(name, attr, IFNAMSIZ) <= 0) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "peer: a name has 1 to 15 bytes");
			return -EINVAL;
		}
	}
	return 0;
}

/*
 * ip link add NAME type napi_dummy: creates NAME and a peer. The peer is created second.
 * Otherwise the kernel could choose the requested name for the peer.
 */
static int napi_dummy_newlink(RTNL_NEWLINK_ARGS)
{
	struct nlattr **attrs = RTNL_NEWLINK_DATA;
	char name[IFNAMSIZ] = "";
	struct net_device *peer;
	int err;

	if (attrs && attrs[VETH_INFO_PEER]) {
		err = napi_dummy_peer_name(attrs[VETH_INFO_PEER], name, extack);
		if (err)
			return err;
	}
	err = register_netdevice(dev);
	if (err)
		return err;
	peer = napi_dummy_create(dev_net(dev), *name ? name : NULL);
	if (IS_ERR(peer)) {
		NL_SET_ERR_MSG_MOD(extack, "the peer cannot be made");
		/*
		 * After an error the caller calls free_netdev(). But the device is still
		 * being unregistered then, so free_netdev() does not free it:
		 * netdev_run_todo() frees it later.
		 */
		unregister_netdevice(dev);
		return PTR_ERR(peer);
	}
	napi_dummy_join(dev, peer);
	return 0;
}

/*
 * Deleting either device deletes both. The core may call this for one device, and then for
 * the other.
 */
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
	.maxtype		= VETH_INFO_MAX,
	.policy			= napi_dummy_policy,
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

	dev = napi_dummy_create(&init_net, NULL);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	peer = napi_dummy_create(&init_net, NULL);
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

	err = napi_dummy_check_params();
	if (err)
		return err;
	/*
	 * This workqueue runs the work items that carry packets, and the refill work that
	 * these items wait for. WQ_PERCPU: an item runs on the CPU whose interrupt has
	 * queued it, because the data is in the cache of this CPU. WQ_MEM_RECLAIM: freeing
	 * memory may depend on our packets (swap over the network), so a packet must not
	 * wait until there is memory for a new worker. For the same reason, an item on this
	 * workqueue must not wait for anything that waits for our packets. So these items
	 * use GFP_NOIO. Items that take RTNL are on the system workqueue, because other
	 * holders of RTNL may wait for memory.
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
	for (i = 0; i < napi_dummy_pairs() && !err; i++)
		err = napi_dummy_create_pair();
	rtnl_unlock();
	if (err)
		goto err_link;
	return 0;

err_link:
	/* Deletes all pairs. */
	rtnl_link_unregister(&napi_dummy_link_ops);
err_wq:
	nic_exit();
	destroy_workqueue(napi_dummy_wq);
	return err;
}
module_init(napi_dummy_module_init);

static void __exit napi_dummy_module_exit(void)
{
	/* Deletes all our devices, in every namespace, and waits until the last one is gone. */
	rtnl_link_unregister(&napi_dummy_link_ops);
	nic_exit();
	/*
	 * No work item is left: queues and devices wait for their items before
	 * they are freed.
	 */
	destroy_workqueue(napi_dummy_wq);
}
module_exit(napi_dummy_module_exit);

MODULE_DESCRIPTION("Bottom halves: a network driver that uses every kind");
MODULE_LICENSE("GPL");
MODULE_ALIAS_RTNL_LINK(NAPI_DUMMY_KIND);
