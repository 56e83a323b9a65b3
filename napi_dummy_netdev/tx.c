// SPDX-License-Identifier: GPL-2.0
/*
 * Transmitting, in two ways. Directly: ndo_start_xmit posts a descriptor, the NIC
 * sends the frame, the poll takes the descriptor back. Or, should the NIC want the
 * frame brought to it by a DMA transfer that has to be waited for, through a worker:
 * see tx_work.c. What such a worker is made of is here.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/netdev_queues.h>

#include "napi_dummy.h"

#define NAPI_DUMMY_DMA_TIMEOUT	(HZ / 2)

int napi_dummy_tx_alloc(struct napi_dummy_queue *q)
{
	q->tx_skb = kvcalloc(q->adapter->tx_size, sizeof(*q->tx_skb), GFP_KERNEL);
	atomic_set(&q->tx_pending, 0);
	return q->tx_skb ? 0 : -ENOMEM;
}

static struct sk_buff **napi_dummy_tx_slot(struct napi_dummy_queue *q,
					   unsigned int index)
{
	return &q->tx_skb[index & (q->hw->tx_size - 1)];
}

static void napi_dummy_tx_account(struct napi_dummy_queue *q,
				  unsigned int packets, unsigned int bytes)
{
	u64_stats_update_begin(&q->tx.syncp);
	u64_stats_add(&q->tx.packets, packets);
	u64_stats_add(&q->tx.bytes, bytes);
	u64_stats_update_end(&q->tx.syncp);
}

/* Takes back @n descriptors that were sent. Bottom halves are off. */
static unsigned int napi_dummy_tx_take(struct napi_dummy_queue *q,
				       unsigned int n, int budget)
{
	unsigned int i, bytes = 0;
	struct sk_buff *skb;

	for (i = 0; i < n; i++) {
		skb = *napi_dummy_tx_slot(q, q->hw->tx_tail + i);
		bytes += skb->len;
		napi_consume_skb(skb, budget);
	}
	/* Their places are free when nobody looks at them any more. */
	nic_tx_pop(q->hw, n);
	napi_dummy_tx_account(q, n, bytes);
	return bytes;
}

static void napi_dummy_tx_drop(struct napi_dummy_queue *q, struct sk_buff *skb)
{
	napi_dummy_count(&q->tx_dropped);
	kfree_skb(skb);
}

/* Nobody transmits or completes any more: what was not sent will not be. */
void napi_dummy_tx_free(struct napi_dummy_queue *q)
{
	struct nic_queue *hw = q->hw;
	struct sk_buff *skb;

	if (q->tx_skb) {
		/* As a packet counts when it was sent; process context. */
		local_bh_disable();
		napi_dummy_tx_take(q, nic_tx_sent(hw), 0);
		local_bh_enable();
	}
	while (q->tx_skb && hw->tx_tail != hw->tx_head) {
		napi_dummy_tx_drop(q, *napi_dummy_tx_slot(q, hw->tx_tail));
		nic_tx_pop(hw, 1);
	}
	while ((skb = __skb_dequeue(&q->backlog)))
		napi_dummy_tx_drop(q, skb);
	atomic_set(&q->tx_pending, 0);
	netdev_tx_reset_queue(napi_dummy_txq(q));
	kvfree(q->tx_skb);
	q->tx_skb = NULL;
}

/* Direct ------------------------------------------------------------------ */

/*
 * The TX lock is held, by the core around ndo_start_xmit, or by
 * napi_dummy_tx_resume(): one writer of tx_head, one ringer of the doorbell.
 */
static netdev_tx_t napi_dummy_xmit_direct(struct napi_dummy_queue *q,
					  struct sk_buff *skb)
{
	struct netdev_queue *txq = napi_dummy_txq(q);
	unsigned int len = skb->len;
	bool ring;

	if (unlikely(!nic_tx_room(q->hw))) {
		/* Woken by somebody who did not look, as after a reset. */
		if (!netif_txq_try_stop(txq, nic_tx_room(q->hw),
					napi_dummy_tx_low(q))) {
			napi_dummy_count(&q->tx_stops);
			return NETDEV_TX_BUSY;
		}
	}

	*napi_dummy_tx_slot(q, q->hw->tx_head) = skb;
	skb_tx_timestamp(skb);
	nic_tx_post(q->hw, skb->data, len);
	/* After the doorbell the packet belongs to the completion. */
	ring = __netdev_tx_sent_queue(txq, len, netdev_xmit_more());
	/* Pairs with the barrier in netif_txq_completed_wake() (tx-stop.litmus). */
	if (!netif_txq_maybe_stop(txq, nic_tx_room(q->hw), 1,
				  napi_dummy_tx_low(q))) {
		napi_dummy_count(&q->tx_stops);
		ring = true;
	}
	if (ring)
		nic_tx_doorbell(q->hw);
	return NETDEV_TX_OK;
}

/**
 * napi_dummy_tx_clean() - take back the descriptors of frames that were sent
 * @q: the queue
 * @budget: of the poll; 0 tells that the caller is netpoll, with interrupts off
 *
 * There is no limit on these: they are cheap, and the ring limits them.
 *
 * Context: softirq, or netpoll; the poll, which is never run twice at a time.
 */
