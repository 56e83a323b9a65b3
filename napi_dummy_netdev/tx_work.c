// SPDX-License-Identifier: GPL-2.0
/*
 * Transmitting through a worker: a DMA transfer must move the packet to the NIC,
 * and the driver must wait for it.
 *
 * ndo_start_xmit runs with BH disabled and the queue's TX lock held. So, like a poll, it
 * must not sleep. It queues the packet and the work, and stops the queue when too many
 * packets wait. The worker sleeps until the transfer has ended, and then wakes the queue.
 *
 * napi_dummy_fix_features() has switched the offloads off. So each packet is in one piece
 * and has its checksum.
 */
#include <linux/module.h>
#include <net/netdev_queues.h>

#include "napi_dummy.h"

/* The parts of such a worker ------------------------------------------------ */

/**
 * napi_dummy_tx_batch() - take packets for one transfer out of the backlog
 * @q: the queue
 * @batch: gets the packets, up to NIC_DMA_SEGS; only the caller uses it
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

/*
 * Counts a lost transfer. After three lost transfers in a row it resets the NIC, as
 * napi_dummy_dma_end() does. A transfer that a halt has aborted causes no reset.
 */
static void napi_dummy_tx_lost(struct napi_dummy_queue *q)
{
	napi_dummy_count(&q->tx_dma_lost);
	if (!READ_ONCE(q->hw->dma_tx.enabled))
		return;
	if (++q->tx_losses % NAPI_DUMMY_DMA_LOSSES == 0)
		schedule_work(&q->adapter->reset_work);
}

/**
 * napi_dummy_tx_transfer() - move packets to the NIC by DMA
 * @q: the queue; each queue has only one caller at a time
 * @batch: up to NIC_DMA_SEGS packets, which stay in the batch
 *
 * Context: process. It sleeps until the transfer has ended or failed.
 * Return: true if the packets are in the NIC's memory; false if the transfer was lost, or
 *  the NIC is halted.
 */
bool napi_dummy_tx_transfer(struct napi_dummy_queue *q,
			    struct sk_buff_head *batch)
{
	struct nic_dma *dma = &q->hw->dma_tx;
	u8 *to = q->hw->rings.staging;
	struct sk_buff *skb;

	skb_queue_walk(batch, skb) {
		nic_dma_add(dma, to, skb->data, skb->len);
		to += q->hw->rings.slot_len;
	}
	reinit_completion(&q->tx_done);
	if (nic_dma_start(dma))
		return false;
	wait_for_completion_timeout(&q->tx_done, NAPI_DUMMY_DMA_TIMEOUT);
	/* Abort a transfer that did not end in time. After the abort the status is final. */
	if (nic_dma_status(dma))
		nic_dma_abort(dma);
	if (!nic_dma_status(dma)) {
		q->tx_losses = 0;
		return true;
	}
	napi_dummy_tx_lost(q);
	return false;
}
EXPORT_SYMBOL_GPL(napi_dummy_tx_transfer);

/**
 * napi_dummy_tx_send() - make the NIC send the transferred packets
 * @q: the queue; napi_dummy_tx_transfer() was successful
 * @batch: the same packets; this function counts and frees them
 *
 * Context: process or softirq, the context that made the transfer.
 * Return: bytes that were sent.
 */
unsigned int napi_dummy_tx_send(struct napi_dummy_queue *q,
				struct sk_buff_head *batch)
{
	unsigned int packets = 0, bytes = 0;
	u8 *staged = q->hw->rings.staging;
	struct sk_buff *skb;

	/*
	 * BH is disabled because a softirq may read the statistics. There are no other
	 * transmitters to exclude, because only the queue's worker calls this function.
	 * (Since 6.18, disabling BH would not exclude them on PREEMPT_RT.)
	 */
	local_bh_disable();
	while ((skb = __skb_dequeue(batch))) {
		/*
		 * The time stamp is taken when the packet goes to the wire. A time stamp
		 * taken in ndo_start_xmit would be too early.
		 */
		skb_tx_timestamp(skb);
		nic_tx_send(q->hw, staged, skb->len);
		staged += q->hw->rings.slot_len;
		packets++;
		bytes += skb->len;
		consume_skb(skb);
	}
	napi_dummy_tx_account(q, packets, bytes);
	local_bh_enable();
	return bytes;
}
EXPORT_SYMBOL_GPL(napi_dummy_tx_send);

/* The worker, and the code that queues it ----------------------------------- */

/* How many more packets may be queued before the TX queue must stop. */
static int napi_dummy_tx_below(const struct napi_dummy_queue *q)
{
	return (int)q->adapter->tx_size - atomic_read(&q->tx_pending);
}

/* ndo_start_xmit. */
netdev_tx_t napi_dummy_xmit_work(struct napi_dummy_queue *q, struct sk_buff *skb)
{
	struct netdev_queue *txq = napi_dummy_txq(q);

	netdev_tx_sent_queue(txq, skb->len);
	atomic_inc(&q->tx_pending);
	skb_queue_tail(&q->backlog, skb);
	/*
	 * Count the packets, then check for room: pairs with napi_dummy_tx_complete()
	 * (tx-stop.litmus).
	 */
	if (!netif_txq_maybe_stop(txq, napi_dummy_tx_below(q), 1,
				  (int)napi_dummy_tx_low(q)))
		napi_dummy_count(&q->tx_stops);
	/*
	 * If the work is already queued, nothing more is needed: the worker empties the
	 * backlog.
	 */
	queue_work(napi_dummy_wq, &q->tx_work);
	return NETDEV_TX_OK;
}

/* The frames are in the NIC's memory, so the host's copy may be freed. */
static void napi_dummy_tx_complete(struct napi_dummy_queue *q,
				   struct sk_buff_head *batch)
{
	unsigned int packets = skb_queue_len(batch);
	unsigned int bytes;

	local_bh_disable();
	bytes = napi_dummy_tx_send(q, batch);
	atomic_sub(packets, &q->tx_pending);
	/*
	 * Count the packets, then check for a stopped queue: pairs with
	 * napi_dummy_xmit_work() (tx-stop.litmus).
	 */
	if (!netif_txq_completed_wake(napi_dummy_txq(q), packets, bytes,
				      napi_dummy_tx_below(q),
				      (int)napi_dummy_tx_low(q)))
		napi_dummy_count(&q->tx_wakes);
	local_bh_enable();
}

/* The worker: a task, so it may sleep. A work item never runs twice at the same time. */
void napi_dummy_tx_work(struct work_struct *work)
{
	struct napi_dummy_queue *q = from_work(q, work, tx_work);
	struct sk_buff_head batch;
	unsigned long flags;

	__skb_queue_head_init(&batch);
	for (;;) {
		napi_dummy_tx_batch(q, &batch);
		if (skb_queue_empty(&batch))
			return;
		if (napi_dummy_tx_transfer(q, &batch)) {
			napi_dummy_tx_complete(q, &batch);
			continue;
		}
		/*
		 * The packets were not sent. Put the packets back at the head of the
		 * backlog, in their order.
		 */
		spin_lock_irqsave(&q->backlog.lock, flags);
		skb_queue_splice_init(&batch, &q->backlog);
		spin_unlock_irqrestore(&q->backlog.lock, flags);
		/* The NIC is halted: resume() will queue this work. */
		if (READ_ONCE(q->hw->tx_halted))
			return;
	}
}
