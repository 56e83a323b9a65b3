// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy "ring": for a NIC that works like nearly every NIC today. The driver posts
 * buffers in the host's memory, and the NIC itself writes each frame into one of them
 * before it interrupts.
 *
 *	hard IRQ: disable the device's interrupt, napi_schedule
 *	softirq:  poll takes the filled buffers without copying, up to its budget
 *	          and posts new ones in their place
 *	          ring empty: napi_complete_done, enable the interrupt, look again
 *
 * When the interrupt comes, the transfer has ended. So the driver need not wait for the
 * transfer, and need not copy the frame either. The cost is memory: every descriptor
 * always has a buffer of full size. And the bottom half must find new buffers without
 * sleeping.
 *
 * Compare it with napi.c: there the poll copies each frame. Here the poll takes the buffer
 * that contains the frame, and copies only short frames (NAPI_DUMMY_COPYBREAK). Here the
 * ring may run out of buffers; in napi.c there may be no memory for a frame.
 *
 *	what stops it			what makes it continue
 *	no memory for new buffers	the poll continues with the posted ones. When few are
 *					left, refill_work gets some and calls kick(): the poll
 *					posts them
 *	the NIC is halted		napi_dummy_resume() calls kick()
 */
#include <linux/etherdevice.h>

#include "napi_dummy.h"

static void napi_dummy_ring_irqs_on(struct napi_dummy_queue *q)
{
	nic_irq_on(q->hw, NIC_TX);
	nic_irq_on(q->hw, NIC_RX);
}

/* As in napi.c: only the context that schedules the poll disables the interrupts. */
static void napi_dummy_ring_schedule(struct napi_dummy_queue *q)
{
	if (napi_schedule_prep(&q->napi)) {
		nic_irq_off(q->hw, NIC_RX);
		nic_irq_off(q->hw, NIC_TX);
		__napi_schedule(&q->napi);
	}
}

/* Hard interrupt. */
static irqreturn_t napi_dummy_ring_top(int irq, void *dev_id)
{
	struct napi_dummy_queue *q = dev_id;

	if (!nic_irq_cause(q->hw))
		return IRQ_NONE;
	napi_dummy_count(&q->irqs);
	napi_dummy_ring_schedule(q);
	return IRQ_HANDLED;
}

static int napi_dummy_ring_receive(struct napi_dummy_queue *q, int budget)
{
	unsigned int n = nic_rx_count(q->hw);
	unsigned int packets = 0, bytes = 0;
	struct sk_buff *skb;
	int done = 0;

	while (done < budget) {
		struct nic_frame frame;

		/* Read the index again only when all frames of the last read have been taken. */
		if (!n) {
			n = nic_rx_count(q->hw);
			if (!n)
				break;
		}
		frame = nic_rx_frame(q->hw, 0);
		skb = napi_dummy_take(q, frame);
		n--;
		done++;
		/* Frames lost because of missing memory are counted elsewhere. */
		if (unlikely(PTR_ERR_OR_ZERO(skb) == -ENOMEM))
			continue;
		packets++;
		bytes += frame.len;
		/* If skb is an ERR_PTR, XDP has taken the frame. */
		if (!IS_ERR(skb))
			napi_gro_receive(&q->napi, skb);
	}
	if (packets)
		napi_dummy_rx_account(q, packets, bytes);
	return done;
}

/*
 * True if less than a quarter of the ring's descriptors have a buffer. Then the ring may run
 * out of buffers before there is memory for new buffers.
 */
static bool napi_dummy_ring_is_low(const struct napi_dummy_queue *q)
{
	return nic_rx_room(q->hw) > q->hw->rings.rx_size / 4 * 3;
}

/* Softirq, or another context that polls: see napi.c. */
static int napi_dummy_ring_poll(struct napi_struct *napi, int budget)
{
	struct napi_dummy_queue *q = container_of(napi, struct napi_dummy_queue,
						  napi);
	int done;

	napi_dummy_count(&q->polls);
	napi_dummy_tx_clean(q, budget);
	/* Rule: budget 0 means netpoll: do not use page_pool or XDP. */
	if (unlikely(!budget))
		return 0;
	done = napi_dummy_ring_receive(q, budget);
	napi_dummy_post(q);
	napi_dummy_xdp_flush(q);
	/*
	 * A ring without buffers receives no frame and raises no interrupt. So if the
	 * refill work did not run, no code would post buffers again. Queue the work before
	 * completing: code that waits in napi_disable() and then cancels this work must
	 * find it queued (refill.litmus).
	 */
	if (unlikely(napi_dummy_ring_is_low(q)))
		queue_work(napi_dummy_wq, &q->refill_work);

	if (done == budget)
		return budget;
	if (!napi_complete_done(napi, done))
		return done;

	/* As in napi.c: enable, barrier, look again (irq-on.litmus). */
	napi_dummy_ring_irqs_on(q);
	if (unlikely(nic_rx_count(q->hw) || nic_tx_sent(q->hw)))
		napi_dummy_ring_schedule(q);
	return done;
}

/* The poll looks at the ring, posts buffers, and enables the interrupts. */
static void napi_dummy_ring_kick(struct napi_dummy_queue *q)
{
	local_bh_disable();
	napi_dummy_ring_schedule(q);
	local_bh_enable();
}

const struct napi_dummy_strategy napi_dummy_ring = {
	.name		= "ring",
	.top_half	= napi_dummy_ring_top,
	.poll		= napi_dummy_ring_poll,
	.kick		= napi_dummy_ring_kick,
	.pool_in_poll	= true,
	.posts_buffers	= true,
	.xdp		= true,
};
