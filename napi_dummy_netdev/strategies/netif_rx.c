// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy "netif_rx": receiving without NAPI, as before 2.6, for comparison.
 *
 *	hard IRQ: every frame becomes a packet, netif_rx
 *	softirq:  the kernel's own backlog NAPI (process_backlog) delivers
 *
 * Interrupts are never disabled, so there is one interrupt per frame. Under a flood the
 * CPU only handles these interrupts (receive livelock). After all this work netif_rx()
 * drops the frames, because its queue is full (net.core.netdev_max_backlog). There is no
 * budget, no GRO and no fairness.
 *
 *	what stops it			what makes it continue
 *	no memory for a frame		nothing stops: the frame is lost, and counted
 *	the NIC is halted		napi_dummy_resume() calls kick()
 */
#include <linux/etherdevice.h>
#include <net/netdev_queues.h>

#include "napi_dummy.h"

/* Hard interrupt context. genirq never runs this twice at the same time for one line. */
static void napi_dummy_netif_rx_receive(struct napi_dummy_queue *q)
{
	unsigned int packets = 0, bytes = 0;
	struct sk_buff *skb;

	while (nic_rx_count(q->hw)) {
		struct nic_frame frame = nic_rx_frame(q->hw, 0);

		/* Do not use page_pool, which is only for softirqs and tasks. */
		skb = NULL;
		if (!nic_fault_hits(&q->hw->nic->fail_alloc))
			skb = netdev_alloc_skb_ip_align(q->adapter->netdev,
							frame.len);
		if (!skb) {
			/* A hard interrupt cannot wait for memory: the frame is lost. */
			napi_dummy_count(&q->alloc_failed);
			napi_dummy_count(&q->rx_dropped);
			nic_rx_pop(q->hw, 1);
			continue;
		}
		skb_put_data(skb, frame.data, frame.len);
		nic_rx_pop(q->hw, 1);
		packets++;
		bytes += skb->len;
		skb_record_rx_queue(skb, q->index);
		if (frame.flags & NIC_RX_CSUM_OK &&
		    q->adapter->netdev->features & NETIF_F_RXCSUM)
			skb->ip_summed = CHECKSUM_UNNECESSARY;
		skb->protocol = eth_type_trans(skb, q->adapter->netdev);
		/* The stack itself counts the frames that it refuses: softnet_stat. */
		netif_rx(skb);
	}
	if (packets)
		napi_dummy_rx_account(q, packets, bytes);
}

static irqreturn_t napi_dummy_netif_rx_top(int irq, void *dev_id)
{
	struct napi_dummy_queue *q = dev_id;

	if (!nic_irq_cause(q->hw))
		return IRQ_NONE;
	napi_dummy_count(&q->irqs);
	/* Budget 0, because interrupts are off. NET_TX frees the packets later. */
	napi_dummy_tx_clean(q, 0);
	napi_dummy_netif_rx_receive(q);
	return IRQ_HANDLED;
}

static void napi_dummy_netif_rx_kick(struct napi_dummy_queue *q)
{
	nic_irq_on(q->hw, NIC_TX);
	nic_irq_on(q->hw, NIC_RX);
	/* Frames that are already there raise no interrupt. */
	nic_irq_trigger(q->hw, NIC_RX);
}

const struct napi_dummy_strategy napi_dummy_netif_rx = {
	.name		= "netif_rx",
	.top_half	= napi_dummy_netif_rx_top,
	.kick		= napi_dummy_netif_rx_kick,
};
