// SPDX-License-Identifier: GPL-2.0
/*
 * Transmitting: ndo_start_xmit posts descriptors, the NIC sends the packet, the poll takes
 * the descriptors back. Should the NIC want the packet brought to it by a DMA transfer
 * that has to be waited for, it goes through a worker: see tx_work.c.
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

/* They are empty: see napi_dummy_tx_drop_all(). */
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
 * Takes back up to @n descriptors that were sent, and returns how many. *bytes is for BQL,
 * which counts what the stack has sent, as it was when it came: XDP's frames are not part
 * of that. BH is disabled.
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
			/* Rule: with budget 0 no XDP. A later poll takes them. */
			if (!budget)
				break;
			napi_dummy_buf_free(&q->rings, slot->buf);
			slot->buf.page = NULL;
		} else {
			/* A piece of a packet whose last descriptor is still to come. */
			continue;
		}
		frames += slot->packets;
		frame_bytes += slot->bytes;
	}
	/* Their places are free when nothing looks at them any more. */
	nic_tx_pop(q->hw, i);
	napi_dummy_tx_account(q, frames, frame_bytes);
	return i;
}

static void napi_dummy_tx_drop(struct napi_dummy_queue *q, struct sk_buff *skb)
{
	napi_dummy_count(&q->tx_dropped);
	kfree_skb(skb);
}

/* Nothing transmits or completes now: what was not sent will not be. Process context. */
void napi_dummy_tx_drop_all(struct napi_dummy_queue *q)
{
	struct nic_queue *hw = q->hw;
	unsigned int bytes = 0;
	struct sk_buff *skb;

	if (q->rings.tx) {
		/* Those that were sent count as such. Any budget but 0, and BH disabled. */
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

/* What the NIC is asked to do to a packet, and how many frames that makes. */
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

/* A descriptor for each piece; the driver's part is at the last of them. */
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
		/* There is no NETIF_F_HIGHDMA, so the page has an address. */
		d->data = skb_frag_address(&shared->frags[i]);
		d->len = skb_frag_size(&shared->frags[i]);
	}
}

/*
 * The TX lock is held, by the core around ndo_start_xmit, by napi_dummy_tx_resume(), or
 * around XDP's frames: one writer of tx_head, one ringer of the doorbell.
 */
static netdev_tx_t napi_dummy_xmit_direct(struct napi_dummy_queue *q,
					  struct sk_buff *skb)
{
	struct netdev_queue *txq = napi_dummy_txq(q);
	unsigned int pieces = 1 + skb_shinfo(skb)->nr_frags;
	unsigned int len = skb->len;
	bool ring;

	if (unlikely(nic_tx_room(q->hw) < pieces)) {
		/* Woken without a look at the ring, as after a reset; or XDP was faster. */
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
	/* After the doorbell the packet belongs to the completion. */
	ring = __netdev_tx_sent_queue(txq, len, netdev_xmit_more());
	/*
	 * Stop before a packet comes that has no room: the core has none to keep it.
	 * Pairs with the barrier in netif_txq_completed_wake() (tx-stop.litmus).
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

	/* An Ethernet frame has a least length; frees the packet without memory. */
	if (unlikely(skb_put_padto(skb, ETH_ZLEN)))
		goto dropped;
	/* Of a length that the NIC has memory for, unless it cuts it up itself. */
	if (unlikely(skb->len > q->hw->rings.slot_len && !skb_is_gso(skb))) {
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

/* The NIC runs again: send what was posted or queued before. */
void napi_dummy_tx_resume(struct napi_dummy_queue *q)
{
	struct netdev_queue *txq = napi_dummy_txq(q);

	q->tx_losses = 0;
	__netif_tx_lock_bh(txq);
	nic_tx_doorbell(q->hw);
	txq_trans_cond_update(txq);
	__netif_tx_unlock_bh(txq);
	/* A worker of the strategy's own was kicked. */
	if (!q->adapter->strategy->xmit)
		queue_work(napi_dummy_wq, &q->tx_work);
}

/* XDP ----------------------------------------------------------------------- */

/**
 * napi_dummy_tx_buf() - post a frame that XDP sends back
 * @q: the queue that received it
 * @buf: the buffer it is in; the completion frees it
 * @data: the frame
 * @len: its length
 *
 * The queue is the stack's too, so the TX lock is taken. One packet of the stack always has
 * room left: XDP's frames are dropped first. napi_dummy_xdp_flush() rings the doorbell.
 *
 * Context: softirq; the poll.
 * Return: was it posted? If not, the buffer is the caller's still.
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
 * napi_dummy_tx_clean() - take back the descriptors of packets that were sent
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
	unsigned int bytes = 0;

	if (!n)
		return;
	n = napi_dummy_tx_take(q, n, budget, &bytes);
	if (!bytes)
		/*
		 * The room before a look whether the queue is stopped. BQL has this
		 * barrier, unless it has nothing to count, as after frames of XDP only
		 * (tx-stop.litmus).
		 */
		smp_mb();
	if (!netif_txq_completed_wake(napi_dummy_txq(q), n, bytes,
				      nic_tx_room(q->hw), napi_dummy_tx_low(q)))
		napi_dummy_count(&q->tx_wakes);
}
EXPORT_SYMBOL_GPL(napi_dummy_tx_clean);
