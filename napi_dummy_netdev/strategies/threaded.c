// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy "threaded": the IRQ thread does the job of the worker in workqueue.c. The thread
 * need not be queued, has its own priority, and free_irq() waits for it.
 *
 *	hard IRQ:   disable the device's RX interrupt, wake the thread
 *	IRQ thread: start DMA, sleep, put the frames on a list, napi_schedule
 *	softirq:    poll delivers from the list
 *
 * The request has no IRQF_ONESHOT: RX is disabled in the device, and the top half must run
 * for TX while the thread sleeps.
 *
 *	what stops the thread		what makes it continue
 *	-ENOMEM: no buffer		refill_work gets some and calls kick()
 *	-EBUSY: the list is full	the poll, when it has delivered half of it, calls kick()
 *	-EIO: the NIC is halted		napi_dummy_resume() calls kick()
 *
 * The thread's own priority has a disadvantage. It is the real-time priority SCHED_FIFO 50.
 * The local_bh_enable() below runs NET_RX in the thread: this poll, and the polls of all
 * other devices on the CPU's list. All these polls then have priority over every normal
 * task, including ksoftirqd, and the CPU is no longer shared fairly.
 */
#include "napi_dummy.h"

/* Hard interrupt. */
static irqreturn_t napi_dummy_threaded_top(int irq, void *dev_id)
{
	struct napi_dummy_queue *q = dev_id;
	unsigned int cause = nic_irq_cause(q->hw);

	if (!cause)
		return IRQ_NONE;
	napi_dummy_count(&q->irqs);
	if (cause & BIT(NIC_TX) && napi_schedule_prep(&q->napi)) {
		nic_irq_off(q->hw, NIC_TX);
		__napi_schedule(&q->napi);
	}
	if (!(cause & BIT(NIC_RX)))
		return IRQ_HANDLED;
	nic_irq_off(q->hw, NIC_RX);
	return IRQ_WAKE_THREAD;
}

/*
 * Each interrupt line has one task, and only this task takes buffers from the ring and the
 * pool. The task may sleep, as the worker in workqueue.c may.
 */
static irqreturn_t napi_dummy_threaded_fetch(int irq, void *dev_id)
{
	struct napi_dummy_queue *q = dev_id;
	int n;

	do {
		while ((n = napi_dummy_dma_begin(q, GFP_NOIO)) > 0) {
			napi_dummy_dma_wait(q);
			if (!napi_dummy_dma_end(q))
				continue;
			/* Add the frames before napi_schedule(): see workqueue.c (ready.litmus). */
			local_bh_disable();
			napi_schedule(&q->napi);
			local_bh_enable();
		}
		if (n)	/* halted, full, or no memory: kick() will continue */
			return IRQ_HANDLED;

		/* As in napi.c: enable, barrier, look again (irq-on.litmus). */
		nic_irq_on(q->hw, NIC_RX);
		if (!nic_rx_count(q->hw))
			return IRQ_HANDLED;
		nic_irq_off(q->hw, NIC_RX);
	} while (true);
}

static int napi_dummy_threaded_poll(struct napi_struct *napi, int budget)
{
	struct napi_dummy_queue *q = container_of(napi, struct napi_dummy_queue,
						  napi);
	int done;

	napi_dummy_count(&q->polls);
	napi_dummy_tx_clean(q, budget);
	if (unlikely(!budget))
		return 0;
	done = napi_dummy_deliver(q, budget);
	if (done < budget && napi_complete_done(napi, done))
		napi_dummy_poll_done(q);
	return done;
}

/*
 * Use the NIC's register to run the top half, which wakes the thread.
 * irq_wake_thread() would wake it even while the interrupt is disabled with disable_irq().
 */
static void napi_dummy_threaded_kick(struct napi_dummy_queue *q)
{
	nic_irq_trigger(q->hw, NIC_RX);
	local_bh_disable();
	napi_schedule(&q->napi);
	local_bh_enable();
}

const struct napi_dummy_strategy napi_dummy_threaded = {
	.name		= "threaded",
	.top_half	= napi_dummy_threaded_top,
	.thread		= napi_dummy_threaded_fetch,
	.poll		= napi_dummy_threaded_poll,
	.kick		= napi_dummy_threaded_kick,
};
