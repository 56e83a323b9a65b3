// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving: what the strategies have in common. Buffers, the copy out of the
 * NIC by CPU and by DMA, delivery.
 */
#include <linux/etherdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

#define COMPAT_PAGE_POOL
#include "napi_dummy.h"

#define NAPI_DUMMY_HEADROOM	(NET_SKB_PAD + NET_IP_ALIGN)
#define NAPI_DUMMY_DMA_TIMEOUT	(HZ / 2)

/* Buffers ----------------------------------------------------------------- */

/*
 * A page_pool has no lock: one context takes pages out of it, for each strategy
 * another (poll, worker, tasklet, IRQ thread). Putting back is safe from anywhere.
 * With .napi the stack puts a page straight back into the taker's cache, which
 * is only right where the taker is the poll.
 */
int napi_dummy_rx_alloc(struct napi_dummy_queue *q)
{
	unsigned int size = NAPI_DUMMY_HEADROOM + q->hw->nic->slot_len +
			    SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct page_pool_params params = {
		.order = get_order(size),
		.pool_size = q->adapter->rx_size,
		.nid = NUMA_NO_NODE,
	};

	if (q->adapter->strategy->pool_in_poll)
		compat_set_page_pool_napi(&params, &q->napi);
	q->order = params.order;
	q->pool = page_pool_create(&params);
	if (IS_ERR(q->pool)) {
		int err = PTR_ERR(q->pool);

		q->pool = NULL;
		return err;
	}
	return 0;
}

static void napi_dummy_buf_free(struct napi_dummy_queue *q,
				struct napi_dummy_buf buf)
{
	if (buf.pooled)
		page_pool_put_full_page(q->pool, buf.page, false);
	else
		__free_pages(buf.page, q->order);
}

/* Nobody receives any more. */
void napi_dummy_rx_free(struct napi_dummy_queue *q)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&q->ready))) {
		napi_dummy_count(&q->rx_dropped);
		kfree_skb(skb);
	}
	while (q->stocked)
		napi_dummy_buf_free(q, q->stock[--q->stocked]);
	/* Pages that are in packets somewhere keep the pool until they are back. */
	if (q->pool)
		page_pool_destroy(q->pool);
	q->pool = NULL;
}

/*
 * What comes back from a transfer that brought nothing. Who takes from the pool may
 * bring more with each: what does not fit goes back there. In the top half, where
 * that would be wrong, it always fits: the buffers were the stock's (see
 * NAPI_DUMMY_STOCK).
 */
static void napi_dummy_stock_put(struct napi_dummy_queue *q,
				 struct napi_dummy_buf buf)
{
	unsigned long flags;
	bool full;

	/* _irqsave: the tasklet strategy takes from the stock in its top half. */
	spin_lock_irqsave(&q->stock_lock, flags);
	full = q->stocked == NAPI_DUMMY_STOCK;
	if (!full)
		q->stock[q->stocked++] = buf;
	spin_unlock_irqrestore(&q->stock_lock, flags);
	if (full)
		napi_dummy_buf_free(q, buf);
}

static bool napi_dummy_stock_get(struct napi_dummy_queue *q,
				 struct napi_dummy_buf *buf)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&q->stock_lock, flags);
	found = q->stocked;
	if (found)
		*buf = q->stock[--q->stocked];
	spin_unlock_irqrestore(&q->stock_lock, flags);
	return found;
}

/*
 * A buffer, from the pool if @gfp says how, else from the stock. With @gfp the
 * caller is the one context that takes from the pool.
 */
static bool napi_dummy_buf_get(struct napi_dummy_queue *q,
			       struct napi_dummy_buf *buf, gfp_t gfp)
{
	if (gfp) {
		if (!nic_fault_hits(&q->hw->nic->fail_alloc)) {
			buf->page = page_pool_alloc_pages(q->pool,
							  gfp | __GFP_NOWARN);
			buf->pooled = true;
			if (likely(buf->page))
				return true;
		}
		napi_dummy_count(&q->alloc_failed);
	}
	return napi_dummy_stock_get(q, buf);
}

/* Fill the stock for one transfer. The caller takes from the pool. */
void napi_dummy_stock_fill(struct napi_dummy_queue *q, gfp_t gfp)
{
	struct napi_dummy_buf buf;

	while (READ_ONCE(q->stocked) < NIC_DMA_SEGS) {
		if (nic_fault_hits(&q->hw->nic->fail_alloc))
			buf.page = NULL;
		else
			buf.page = page_pool_alloc_pages(q->pool,
							 gfp | __GFP_NOWARN);
		if (!buf.page) {
			napi_dummy_count(&q->alloc_failed);
			return;
		}
		buf.pooled = true;
		napi_dummy_stock_put(q, buf);
	}
}

/*
 * The refill work: the bottom half found no memory without sleeping and has left
 * the frames in the ring, with the interrupt off. A worker may sleep until there
 * is some. It must not touch the pool, which has its one taker: plain pages go to
 * the stock. The stack knows them from the pool's when it frees them.
 */
