// SPDX-License-Identifier: GPL-2.0
/*
 * Transmitting through a worker: the NIC wants the frame brought to it by a DMA
 * transfer that has to be waited for.
 *
 * ndo_start_xmit runs with bottom halves off and the queue's TX lock held: it may
 * not sleep any more than a poll may. So it queues the packet and the work, and
 * stops the queue when too many are waiting; the worker sleeps, and wakes the queue.
 */
#include <net/netdev_queues.h>

#include "napi_dummy.h"

/* Below the high-water mark by so much. */
static int napi_dummy_tx_below(const struct napi_dummy_queue *q)
{
	return (int)q->adapter->tx_size - atomic_read(&q->tx_pending);
}

/* ndo_start_xmit. */
netdev_tx_t napi_dummy_xmit_work(struct napi_dummy_queue *q, struct sk_buff *skb)
{
	struct netdev_queue *txq = napi_dummy_txq(q);

	skb_tx_timestamp(skb);
	netdev_tx_sent_queue(txq, skb->len);
	atomic_inc(&q->tx_pending);
	skb_queue_tail(&q->backlog, skb);
	/* After counting: pairs with napi_dummy_tx_complete() (tx-stop.litmus). */
	if (!netif_txq_maybe_stop(txq, napi_dummy_tx_below(q), 1,
				  (int)napi_dummy_tx_low(q)))
		napi_dummy_count(&q->tx_stops);
	/* Already queued is as good: the worker empties the backlog. */
	queue_work(napi_dummy_wq, &q->tx_work);
	return NETDEV_TX_OK;
}

/* The frames are in the NIC's memory, and the host's may go. */
static void napi_dummy_tx_complete(struct napi_dummy_queue *q,
				   struct sk_buff_head *batch)
{
	unsigned int packets = skb_queue_len(batch);
	unsigned int bytes;

	local_bh_disable();
	bytes = napi_dummy_tx_send(q, batch);
	atomic_sub(packets, &q->tx_pending);
	/* After counting: pairs with napi_dummy_xmit_work() (tx-stop.litmus). */
	if (!netif_txq_completed_wake(napi_dummy_txq(q), packets, bytes,
				      napi_dummy_tx_below(q),
				      (int)napi_dummy_tx_low(q)))
		napi_dummy_count(&q->tx_wakes);
	local_bh_enable();
}

/* The worker: a task, it may sleep. One at a time, that is what a work item is. */
void napi_dummy_tx_work(struct work_struct *work)
{
	struct napi_dummy_queue *q = container_of(work, struct napi_dummy_queue,
						  tx_work);
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
		/* Not sent: back to the head, in order. */
		spin_lock_irqsave(&q->backlog.lock, flags);
		skb_queue_splice_init(&batch, &q->backlog);
		spin_unlock_irqrestore(&q->backlog.lock, flags);
		/* The NIC stands still: whoever sets it going resumes us. */
		if (READ_ONCE(q->hw->tx_halted))
			return;
	}
}
