// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy "napi": NAPI as in the textbooks.
 *
 *	hard IRQ: disable the device's interrupt, napi_schedule
 *	softirq:  poll copies frames out of the ring, up to its budget
 *	          ring empty: napi_complete_done, enable the interrupt, look again
 *
 * The rules are from Documentation/networking/napi.rst. A comment with "Rule:" marks code that
 * keeps one of these rules.
 *
 *	what stops it			what makes it continue
 *	no memory for a frame		refill_work gets some and calls kick(): the poll continues.
 *					Until then the RX interrupt stays disabled
 *	the NIC is halted		napi_dummy_resume() calls kick()
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
 * Rule: disable the interrupt only when napi_schedule_prep() returned true, and before
 * __napi_schedule(). False means that the instance is already scheduled. Its poll will
 * enable the interrupt, and after that no code may disable the interrupt.
 */
static void napi_dummy_napi_schedule(struct napi_dummy_queue *q)
{
	if (napi_schedule_prep(&q->napi)) {
		napi_dummy_napi_irqs_off(q);
		__napi_schedule(&q->napi);
	}
}

/* Hard interrupt context; on PREEMPT_RT, a thread. __napi_schedule() works in both. */
static irqreturn_t napi_dummy_napi_top(int irq, void *dev_id)
{
	struct napi_dummy_queue *q = dev_id;

	if (!nic_irq_cause(q->hw))
		return IRQ_NONE;
	napi_dummy_count(&q->irqs);
	napi_dummy_napi_schedule(q);
	return IRQ_HANDLED;
}

/*
 * Returns the number of frames taken from the ring. Sets *starved if it left frames in the
 * ring because there was no memory.
 */
static int napi_dummy_napi_receive(struct napi_dummy_queue *q, int budget,
				   bool *starved)
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
		skb = napi_dummy_copy(q, frame);
		if (unlikely(!skb)) {
			*starved = true;
			break;
		}
		/* The frame has been copied, so the NIC may use the slot again. */
		nic_rx_pop(q->hw, 1);
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
 * Runs in a softirq. Or it runs with BH disabled: in a kthread (threaded NAPI), in a task
 * that busy polls, or in netpoll. Because of SCHED in napi->state it never runs twice at
 * the same time.
 */
static int napi_dummy_napi_poll(struct napi_struct *napi, int budget)
{
	struct napi_dummy_queue *q = container_of(napi, struct napi_dummy_queue,
						  napi);
	bool starved = false;
	int done;

	napi_dummy_count(&q->polls);
	/* Rule: handle TX completions whatever the budget is. */
	napi_dummy_tx_clean(q, budget);
	/*
	 * Rule: with budget 0 the caller is netpoll. Do not receive, do not use page_pool
	 * or XDP, and do not complete.
	 */
	if (unlikely(!budget))
		return 0;
	done = napi_dummy_napi_receive(q, budget, &starved);
	napi_dummy_xdp_flush(q);

	/* Rule: if there may be work left, return exactly the budget, and do not complete. */
	if (done == budget)
		return budget;
	/*
	 * Queue the work before completing: code that waits in napi_disable() and then
	 * cancels this work must find it queued (refill.litmus).
	 */
	if (unlikely(starved))
		queue_work(napi_dummy_wq, &q->refill_work);
	/*
	 * Rule: if napi_complete_done() returns false, this instance will be polled again.
	 * Leave the interrupt disabled.
	 */
	if (!napi_complete_done(napi, done))
		return done;

	/* From here on another CPU may poll. So use only the NIC's registers, not the data in q. */
	if (unlikely(starved)) {
		/* RX stays disabled until there is memory; then the refill work calls kick(). */
		napi_dummy_poll_done(q);
		return done;
	}
	/*
	 * A frame that arrived since the last look raised no interrupt. So look again after
	 * enabling the interrupt. This code does "write enable, barrier, read ring"; the
	 * NIC does "write ring, barrier, read enable". The barriers are smp_store_mb() in
	 * nic_irq_on() and smp_mb() in nic_moderate(). If either barrier were missing, the
	 * frame could stay in the ring until another frame comes (irq-on.litmus).
	 */
	napi_dummy_napi_irqs_on(q);
	if (unlikely(nic_rx_count(q->hw) || nic_tx_sent(q->hw)))
		napi_dummy_napi_schedule(q);
	return done;
}

/* Schedules the poll, which looks at the ring and enables the interrupts. */
static void napi_dummy_napi_kick(struct napi_dummy_queue *q)
{
	/*
	 * In process context call napi_schedule() with BH disabled. It raises the softirq,
	 * and local_bh_enable() runs the softirq.
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