void napi_dummy_refill(struct work_struct *work)
{
	struct napi_dummy_queue *q = container_of(work, struct napi_dummy_queue,
						  refill_work);
	struct napi_dummy_buf buf = { .pooled = false };

	while (READ_ONCE(q->stocked) < NIC_DMA_SEGS) {
		buf.page = alloc_pages(GFP_KERNEL | __GFP_COMP, q->order);
		if (!buf.page)
			break;
		napi_dummy_stock_put(q, buf);
	}
	napi_dummy_count(&q->refills);
	q->adapter->strategy->kick(q);
}

/* Packets ----------------------------------------------------------------- */

static void *napi_dummy_buf_data(struct napi_dummy_buf buf)
{
	return page_address(buf.page) + NAPI_DUMMY_HEADROOM;
}

/* Turns a filled buffer into a packet. With bottom halves off: a per-CPU cache. */
static struct sk_buff *napi_dummy_build(struct napi_dummy_queue *q,
					struct napi_dummy_buf buf,
					unsigned int len)
{
	struct sk_buff *skb = napi_build_skb(page_address(buf.page),
					     PAGE_SIZE << q->order);

	if (unlikely(!skb)) {
		napi_dummy_buf_free(q, buf);
		return NULL;
	}
	skb_reserve(skb, NAPI_DUMMY_HEADROOM);
	__skb_put(skb, len);
	if (buf.pooled)
		skb_mark_for_recycle(skb);
	skb_record_rx_queue(skb, q->index);
	skb->protocol = eth_type_trans(skb, q->adapter->netdev);
	return skb;
}

/**
 * napi_dummy_copy() - a received frame as a packet, copied by the CPU
 * @q: the queue
 * @frame: the frame, in the NIC's memory
 *
 * Context: softirq; the strategy's one context that takes from the pool.
 * Return: the packet, or NULL without memory; the frame is still in the ring.
 */
struct sk_buff *napi_dummy_copy(struct napi_dummy_queue *q,
				struct nic_frame frame)
{
	struct napi_dummy_buf buf;

	if (unlikely(!napi_dummy_buf_get(q, &buf, GFP_ATOMIC)))
		return NULL;
	memcpy(napi_dummy_buf_data(buf), frame.data, frame.len);
	return napi_dummy_build(q, buf, frame.len);
}

/* Copying by DMA: begin, then in whatever way wait for the end, then end. --- */

/* Room in the ready list; without, the producer is HELD until there is some. */
static unsigned int napi_dummy_ready_room(struct napi_dummy_queue *q)
{
	unsigned int used = skb_queue_len_lockless(&q->ready);

	if (likely(used < NAPI_DUMMY_READY_MAX))
		return NAPI_DUMMY_READY_MAX - used;
	set_bit(NAPI_DUMMY_HELD, &q->state);
	/* HELD before the length; pairs with smp_mb() in napi_dummy_deliver() (held.litmus). */
	smp_mb__after_atomic();
	used = skb_queue_len_lockless(&q->ready);
	if (used >= NAPI_DUMMY_READY_MAX / 2 ||
	    !test_and_clear_bit(NAPI_DUMMY_HELD, &q->state))
		return 0;
	return NAPI_DUMMY_READY_MAX - used;
}

/**
 * napi_dummy_dma_begin() - start to transfer frames from ring to host memory
 * @q: the queue; the caller is the only one who works on its RX ring
 * @gfp: how to take buffers from the pool, 0: only from the stock
 *
 * Context: any but NMI, as @gfp allows.
 * Return: frames in the transfer; 0: nothing to do; -ENOMEM: no buffer, -EBUSY:
 *	the ready list is full, -EIO: the NIC is halted. After each of these
 *	somebody will call kick().
 */
int napi_dummy_dma_begin(struct napi_dummy_queue *q, gfp_t gfp)
{
	struct nic_dma *dma = &q->hw->dma_rx;
	unsigned int n = nic_rx_count(q->hw);
	unsigned int i;
	int err;

	if (!n)
		return 0;
	/* Before anything is asked for: napi_dummy_quiesce() relies on it. */
	if (!READ_ONCE(dma->enabled))
		return -EIO;
	n = min3(n, napi_dummy_ready_room(q), (unsigned int)NIC_DMA_SEGS);
	if (!n)
		return -EBUSY;

	for (i = 0; i < n; i++) {
		struct nic_frame frame = nic_rx_frame(q->hw, i);

		if (!napi_dummy_buf_get(q, &q->dma_buf[i], gfp))
			break;
		nic_dma_add(dma, napi_dummy_buf_data(q->dma_buf[i]),
			    frame.data, frame.len);
	}
	q->dma_frames = i;
	if (!i) {
		queue_work(napi_dummy_wq, &q->refill_work);
		return -ENOMEM;
	}

	reinit_completion(&q->rx_done);
	WRITE_ONCE(q->dma_since, jiffies);
	err = nic_dma_start(dma);
	if (!err)
		return i;
	while (i--)
		napi_dummy_stock_put(q, q->dma_buf[i]);
	q->dma_frames = 0;
	return err;
}
EXPORT_SYMBOL_GPL(napi_dummy_dma_begin);