void napi_dummy_tx_clean(struct napi_dummy_queue *q, int budget)
{
	unsigned int n = nic_tx_sent(q->hw);
	unsigned int bytes;

	if (!n)
		return;
	bytes = napi_dummy_tx_take(q, n, budget);
	/* The tail first: pairs with netif_txq_maybe_stop() (tx-stop.litmus). */
	if (!netif_txq_completed_wake(napi_dummy_txq(q), n, bytes,
				      nic_tx_room(q->hw), napi_dummy_tx_low(q)))
		napi_dummy_count(&q->tx_wakes);
}
EXPORT_SYMBOL_GPL(napi_dummy_tx_clean);

/* What a worker is made of ------------------------------------------------ */

/**
 * napi_dummy_tx_batch() - take packets for one transfer out of the backlog
 * @q: the queue
 * @batch: where to, until NIC_DMA_SEGS are in it; of nobody but the caller
 *
 * Context: any but NMI.
 */
void napi_dummy_tx_batch(struct napi_dummy_queue *q, struct sk_buff_head *batch)
{
	struct sk_buff *skb;

	while (skb_queue_len(batch) < NIC_DMA_SEGS &&
	       (skb = skb_dequeue(&q->backlog)))
		__skb_queue_tail(batch, skb);
}
EXPORT_SYMBOL_GPL(napi_dummy_tx_batch);

/**
 * napi_dummy_tx_transfer() - bring packets to the NIC by DMA
 * @q: the queue; one caller at a time for each
 * @batch: up to NIC_DMA_SEGS of them; they stay in it
 *
 * Context: process. It sleeps until the transfer has ended, one way or another.
 * Return: are they there? If not, the transfer was lost, or the NIC is halted.
 */
bool napi_dummy_tx_transfer(struct napi_dummy_queue *q,
			    struct sk_buff_head *batch)
{
	struct nic_dma *dma = &q->hw->dma_tx;
	u8 *to = q->hw->staging;
	struct sk_buff *skb;

	skb_queue_walk(batch, skb) {
		nic_dma_add(dma, to, skb->data, skb->len);
		to += q->hw->nic->slot_len;
	}
	reinit_completion(&q->tx_done);
	if (nic_dma_start(dma))
		return false;
	wait_for_completion_timeout(&q->tx_done, NAPI_DUMMY_DMA_TIMEOUT);
	if (!nic_dma_status(dma))
		return true;
	/* Lost, or aborted by a halt; or through by a hair after all. */
	nic_dma_abort(dma);
	if (!nic_dma_status(dma))
		return true;
	napi_dummy_count(&q->tx_dma_lost);
	return false;
}
EXPORT_SYMBOL_GPL(napi_dummy_tx_transfer);

/**
 * napi_dummy_tx_send() - have the NIC send what was brought to it
 * @q: the queue; napi_dummy_tx_transfer() was successful
 * @batch: the same packets; they are counted and freed
 *
 * Context: process or softirq, by whoever made the transfer.
 * Return: bytes that were sent.
 */
unsigned int napi_dummy_tx_send(struct napi_dummy_queue *q,
				struct sk_buff_head *batch)
{
	unsigned int packets = 0, bytes = 0;
	u8 *staged = q->hw->staging;
	struct sk_buff *skb;

	/*
	 * Other transmitters are kept out by there being none: the queue's worker is the
	 * only caller. Bottom halves that are off would not do it on PREEMPT_RT since
	 * 6.18. They are off for the statistics, which a softirq may want to read.
	 */
	local_bh_disable();
	while ((skb = __skb_dequeue(batch))) {
		nic_tx_send(q->hw, staged, skb->len);
		staged += q->hw->nic->slot_len;
		packets++;
		bytes += skb->len;
		consume_skb(skb);
	}
	napi_dummy_tx_account(q, packets, bytes);
	local_bh_enable();
	return bytes;
}
EXPORT_SYMBOL_GPL(napi_dummy_tx_send);

/* ------------------------------------------------------------------------- */

/* The NIC runs again: send what was posted or queued before. */
void napi_dummy_tx_resume(struct napi_dummy_queue *q)
{
	struct netdev_queue *txq = napi_dummy_txq(q);

	__netif_tx_lock_bh(txq);
	nic_tx_doorbell(q->hw);
	txq_trans_cond_update(txq);
	__netif_tx_unlock_bh(txq);
	/* Who has a worker of his own was kicked. */
	if (!q->adapter->strategy->xmit)
		queue_work(napi_dummy_wq, &q->tx_work);
}

netdev_tx_t napi_dummy_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	struct napi_dummy_queue *q = &a->queue[skb_get_queue_mapping(skb)];

	/* An Ethernet frame has a least length; frees the packet without memory. */
	if (unlikely(skb_put_padto(skb, ETH_ZLEN)))
		goto dropped;
	/* In one piece, and of a length that the NIC has memory for. */
	if (unlikely(skb->len > a->nic->slot_len || skb_linearize(skb))) {
		dev_kfree_skb_any(skb);
		goto dropped;
	}
	if (!a->tx_by_work)
		return napi_dummy_xmit_direct(q, skb);
	return (a->strategy->xmit ?: napi_dummy_xmit_work)(q, skb);

dropped:
	napi_dummy_count(&q->tx_dropped);
	/* Of a bunch this was the last: those before it wait for the doorbell. */
	if (!netdev_xmit_more())
		nic_tx_doorbell(q->hw);
	return NETDEV_TX_OK;
}
