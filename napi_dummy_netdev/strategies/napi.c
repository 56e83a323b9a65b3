// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy "napi": the textbook flow.
 *
 *	hard IRQ: disable the device's interrupt, napi_schedule
 *	softirq:  poll copies frames out of the ring, up to its budget
 *	          ring empty: napi_complete_done, enable the interrupt, look again
 *
 * The rules are those of Documentation/networking/napi.rst; they are cited where
 * they are kept.
 *
 *	what stops it			what makes it go on
 *	no memory for a frame		refill_work gets some and kicks: the poll copies on.
 *					Until then the RX interrupt stays disabled
 *	the NIC is halted		napi_dummy_resume() kicks
 */
#include <linux/etherdevice.h>

#include "napi_dummy.h"

static void napi_dummy_napi_irqs_on(struct napi_dummy_queue *q)
{
	nic_irq_on(q->hw, NIC_TX);
	nic_irq_on(q->hw, NIC_RX);
}

static void napi_dummy_napi_irqs_off(struct napi_dummy_queue *q)
{
	nic_irq_off(q->hw, NIC_RX);
	nic_irq_off(q->hw, NIC_TX);
}

/*
 * Rule: disable the interrupt only when napi_schedule_prep() returned true, and
 * before __napi_schedule(). False means that the instance is scheduled already: that poll
 * will enable the interrupt, and must not find it disabled afterwards.
 */
static void napi_dummy_napi_schedule(struct napi_dummy_queue *q)
{
	if (napi_schedule_prep(&q->napi)) {
		napi_dummy_napi_irqs_off(q);
		__napi_schedule(&q->napi);
	}
}

/* Hard interrupt. On PREEMPT_RT a thread, which __napi_schedule() knows of. */
static irqreturn_t napi_dummy_napi_top(int irq, void *dev_id)
{
	struct napi_dummy_queue *q = dev_id;

	if (!nic_irq_cause(q->hw))
		return IRQ_NONE;
	napi_dummy_count(&q->irqs);
	napi_dummy_napi_schedule(q);
	return IRQ_HANDLED;
}

/* Frames handed to the stack; *starved: there are more, but no memory. */
static int napi_dummy_napi_receive(struct napi_dummy_queue *q, int budget,
				   bool *starved)
{
	unsigned int n = nic_rx_count(q->hw);
	unsigned int packets = 0, bytes = 0;
	struct sk_buff *skb;
	int done = 0;

	while (done < budget) {
		struct nic_frame frame;

		/* Read the index again only when what it told of is used up. */
		if (!n) {
			n = nic_rx_count(q->hw);
			if (!n)
				break;
		}
		frame = nic_rx_frame(q->hw, 0);
		skb = napi_dummy_copy(q, frame);
		if (unlikely(!skb)) {
			*starved = true;
			break;
		}
		/* Copied: the NIC may have the slot back. */
		nic_rx_pop(q->hw, 1);
		n--;
		done++;
		/* Lost for want of memory: that is counted elsewhere. */
		if (unlikely(PTR_ERR_OR_ZERO(skb) == -ENOMEM))
			continue;
		packets++;
		bytes += frame.len;
		/* Otherwise XDP had it. */
		if (!IS_ERR(skb))
			napi_gro_receive(&q->napi, skb);
	}
	if (packets)
		napi_dummy_rx_account(q, packets, bytes);
	return done;
}

/*
 * Softirq; or a kthread with BH disabled when threaded NAPI is on, a task that polls
 * busily, or netpoll. Never twice at a time: SCHED in napi->state.
 */
static int napi_dummy_napi_poll(struct napi_struct *napi, int budget)
{
	struct napi_dummy_queue *q = container_of(napi, struct napi_dummy_queue,
						  napi);
	bool starved = false;
	int done;

	napi_dummy_count(&q->polls);
	/* Rule: TX completions whatever the budget. */
	napi_dummy_tx_clean(q, budget);
	/* Rule: budget 0 is netpoll; nothing of RX, no page_pool, no XDP; never complete. */
	if (unlikely(!budget))
		return 0;
	done = napi_dummy_napi_receive(q, budget, &starved);
	napi_dummy_xdp_flush(q);

	/* Rule: work left, or perhaps so: exactly the budget, and do not complete. */
	if (done == budget)
		return budget;
	/*
	 * Before completing: code that waits for napi_disable() and then cancels
	 * this work must find it queued (refill.litmus).
	 */
	if (unlikely(starved))
		queue_work(napi_dummy_wq, &q->refill_work);
	/* Rule: false means that this will be polled again. Leave the interrupt disabled. */
	if (!napi_complete_done(napi, done))
		return done;

	/* From here on another CPU may poll: nothing of q but the registers. */
	if (unlikely(starved)) {
		/* RX stays disabled until there is memory: the work kicks us. */
		napi_dummy_poll_done(q);
		return done;
	}
	/*
	 * What came between our last look and now made no interrupt. So look
	 * again, after enabling: "write enable, barrier, read ring" here, "write
	 * ring, barrier, read enable" in the NIC. The barriers are
	 * smp_store_mb() in nic_irq_on() and smp_mb() in nic_moderate(). Without
	 * either the frame would stay in the ring until the next one comes
	 * (irq-on.litmus).
	 */
	napi_dummy_napi_irqs_on(q);
	if (unlikely(nic_rx_count(q->hw) || nic_tx_sent(q->hw)))
		napi_dummy_napi_schedule(q);
	return done;
}

/* Interrupts are disabled, or about to be: the poll enables them. */
static void napi_dummy_napi_kick(struct napi_dummy_queue *q)
{
	/*
	 * In process context napi_schedule() is called with BH disabled: it raises
	 * the softirq, and local_bh_enable() is where that then runs.
	 */
	local_bh_disable();
	napi_dummy_napi_schedule(q);
	local_bh_enable();
}

const struct napi_dummy_strategy napi_dummy_napi = {
	.name		= "napi",
	.top_half	= napi_dummy_napi_top,
	.poll		= napi_dummy_napi_poll,
	.kick		= napi_dummy_napi_kick,
	.pool_in_poll	= true,
	.xdp		= true,
};
