// SPDX-License-Identifier: GPL-2.0
/*
 * Transmitting: ndo_start_xmit posts descriptors, the NIC sends the packet, and the poll
 * takes the descriptors back. If a DMA transfer must move the packet to the NIC, and the
 * driver must wait for it, a worker transmits: see tx_work.c.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/netdev_queues.h>

#include "napi_dummy.h"

int napi_dummy_tx_alloc(struct napi_dummy_rings *r)
{
	r->tx = kvcalloc(r->nic.tx_size, sizeof(*r->tx), GFP_KERNEL);
	return r->tx ? 0 : -ENOMEM;
}

/* The slots are empty: see napi_dummy_tx_drop_all(). */
void napi_dummy_tx_free(struct napi_dummy_rings *r)
{
	kvfree(r->tx);
	r->tx = NULL;
}

static struct napi_dummy_tx_slot *napi_dummy_tx_slot(struct napi_dummy_queue *q,
						     unsigned int index)
{
	return &q->rings.tx[index & (q->hw->rings.tx_size - 1)];
}

void napi_dummy_tx_account(struct napi_dummy_queue *q, unsigned int packets,
			   unsigned int bytes)
{
	u64_stats_update_begin(&q->tx.syncp);
	u64_stats_add(&q->tx.packets, packets);
	u64_stats_add(&q->tx.bytes, bytes);
	u64_stats_update_end(&q->tx.syncp);
}

/*
 * Takes back up to @n descriptors that have been sent, and returns their number. Adds the
 * lengths (skb->len) of the stack's packets to *bytes, for BQL. The frames of XDP are not
 * included. BH is disabled.
 */
static unsigned int napi_dummy_tx_take(struct napi_dummy_queue *q, unsigned int n,
				       int budget, unsigned int *bytes)
{
	unsigned int i, frames = 0, frame_bytes = 0;

	for (i = 0; i < n; i++) {
		struct napi_dummy_tx_slot *slot = napi_dummy_tx_slot(q, q->hw->tx_tail + i);

		if (slot->skb) {
			*bytes += slot->skb->len;
			napi_consume_skb(slot->skb, budget);
			slot->skb = NULL;
		} else if (slot->buf.page) {
			/*
			 * Rule: with budget 0, do not touch XDP frames. A later poll frees
			 * these frames.
			 */
			if (!budget)
				break;
			napi_dummy_buf_free(&q->rings, slot->buf);
			slot->buf.page = NULL;
		} else {
			/*
			 * This piece is not the last of its packet. The data is in the
			 * slot of the last piece.
			 */
			continue;
		}
		frames += slot->packets;
		frame_bytes += slot->bytes;
	}
	/* Free the descriptors last, when no code uses them any more. */
	nic_tx_pop(q->hw, i);
	napi_dummy_tx_account(q, frames, frame_bytes);
	return i;
}

static void napi_dummy_tx_drop(struct napi_dummy_queue *q, struct sk_buff *skb)
{
	napi_dummy_count(&q->tx_dropped);
	kfree_skb(skb);
}

/*
 * Drops the packets that were not sent. No other code transmits or completes. Process
 * context.
 */
void napi_dummy_tx_drop_all(struct napi_dummy_queue *q)
{
	struct nic_queue *hw = q->hw;
	unsigned int bytes = 0;
	struct sk_buff *skb;

	if (q->rings.tx) {
		/*
		 * First take back the packets that have been sent, so that they are counted
		 * as sent. The budget must not be 0, and BH must be disabled.
		 */
		local_bh_disable();
		napi_dummy_tx_take(q, nic_tx_sent(hw), 1, &bytes);
		local_bh_enable();
	}
	for (; q->rings.tx && hw->tx_tail != hw->tx_head; nic_tx_pop(hw, 1)) {
		struct napi_dummy_tx_slot *slot = napi_dummy_tx_slot(q, hw->tx_tail);

		if (slot->skb)
			napi_dummy_tx_drop(q, slot->skb);
		if (slot->buf.page) {
			napi_dummy_count(&q->tx_dropped);
			napi_dummy_buf_free(&q->rings, slot->buf);
		}
	}
	while ((skb = __skb_dequeue(&q->backlog)))
		napi_dummy_tx_drop(q, skb);
	atomic_set(&q->tx_pending, 0);
	netdev_tx_reset_queue(napi_dummy_txq(q));
}

