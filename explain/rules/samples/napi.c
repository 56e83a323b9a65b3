// SPDX-License-Identifier: GPL-2.0
/*
 * This file has mistakes that the rules of napi/ find and that no pair shows. At each
 * mistake a comment names the rule. The other code is correct. This file is never built.
 */
#include <linux/netdevice.h>

struct acme {
	struct napi_struct napi;
	struct net_device *netdev;
	struct work_struct work;
	struct mutex lock;		/* protects the address filter */
	struct sk_buff *skb;
};

static int acme_poll(struct napi_struct *napi, int budget)
{
	struct acme *acme = container_of(napi, struct acme, napi);
	int done = acme_receive(acme, budget);

	if (acme_failed(acme))
		napi_disable(&acme->napi);	/* lint: poll_disables_itself */
	if (done < budget && napi_complete_done(napi, done))
		acme_unmask(acme);
	return done;
}

static int acme_other_poll(struct napi_struct *napi, int budget)
{
	int done = acme_receive(napi, budget);

	if (done < budget) {
		napi_complete_done(napi, done);	/* lint: complete_ignored */
		acme_unmask(napi);
	}
	return done;
}

static int acme_last_poll(struct napi_struct *napi, int budget)
{
	int done = acme_receive(napi, budget);

	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

static void acme_work(struct work_struct *work)
{
	struct acme *acme = container_of(work, struct acme, work);

	napi_schedule(&acme->napi);	/* lint: napi_in_task */
}

static void acme_work_right(struct work_struct *work)
{
	struct acme *acme = container_of(work, struct acme, work);

	local_bh_disable();
	napi_schedule(&acme->napi);
	local_bh_enable();
}

static netdev_tx_t acme_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct acme *acme = netdev_priv(netdev);

	mutex_lock(&acme->lock);	/* lint: xmit_sleeps */
	acme_send(acme, skb);
	mutex_unlock(&acme->lock);
	return NETDEV_TX_OK;
}

static void acme_set_rx_mode(struct net_device *netdev)
{
	usleep_range(10, 20);		/* lint: xmit_sleeps */
}

static irqreturn_t acme_top(int irq, void *data)
{
	struct acme *acme = data;

	if (!acme_status(acme))
		return IRQ_NONE;
	kfree_skb(acme->skb);		/* lint: skb_freed_hard */
	napi_schedule(&acme->napi);
	return IRQ_HANDLED;
}

static int acme_open(struct net_device *netdev)
{
	struct acme *acme = netdev_priv(netdev);

	napi_enable(&acme->napi);
	return request_irq(netdev->irq, acme_top, 0, netdev->name, acme);
}

static int acme_stop(struct net_device *netdev)
{
	struct acme *acme = netdev_priv(netdev);

	free_irq(netdev->irq, acme);
	napi_disable(&acme->napi);
	cancel_work_sync(&acme->work);
	return 0;
}

static const struct net_device_ops acme_ops = {
	.ndo_open = acme_open,
	.ndo_stop = acme_stop,
	.ndo_start_xmit = acme_xmit,
	.ndo_set_rx_mode = acme_set_rx_mode,
};

static int acme_probe(struct platform_device *pdev)
{
	struct acme *acme = acme_alloc(pdev);

	netif_napi_add(acme->netdev, &acme->napi, acme_poll);
	netif_napi_add(acme->netdev, &acme->napi, acme_other_poll);
	netif_napi_add(acme->netdev, &acme->napi, acme_last_poll);
	INIT_WORK(&acme->work, acme_work);
	INIT_WORK(&acme->work, acme_work_right);
	return register_netdev(acme->netdev);
}
