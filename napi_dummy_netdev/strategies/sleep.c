// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy "sleep", broken: a DMA transfer must fetch the frame, and the driver
 * must sleep until the transfer ends. Here the poll sleeps. Compare it with workqueue.c,
 * which shows the right way.
 *
 *	hard IRQ: disable the device's RX interrupt, napi_schedule
 *	softirq:  poll starts DMA, SLEEPS, delivers
 *
 *	what stops the transfers	what makes them continue
 *	-ENOMEM: no buffer		refill_work gets some and calls kick()
 *	-EBUSY: the list is full	the poll, when it has delivered half of it, calls kick()
 *	-EIO: the NIC is halted		napi_dummy_resume() calls kick()
 *
 * The rule it breaks: a poll runs in a softirq or, as in threaded NAPI, in a task with BH
 * disabled. So a poll must not call schedule(), but wait_for_completion() calls
 * schedule().
 *
 * On a stock kernel, expect these messages at the first frame whose transfer has not ended
 * when the poll begins to wait for it:
 *
 *	BUG: scheduling while atomic: TASK/PID/0x00000101
 *	softirq: huh, entered softirq 3 NET_RX ... with preempt_count 00000100,
 *		exited with 00000000?
 *
 * The kernel survives if the poll sleeps on the stack of a task: in threaded NAPI, or if
 * the interrupt came while a task was in user space. If the idle task or kernel code was
 * interrupted, the poll runs on the CPU's interrupt stack. A poll that sleeps there leaves
 * its stack frame on this stack, and the next softirq overwrites the stack frame. Messages
 * seen: "unable to handle page fault", "Attempted to kill the idle task!".
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
	if (cause & BIT(NIC_RX)) {
		nic_irq_off(q->hw, NIC_RX);
		/* If the poll is already scheduled, it will run once more. */
		napi_schedule(&q->napi);
	}
	/* Freeing transmitted packets does not sleep, so the poll does it. */
	if (cause & BIT(NIC_TX) && napi_schedule_prep(&q->napi)) {
		nic_irq_off(q->hw, NIC_TX);
		__napi_schedule(&q->napi);
	}
	return IRQ_HANDLED;
}

/*
 * The poll calls this in softirq context. It must not sleep, but it does: this is the bug.
 * NAPI never runs a poll twice at the same time, so only this function takes from the ring
 * and the pool.
 */
static void napi_dummy_sleep_fetch(struct napi_dummy_queue *q)
{
	int n;

	while ((n = napi_dummy_dma_begin(q, GFP_ATOMIC)) > 0) {
		napi_dummy_dma_wait(q);
		napi_dummy_dma_end(q);
	}
	if (n)		/* halted, full, or no memory: kick() will continue */
		return;

	/* As in napi.c: enable, barrier, look again (irq-on.litmus). */
	nic_irq_on(q->hw, NIC_RX);
	if (nic_rx_count(q->hw)) {
		nic_irq_off(q->hw, NIC_RX);
		napi_schedule(&q->napi);
	}
}

/* Softirq. */
static int napi_dummy_sleep_poll(struct napi_struct *napi, int budget)
{
	struct napi_dummy_queue *q = container_of(napi, struct napi_dummy_queue,
						  napi);
	int done;

	napi_dummy_count(&q->polls);
	napi_dummy_tx_clean(q, budget);
	if (unlikely(!budget))
		return 0;
	napi_dummy_sleep_fetch(q);
	done = napi_dummy_deliver(q, budget);
	if (done < budget && napi_complete_done(napi, done))
		napi_dummy_poll_done(q);
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