/**
 * napi_dummy_dma_wait() - sleep until the transfer has ended, one way or another
 * @q: the queue
 *
 * Context: process. It sleeps: the reason for everything in this folder.
 * Return: 0; -ETIMEDOUT when no end was to be seen.
 */
int napi_dummy_dma_wait(struct napi_dummy_queue *q)
{
	if (wait_for_completion_timeout(&q->rx_done, NAPI_DUMMY_DMA_TIMEOUT))
		return 0;
	return -ETIMEDOUT;
}
EXPORT_SYMBOL_GPL(napi_dummy_dma_wait);

/**
 * napi_dummy_dma_end() - take over what the transfer brought
 * @q: the queue; napi_dummy_dma_begin() was successful
 *
 * If it brought nothing (the completion was lost, the NIC was halted) the frames
 * are in the ring as before and the buffers in the stock: begin again.
 *
 * Context: process or softirq, by whoever began.
 * Return: frames now in the ready list.
 */
int napi_dummy_dma_end(struct napi_dummy_queue *q)
{
	unsigned int i, n = q->dma_frames;
	bool through = !nic_dma_status(&q->hw->dma_rx);

	if (!through) {
		/* Or was it, by a hair? After the abort the answer is final. */
		nic_dma_abort(&q->hw->dma_rx);
		through = !nic_dma_status(&q->hw->dma_rx);
	}
	q->dma_frames = 0;
	if (!through) {
		napi_dummy_count(&q->rx_dma_lost);
		for (i = 0; i < n; i++)
			napi_dummy_stock_put(q, q->dma_buf[i]);
		return 0;
	}

	local_bh_disable();
	for (i = 0; i < n; i++) {
		unsigned int len = nic_rx_frame(q->hw, i).len;
		struct sk_buff *skb = napi_dummy_build(q, q->dma_buf[i], len);

		if (likely(skb))
			skb_queue_tail(&q->ready, skb);
		else
			napi_dummy_count(&q->rx_dropped);
	}
	local_bh_enable();
	nic_rx_pop(q->hw, n);
	return n;
}
EXPORT_SYMBOL_GPL(napi_dummy_dma_end);

/* Delivery ---------------------------------------------------------------- */

void napi_dummy_rx_account(struct napi_dummy_queue *q, unsigned int packets,
			   unsigned int bytes)
{
	u64_stats_update_begin(&q->rx.syncp);
	u64_stats_add(&q->rx.packets, packets);
	u64_stats_add(&q->rx.bytes, bytes);
	u64_stats_update_end(&q->rx.syncp);
}

/**
 * napi_dummy_deliver() - hand ready frames to the stack
 * @q: the queue
 * @budget: at most so many
 *
 * Context: softirq; the poll.
 * Return: how many, which is what the poll returns.
 */
int napi_dummy_deliver(struct napi_dummy_queue *q, int budget)
{
	unsigned int bytes = 0;
	struct sk_buff *skb;
	int done = 0;

	while (done < budget && (skb = skb_dequeue(&q->ready))) {
		bytes += skb->len + ETH_HLEN;
		napi_gro_receive(&q->napi, skb);
		done++;
	}
	if (!done)
		return 0;
	napi_dummy_rx_account(q, done, bytes);

	/* The length before HELD; pairs with napi_dummy_ready_room() (held.litmus). */
	smp_mb();
	if (unlikely(test_bit(NAPI_DUMMY_HELD, &q->state)) &&
	    skb_queue_len_lockless(&q->ready) < NAPI_DUMMY_READY_MAX / 2 &&
	    test_and_clear_bit(NAPI_DUMMY_HELD, &q->state))
		q->adapter->strategy->kick(q);
	return done;
}
EXPORT_SYMBOL_GPL(napi_dummy_deliver);

/**
 * napi_dummy_poll_done() - the poll is through, TX interrupts again
 * @q: the queue; napi_complete_done() has said yes
 *
 * For strategies whose poll takes nothing from the RX ring: who fills the ready
 * list calls napi_schedule() afterwards, and NAPI remembers that (MISSED). The
 * NIC remembers nothing: look at the TX ring once more.
 *
 * Context: softirq; the end of the poll.
 */
void napi_dummy_poll_done(struct napi_dummy_queue *q)
{
	/* Write the enable register, then read the ring: see nic_irq_on() (irq-on.litmus). */
	nic_irq_on(q->hw, NIC_TX);
	if (unlikely(nic_tx_sent(q->hw)) && napi_schedule_prep(&q->napi)) {
		nic_irq_off(q->hw, NIC_TX);
		__napi_schedule(&q->napi);
	}
}
EXPORT_SYMBOL_GPL(napi_dummy_poll_done);