/* The stack ----------------------------------------------------------------- */

/* Sets the offloads for a packet, and computes the number of frames. */
static unsigned int napi_dummy_tx_offload(const struct sk_buff *skb,
					  struct nic_offload *off)
{
	*off = (struct nic_offload) {};
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return 1;
	off->csum_start = skb_checksum_start_offset(skb);
	off->csum_offset = skb->csum_offset;
	if (!skb_is_gso(skb))
		return 1;
	off->mss = skb_shinfo(skb)->gso_size;
	off->network = skb_network_offset(skb);
	off->transport = skb_transport_offset(skb);
	off->header = skb_tcp_all_headers(skb);
	return max(DIV_ROUND_UP(skb->len - off->header, off->mss), 1U);
}

/* Fills one descriptor per piece. The driver's data is in the slot of the last descriptor. */
static void napi_dummy_tx_fill(struct napi_dummy_queue *q, struct sk_buff *skb)
{
	const struct skb_shared_info *shared = skb_shinfo(skb);
	struct nic_tx_desc *d = nic_tx_desc(q->hw, 0);
	struct napi_dummy_tx_slot *slot =
		napi_dummy_tx_slot(q, q->hw->tx_head + shared->nr_frags);
	unsigned int i;

	slot->skb = skb;
	slot->packets = napi_dummy_tx_offload(skb, &d->offload);
	/* The NIC repeats the header in each frame. */
	slot->bytes = skb->len + (slot->packets - 1) * d->offload.header;
	d->data = skb->data;
	d->len = skb_headlen(skb);
	for (i = 0; i < shared->nr_frags; i++) {
		d = nic_tx_desc(q->hw, i + 1);
		/* There is no NETIF_F_HIGHDMA, so the page has a kernel address. */
		d->data = skb_frag_address(&shared->frags[i]);
		d->len = skb_frag_size(&shared->frags[i]);
	}
}

/*
 * The core holds the TX lock around ndo_start_xmit. napi_dummy_tx_resume() and the code for
 * XDP's frames take this lock too. So only one context at a time writes tx_head and the
 * doorbell.
 */
static netdev_tx_t napi_dummy_xmit_direct(struct napi_dummy_queue *q,
					  struct sk_buff *skb)
{
	struct netdev_queue *txq = napi_dummy_txq(q);
	unsigned int pieces = 1 + skb_shinfo(skb)->nr_frags;
	unsigned int len = skb->len;
	bool ring;

	if (unlikely(nic_tx_room(q->hw) < pieces)) {
		/*
		 * The queue was woken although the ring was full (as after a reset), or XDP
		 * has filled the ring.
		 */
		if (!netif_txq_try_stop(txq, nic_tx_room(q->hw),
					napi_dummy_tx_low(q))) {
			napi_dummy_count(&q->tx_stops);
			nic_tx_doorbell(q->hw);
			return NETDEV_TX_BUSY;
		}
	}

	napi_dummy_tx_fill(q, skb);
	skb_tx_timestamp(skb);
	nic_tx_post(q->hw, pieces);
	/* After the doorbell the completion owns the packet. */
	ring = __netdev_tx_sent_queue(txq, len, netdev_xmit_more());
	/*
	 * Stop the queue as soon as the ring has no room for the largest packet. Pairs with
	 * the barrier in netif_txq_completed_wake() (tx-stop.litmus).
	 */
	if (!netif_txq_maybe_stop(txq, nic_tx_room(q->hw), NAPI_DUMMY_TX_NEED,
				  napi_dummy_tx_low(q))) {
		napi_dummy_count(&q->tx_stops);
		ring = true;
	}
	if (ring)
		nic_tx_doorbell(q->hw);
	return NETDEV_TX_OK;
}

