// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy "sleep", broken: the poll starts the DMA transfer and sleeps for its
 * end, as in the question this folder answers. `diff` it with
 * strategy_workqueue.c.
 *
 *	hard IRQ: disable the device's RX interrupt, napi_schedule
 *	softirq:  poll starts DMA, and SLEEPS
 *
 * The rule it breaks: a poll is a softirq, or runs with bottom halves off, in
 * threaded NAPI too. It may not call schedule(), and wait_for_completion() does.
 *
 * What to expect on a stock kernel, with the first frame:
 *
 *	BUG: scheduling while atomic: ksoftirqd/0/...
 *	softirq: huh, entered softirq 3 NET_RX ... with preempt_count ..., exited with ...?
 *
 * What comes then is chance. A softirq runs on the CPU's interrupt stack: who
 * sleeps there leaves his frame on it, and the next interrupt writes over that.
 * Seen: pings that go through, kernel page faults at addresses that are nowhere
 * ("Oops", "stack recursion"), a machine that hangs.
 */
#include "napi_dummy.h"

/* Hard interrupt. */
static irqreturn_t napi_dummy_sleep_top(int irq, void *dev_id)
{
	struct napi_dummy_queue *q = dev_id;
	unsigned int cause = nic_irq_cause(q->hw);

	if (!cause)
		return IRQ_NONE;
	napi_dummy_count(&q->irqs);
	if (napi_schedule_prep(&q->napi)) {
		nic_irq_off(q->hw, NIC_RX);
		nic_irq_off(q->hw, NIC_TX);
		__napi_schedule(&q->napi);
	}
	return IRQ_HANDLED;
}

/* Softirq. Waits, and that is the bug. */
static int napi_dummy_sleep_poll(struct napi_struct *napi, int budget)
{
	struct napi_dummy_queue *q = container_of(napi, struct napi_dummy_queue,
						  napi);
	int done;

	napi_dummy_count(&q->polls);
	napi_dummy_tx_clean(q, budget);
	if (unlikely(!budget))
		return 0;
	if (napi_dummy_dma_begin(q, GFP_ATOMIC) > 0) {
		napi_dummy_dma_wait(q);
		napi_dummy_dma_end(q);
	}
	done = napi_dummy_deliver(q, budget);
	if (done < budget && napi_complete_done(napi, done)) {
		nic_irq_on(q->hw, NIC_RX);
		napi_dummy_poll_done(q);
		if (nic_rx_count(q->hw))
			napi_schedule(&q->napi);
	}
	return done;
}

static void napi_dummy_sleep_kick(struct napi_dummy_queue *q)
{
	local_bh_disable();
	napi_schedule(&q->napi);
	local_bh_enable();
}

const struct napi_dummy_strategy napi_dummy_sleep = {
	.name		= "sleep",
	.owner		= THIS_MODULE,
	.top_half	= napi_dummy_sleep_top,
	.poll		= napi_dummy_sleep_poll,
	.kick		= napi_dummy_sleep_kick,
	.pool_in_poll	= true,
};
