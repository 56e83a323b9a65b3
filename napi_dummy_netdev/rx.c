// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving: the code that the strategies share. It handles the buffers, copies frames out
 * of the NIC by CPU or by DMA, and delivers them.
 */
#include <linux/etherdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

#define COMPAT_PAGE_POOL
#include "napi_dummy.h"

/* Buffers ----------------------------------------------------------------- */

/* Returns a buffer to where it came from. Any context. */
void napi_dummy_buf_free(const struct napi_dummy_rings *r, struct napi_dummy_buf buf)
{
	if (buf.pooled)
		page_pool_put_full_page(r->pool, buf.page, false);
	else
		__free_pages(buf.page, r->order);
}

static void *napi_dummy_buf_data(struct napi_dummy_buf buf)
{
	return page_address(buf.page) + NAPI_DUMMY_HEADROOM;
}

/* Gives every descriptor a buffer, before the NIC gets the ring. */
static int napi_dummy_rx_fill(struct napi_dummy_rings *r)
{
	struct napi_dummy_buf *buf;
	unsigned int i;

	r->rx = kvcalloc(r->nic.rx_size, sizeof(*r->rx), GFP_KERNEL);
	if (!r->rx)
		return -ENOMEM;
	for (i = 0; i < r->nic.rx_size; i++) {
		buf = &r->rx[i];
		buf->page = page_pool_alloc_pages(r->pool, GFP_KERNEL);
		if (!buf->page)
			return -ENOMEM;
		buf->pooled = true;
		r->nic.rx[i].data = napi_dummy_buf_data(*buf);
	}
	r->nic.posted = r->nic.rx_size;
	return 0;
}

/*
 * A page_pool has no lock, so only one context may take pages out of it. The strategy
 * chooses this context: the poll, a worker, a tasklet or an IRQ thread. Any context may
 * put pages back. If .napi is set, the stack puts pages directly into the pool's cache,
 * from which this context takes pages. So set .napi only if this context is the poll.
 *
 * No code takes from this pool before the rings are in use. On failure the caller frees
 * everything.
 */
int napi_dummy_rx_alloc(struct napi_dummy_queue *q, struct napi_dummy_rings *r)
{
	const struct napi_dummy_strategy *s = q->adapter->strategy;
	unsigned int size = NAPI_DUMMY_HEADROOM + r->nic.slot_len +
			    SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct page_pool_params params = {
		.order = get_order(size),
		.pool_size = r->nic.rx_size,
		.nid = NUMA_NO_NODE,
	};
	struct page_pool *pool;

	/* The owner of the pool, for netlink. */
	compat_set_page_pool_netdev(&params, q->adapter->netdev);
	if (s->pool_in_poll)
		compat_set_page_pool_napi(&params, &q->napi);
	r->order = params.order;
	pool = page_pool_create(&params);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	r->pool = pool;
	return s->posts_buffers ? napi_dummy_rx_fill(r) : 0;
}

/*
 * Neither the NIC nor the poll uses these rings any more. A pool that knows its NAPI
 * instance may be freed only while that instance is disabled.
 */
void napi_dummy_rx_free(struct napi_dummy_rings *r)
{
	unsigned int i;

	for (i = 0; r->rx && i < r->nic.rx_size; i++)
		if (r->rx[i].page)
			napi_dummy_buf_free(r, r->rx[i]);
	kvfree(r->rx);
	r->rx = NULL;
	/*
	 * If packets still contain pages of the pool, the pool lives until these pages are
	 * back.
	 */
	if (r->pool)
		page_pool_destroy(r->pool);
	r->pool = NULL;
}

/* Frees the frames that were not delivered. The poll is disabled, and will not run again. */
void napi_dummy_ready_drop(struct napi_dummy_queue *q)
{
	struct sk_buff *skb;

	skb_queue_splice_init(&q->ready, &q->batch);
	while ((skb = __skb_dequeue(&q->batch))) {
		napi_dummy_count(&q->rx_dropped);
		kfree_skb(skb);
	}
}

/*
 * Takes back a buffer, for example after a failed transfer. Over time, the context that takes
 * from the pool may return more buffers than the stock can hold. A buffer that does not fit
 * into the stock goes back to the pool. A top half must not use the pool. It puts its buffers back
 * into the stock, where they always fit, because they came from there (see NAPI_DUMMY_STOCK).
 */
static void napi_dummy_stock_put(struct napi_dummy_queue *q,
				 struct napi_dummy_buf buf)
{
	unsigned long flags;
	bool full;