netdev_tx_t napi_dummy_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	struct napi_dummy_queue *q = &a->queue[skb_get_queue_mapping(skb)];

	/*
	 * An Ethernet frame has a minimum length. If there is no memory, skb_put_padto()
	 * frees the packet.
	 */
	if (unlikely(skb_put_padto(skb, ETH_ZLEN)))
		goto dropped;
	/* The packet must fit into the NIC's memory for one frame, unless the NIC splits it. */
	if (unlikely(skb->len > q->hw->rings.slot_len && !skb_is_gso(skb))) {
		dev_kfree_skb_any(skb);
		goto dropped;
	}
	if (!a->tx_by_work)
		return napi_dummy_xmit_direct(q, skb);
	return (a->strategy->xmit ?: napi_dummy_xmit_work)(q, skb);

dropped:
	napi_dummy_count(&q->tx_dropped);
	/*
	 * This was the last packet of a batch. The packets before it still wait for the
	 * doorbell.
	 */
	if (!netdev_xmit_more())
		nic_tx_doorbell(q->hw);
	return NETDEV_TX_OK;
}

/* The NIC runs again. Send the packets that were posted or queued before. */
void napi_dummy_tx_resume(struct napi_dummy_queue *q)
{
	struct netdev_queue *txq = napi_dummy_txq(q);

	q->tx_losses = 0;
	__netif_tx_lock_bh(txq);
	nic_tx_doorbell(q->hw);
	txq_trans_cond_update(txq);
	__netif_tx_unlock_bh(txq);
	/* If the strategy has its own worker, kick() has queued it. */
	if (!q->adapter->strategy->xmit)
		queue_work(napi_dummy_wq, &q->tx_work);
}

/* XDP ----------------------------------------------------------------------- */

/**
 * napi_dummy_tx_buf() - post a frame that XDP sends back
 * @q: the queue that received the frame
 * @buf: the buffer that contains the frame; the completion frees it
 * @data: the frame
 * @len: its length
 *
 * The stack uses the queue too, so this function takes the TX lock. It always leaves room for
 * one packet of the stack: if only this room is left, it does not post XDP's frame.
 * napi_dummy_xdp_flush() rings the doorbell.
 *
 * Context: softirq; the poll.
 * Return: true if the frame was posted. Otherwise the buffer stays with the caller.
 */
bool napi_dummy_tx_buf(struct napi_dummy_queue *q, struct napi_dummy_buf buf,
		       const void *data, unsigned int len)
{
	struct netdev_queue *txq = napi_dummy_txq(q);
	struct nic_tx_desc *d;
	bool room;

	__netif_tx_lock(txq, smp_processor_id());
	room = nic_tx_room(q->hw) > NAPI_DUMMY_TX_NEED;
	if (room) {
		*napi_dummy_tx_slot(q, q->hw->tx_head) = (struct napi_dummy_tx_slot) {
			.buf = buf, .packets = 1, .bytes = len,
		};
		d = nic_tx_desc(q->hw, 0);
		*d = (struct nic_tx_desc) { .data = data, .len = len };
		nic_tx_post(q->hw, 1);
	}
	__netif_tx_unlock(txq);
	return room;
}

/* Completion ---------------------------------------------------------------- */

/**
 * napi_dummy_tx_clean() - take back the descriptors of packets that have been
 * sent
 * @q: the queue
 * @budget: budget of the poll; 0 means that the caller is netpoll, with
 *  interrupts off
 *
 * The budget does not limit how many descriptors this function takes back: this is cheap, and
 * there are never more descriptors than the ring has.
 *
 * Context: the poll (softirq or netpoll), which never runs twice at the same
 *  time.
 */
void napi_dummy_tx_clean(struct napi_dummy_queue *q, int budget)
{
	unsigned int n = nic_tx_sent(q->hw);
	unsigned int bytes = 0;

	if (!n)
		return;
	n = napi_dummy_tx_take(q, n, budget, &bytes);
	if (!bytes)
		/*
		 * Make room before checking whether the queue is stopped. BQL contains this
		 * barrier. But if only XDP frames were sent, BQL has nothing to count and skips
		 * the barrier (tx-stop.litmus).
		 */
		smp_mb();
	if (!netif_txq_completed_wake(napi_dummy_txq(q), n, bytes,
				      nic_tx_room(q->hw), napi_dummy_tx_low(q)))
		napi_dummy_count(&q->tx_wakes);
}
EXPORT_SYMBOL_GPL(napi_dummy_tx_clean);