	/*
	 * _irqsave, because a top half (in strategies/tasklet.c) takes buffers from the
	 * stock.
	 */
	spin_lock_irqsave(&q->stock_lock, flags);
	full = q->stocked == NAPI_DUMMY_STOCK;
	if (!full)
		q->stock[q->stocked++] = buf;
	spin_unlock_irqrestore(&q->stock_lock, flags);
	if (full)
		napi_dummy_buf_free(&q->rings, buf);
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
 * Frees the buffers in the stock: they have the size for these rings, and belong to the
 * rings' pool, which will be freed. The queue is quiescent.
 */
void napi_dummy_stock_empty(struct napi_dummy_queue *q)
{
	struct napi_dummy_buf buf;

	while (napi_dummy_stock_get(q, &buf))
		napi_dummy_buf_free(&q->rings, buf);
}

/*
 * Takes a buffer from the pool if @gfp is not 0, else from the stock. If @gfp is not 0, the
 * caller must be the only context that takes from the pool.
 */
static bool napi_dummy_buf_get(struct napi_dummy_queue *q,
			       struct napi_dummy_buf *buf, gfp_t gfp)
{
	if (gfp) {
		if (!nic_fault_hits(&q->hw->nic->fail_alloc)) {
			buf->page = page_pool_alloc_pages(q->rings.pool,
							  gfp | __GFP_NOWARN);
			buf->pooled = true;
			if (likely(buf->page))
				return true;
		}
		napi_dummy_count(&q->alloc_failed);
	}
	return napi_dummy_stock_get(q, buf);
}

/* Fills the stock for one transfer. The caller is the context that takes from the pool. */
void napi_dummy_stock_fill(struct napi_dummy_queue *q, gfp_t gfp)
{
	struct napi_dummy_buf buf;

	while (READ_ONCE(q->stocked) < NIC_DMA_SEGS) {
		if (nic_fault_hits(&q->hw->nic->fail_alloc))
			buf.page = NULL;
		else
			buf.page = page_pool_alloc_pages(q->rings.pool,
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
 * The refill work. The bottom half found no memory, and must not sleep. So it has left the
 * frames in the ring, with the interrupt off. A worker may sleep until there is memory.
 * This worker must not take pages from the pool, because only one context may do so: the
 * strategy's bottom half. So the worker puts plain pages into the stock. When the stack
 * frees a page, it can distinguish plain pages from pages of the pool.
 *
 * GFP_NOIO: to free memory, the kernel may need a disk that it reaches through this device
 * (swap over the network). Then the worker would wait for the frames in the ring.
 */
void napi_dummy_refill(struct work_struct *work)
{
	struct napi_dummy_queue *q = from_work(q, work, refill_work);
	struct napi_dummy_buf buf = { .pooled = false };

	while (READ_ONCE(q->stocked) < NIC_DMA_SEGS) {
		buf.page = alloc_pages(GFP_NOIO | __GFP_COMP, q->rings.order);
		if (!buf.page)
			break;
		napi_dummy_stock_put(q, buf);
	}
	napi_dummy_count(&q->refills);
	/* If the NIC is halted, resume() calls kick() later: see napi_dummy_quiesce(). */
	if (READ_ONCE(q->hw->dma_rx.enabled))
		q->adapter->strategy->kick(q);
}

/* Packets ----------------------------------------------------------------- */

/* Sets the fields that every received packet needs. */
static struct sk_buff *napi_dummy_finish(struct napi_dummy_queue *q,
					 struct sk_buff *skb, unsigned int flags)
{
	struct net_device *dev = q->adapter->netdev;

	if (flags & NIC_RX_CSUM_OK && dev->features & NETIF_F_RXCSUM)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb_record_rx_queue(skb, q->index);
	skb->protocol = eth_type_trans(skb, dev);
	return skb;
}

/*
 * Makes a packet of a filled buffer. The packet has @len bytes, and begins at @offset in the
 * buffer. Call it with BH disabled, because it uses a per-CPU cache. On failure the buffer
 * stays with the caller.
 */
static struct sk_buff *napi_dummy_build(struct napi_dummy_queue *q,
					struct napi_dummy_buf buf,
					unsigned int offset, unsigned int len,
					unsigned int flags)
{
	struct sk_buff *skb = napi_build_skb(page_address(buf.page),
					     PAGE_SIZE << q->rings.order);

	if (unlikely(!skb))
		return NULL;
	skb_reserve(skb, offset);
	__skb_put(skb, len);
	if (buf.pooled)
		skb_mark_for_recycle(skb);
	return napi_dummy_finish(q, skb, flags);
}

/*
 * Copies a short frame into a packet that is no larger than needed. The memory that a packet
 * occupies (truesize) counts against the receive buffer of its socket. With a whole page per
 * packet, 49 datagrams would fill the receive buffer. In 6.1 to 6.12, napi_alloc_skb() uses
 * at least 1 KiB. Call this with BH disabled.
 */
static struct sk_buff *napi_dummy_copy_short(struct napi_dummy_queue *q,
					     struct nic_frame frame)
{
	struct sk_buff *skb = NULL;

	if (!nic_fault_hits(&q->hw->nic->fail_alloc))
		skb = netdev_alloc_skb_ip_align(q->adapter->netdev, frame.len);
	if (unlikely(!skb)) {
		napi_dummy_count(&q->alloc_failed);
		return NULL;
	}
	skb_put_data(skb, frame.data, frame.len);
	return napi_dummy_finish(q, skb, frame.flags);
}

/*
 * Runs the XDP program, if there is one, on a buffer with a frame, and makes a packet of
 * the buffer. Softirq context: the poll. Afterwards the buffer no longer belongs to the
 * caller. Returns an ERR_PTR if there is no packet to deliver: XDP took the frame, or the
 * frame was dropped and counted.
 */
static struct sk_buff *napi_dummy_consume(struct napi_dummy_queue *q,
					  struct napi_dummy_buf buf,
					  struct nic_frame frame)
{
	unsigned int offset = NAPI_DUMMY_HEADROOM;
	struct sk_buff *skb = ERR_PTR(-ECANCELED);

	switch (napi_dummy_xdp_run(q, buf, &offset, &frame.len)) {
	case NAPI_DUMMY_PASS:
		skb = napi_dummy_build(q, buf, offset, frame.len, frame.flags);
		if (likely(skb))
			return skb;
		napi_dummy_count(&q->rx_dropped);
		skb = ERR_PTR(-ENOMEM);
		fallthrough;
	case NAPI_DUMMY_DROPPED:
		/*
		 * Put the page directly into the pool's cache, because this is the context
		 * that takes from the cache.
		 */
		if (buf.pooled)
			page_pool_recycle_direct(q->rings.pool, buf.page);
		else
			napi_dummy_buf_free(&q->rings, buf);
		break;
	case NAPI_DUMMY_SENT:
		break;
	}
	return skb;
}

static bool napi_dummy_is_short(const struct napi_dummy_queue *q, struct nic_frame frame)
{
	/*
	 * XDP needs room before the frame, and a short copy has no such room. So if there is an
	 * XDP program, do not copy.
	 */
	return frame.len <= NAPI_DUMMY_COPYBREAK &&
	       !rcu_access_pointer(q->adapter->xdp_prog);
}

/**
 * napi_dummy_copy() - make a packet of a received frame, copied by the CPU
 * @q: the queue
 * @frame: the frame, in the NIC's memory
 *
 * Context: softirq. This function takes buffers from the pool, so only the poll calls it.
 * Return: the packet; NULL if there is no memory (the frame is still in the ring); or an
 *	ERR_PTR if the frame was taken but there is no packet to deliver.
 */
struct sk_buff *napi_dummy_copy(struct napi_dummy_queue *q, struct nic_frame frame)
{
	struct napi_dummy_buf buf;
	struct sk_buff *skb;

	if (napi_dummy_is_short(q, frame)) {
		skb = napi_dummy_copy_short(q, frame);
		if (likely(skb))
			return skb;
	}
	if (unlikely(!napi_dummy_buf_get(q, &buf, GFP_ATOMIC)))
		return NULL;
	memcpy(napi_dummy_buf_data(buf), frame.data, frame.len);
	return napi_dummy_consume(q, buf, frame);
}

/* Posted buffers ---------------------------------------------------------- */

/**
 * napi_dummy_take() - make a packet of the oldest received frame and its buffer
 * @q: the queue; its strategy posts buffers
 * @frame: the frame; it leaves the ring
 *
 * Context: softirq; the poll.
 * Return: the packet, or an ERR_PTR if there is no packet to deliver.
 */
struct sk_buff *napi_dummy_take(struct napi_dummy_queue *q, struct nic_frame frame)
{
	unsigned int slot = q->hw->rx_tail & (q->hw->rings.rx_size - 1);
	struct napi_dummy_buf buf = q->rings.rx[slot];
	struct sk_buff *skb;

	q->rings.rx[slot].page = NULL;
	nic_rx_take(q->hw);
	if (napi_dummy_is_short(q, frame)) {
		skb = napi_dummy_copy_short(q, frame);
		if (likely(skb)) {
			if (buf.pooled)
				page_pool_recycle_direct(q->rings.pool, buf.page);
			else
				napi_dummy_buf_free(&q->rings, buf);
			return skb;
		}
	}
	return napi_dummy_consume(q, buf, frame);
}

/**
 * napi_dummy_post() - give a buffer to every descriptor that has none
 * @q: the queue; its strategy posts buffers
 *
 * It stops when no memory is available without sleeping.
 *
 * Context: softirq. This function takes buffers from the pool, so only the poll calls it.
 */
void napi_dummy_post(struct napi_dummy_queue *q)
{
	struct napi_dummy_buf buf;

	while (nic_rx_room(q->hw) && napi_dummy_buf_get(q, &buf, GFP_ATOMIC)) {
		q->rings.rx[q->hw->rx_posted & (q->hw->rings.rx_size - 1)] = buf;
		nic_rx_post(q->hw, napi_dummy_buf_data(buf));
	}
}

/* Copying by DMA: begin the transfer, wait for its end, take its frames. ---- */

/*
 * Returns the room in the ready list. If there is no room, it sets HELD, and the producer
 * must wait.
 */
static unsigned int napi_dummy_ready_room(struct napi_dummy_queue *q)
{
	unsigned int used = skb_queue_len_lockless(&q->ready);

	if (likely(used < NAPI_DUMMY_READY_MAX))
		return NAPI_DUMMY_READY_MAX - used;
	set_bit(NAPI_DUMMY_HELD, &q->state);
	/*
	 * Set HELD before reading the length; pairs with smp_mb() in
	 * napi_dummy_deliver() (held.litmus).
	 */
	smp_mb__after_atomic();
	used = skb_queue_len_lockless(&q->ready);
	if (used >= NAPI_DUMMY_READY_MAX / 2 ||
	    !test_and_clear_bit(NAPI_DUMMY_HELD, &q->state))
		return 0;
	return NAPI_DUMMY_READY_MAX - used;
}

/**
 * napi_dummy_dma_begin() - start to transfer frames from the ring to host
 * memory
 * @q: the queue; only the caller uses its RX ring
 * @gfp: how to take buffers from the pool; 0: take them only from the stock
 *
 * Context: any but NMI, if @gfp allows it.
 * Return: number of frames in the transfer, or 0 if there are none. -ENOMEM: no buffer, and
 *	the refill work will call kick(). -EBUSY: the ready list is full, and the poll will
 *	call kick(). -EIO: the NIC is halted, and napi_dummy_resume() will call kick().
 */
int napi_dummy_dma_begin(struct napi_dummy_queue *q, gfp_t gfp)
{
	struct nic_dma *dma = &q->hw->dma_rx;
	unsigned int n = nic_rx_count(q->hw);
	unsigned int i;
	int err;

	if (!n)
		return 0;
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
 * napi_dummy_dma_wait() - sleep until the transfer has ended or failed
 * @q: the queue
 *
 * Context: process. This function sleeps, but a poll must not sleep. For this reason there
 * are several strategies.
 * Return: 0; -ETIMEDOUT if the transfer did not end in time.
 */
int napi_dummy_dma_wait(struct napi_dummy_queue *q)
{
	if (wait_for_completion_timeout(&q->rx_done, NAPI_DUMMY_DMA_TIMEOUT))
		return 0;
	return -ETIMEDOUT;
}
EXPORT_SYMBOL_GPL(napi_dummy_dma_wait);

/* Called when a transfer has failed: restores the state from before the transfer. */
static void napi_dummy_dma_undo(struct napi_dummy_queue *q, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		napi_dummy_stock_put(q, q->dma_buf[i]);
	napi_dummy_count(&q->rx_dma_lost);
	/* A halt has aborted the transfer. Do not count this loss: resume() sets the count to 0. */
	if (!READ_ONCE(q->hw->dma_rx.enabled))
		return;
	/*
	 * Tolerate a single loss. If the controller loses several transfers in a row, reset
	 * the NIC.
	 */
	if (++q->dma_losses % NAPI_DUMMY_DMA_LOSSES == 0)
		schedule_work(&q->adapter->reset_work);
}

/**
 * napi_dummy_dma_end() - take over the frames of the transfer
 * @q: the queue; napi_dummy_dma_begin() was successful
 *
 * If the transfer failed (the completion was lost, or the NIC was halted), the frames are
 * still in the ring and the buffers are back in the stock. So the caller can begin the
 * transfer again. After three losses in a row the NIC is reset.
 *
 * Context: process or softirq, the context that called napi_dummy_dma_begin().
 * Return: number of frames added to the ready list.
 */
int napi_dummy_dma_end(struct napi_dummy_queue *q)
{
	unsigned int i, n = q->dma_frames;
	bool arrived = !nic_dma_status(&q->hw->dma_rx);
	struct sk_buff_head list;
	unsigned long flags;

	if (!arrived) {
		/*
		 * The transfer may have ended just now, but after the abort its status no
		 * longer changes.
		 */
		nic_dma_abort(&q->hw->dma_rx);
		arrived = !nic_dma_status(&q->hw->dma_rx);
	}
	q->dma_frames = 0;
	if (!arrived) {
		napi_dummy_dma_undo(q, n);
		return 0;
	}
	q->dma_losses = 0;

	__skb_queue_head_init(&list);
	local_bh_disable();
	for (i = 0; i < n; i++) {
		struct nic_frame frame = nic_rx_frame(q->hw, i);
		struct sk_buff *skb = NULL;

		/* From here on use the copy in the host's memory. */
		frame.data = napi_dummy_buf_data(q->dma_buf[i]);
		if (frame.len <= NAPI_DUMMY_COPYBREAK)
			skb = napi_dummy_copy_short(q, frame);
		if (skb)
			napi_dummy_stock_put(q, q->dma_buf[i]);
		else
			skb = napi_dummy_build(q, q->dma_buf[i], NAPI_DUMMY_HEADROOM,
					       frame.len, frame.flags);
		if (likely(skb)) {
			__skb_queue_tail(&list, skb);
		} else {
			napi_dummy_stock_put(q, q->dma_buf[i]);
			napi_dummy_count(&q->rx_dropped);
		}
	}
	/* Take the lock once for all frames. */
	spin_lock_irqsave(&q->ready.lock, flags);
	skb_queue_splice_tail(&list, &q->ready);
	spin_unlock_irqrestore(&q->ready.lock, flags);
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

/*
 * Returns the next frame for the stack. It takes all ready frames at once, so
 * that it rarely takes the lock.
 */
static struct sk_buff *napi_dummy_next_ready(struct napi_dummy_queue *q)
{
	unsigned long flags;

	if (skb_queue_empty(&q->batch)) {
		spin_lock_irqsave(&q->ready.lock, flags);
		skb_queue_splice_init(&q->ready, &q->batch);
		spin_unlock_irqrestore(&q->ready.lock, flags);
	}
	return __skb_dequeue(&q->batch);
}

/**
 * napi_dummy_deliver() - hand ready frames to the stack
 * @q: the queue
 * @budget: maximum number of frames
 *
 * Context: softirq; the poll.
 * Return: the number of frames; the poll returns the same number.
 */
int napi_dummy_deliver(struct napi_dummy_queue *q, int budget)
{
	unsigned int bytes = 0;
	struct sk_buff *skb;
	int done = 0;

	while (done < budget && (skb = napi_dummy_next_ready(q))) {
		bytes += skb->len + ETH_HLEN;
		napi_gro_receive(&q->napi, skb);
		done++;
	}
	if (!done)
		return 0;
	napi_dummy_rx_account(q, done, bytes);

	/*
	 * Write the length before reading HELD; pairs with
	 * napi_dummy_ready_room() (held.litmus).
	 */
	smp_mb();
	if (unlikely(test_bit(NAPI_DUMMY_HELD, &q->state)) &&
	    skb_queue_len_lockless(&q->ready) < NAPI_DUMMY_READY_MAX / 2 &&
	    test_and_clear_bit(NAPI_DUMMY_HELD, &q->state))
		q->adapter->strategy->kick(q);
	return done;
}
EXPORT_SYMBOL_GPL(napi_dummy_deliver);

/**
 * napi_dummy_poll_done() - the poll has completed: enable TX interrupts again
 * @q: the queue; napi_complete_done() has returned true
 *
 * This is for strategies whose poll takes nothing from the RX ring. The code that fills the
 * ready list calls napi_schedule() afterwards, and NAPI remembers this call (MISSED). The
 * NIC does not remember events, so look at the TX ring once more.
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
