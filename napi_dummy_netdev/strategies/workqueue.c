// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy "workqueue": the frame has to be fetched by a DMA transfer that the driver
 * must sleep for, and a poll may not sleep. So a worker does it.
 *
 *	hard IRQ: disable the device's RX interrupt, queue_work
 *	worker:   start DMA, sleep, put the frames on a list, napi_schedule
 *	softirq:  poll delivers from the list
 *
 * The three answers:
 * 1. How do the arguments get to the worker? They do not. The work_struct lies in
 *    struct napi_dummy_queue, which owns everything the worker needs.
 * 2. How does the worker get at them? container_of(), from the work_struct.
 * 3. What does the worker return instead of the number of packets? Nothing. It
 *    fills a list and calls napi_schedule(); the poll counts and returns what
 *    the poll delivered. So the budget keeps its meaning.
 *
 *	what stops the worker		what makes it go on
 *	-ENOMEM: no buffer		refill_work gets some, and kicks
 *	-EBUSY: the list is full	the poll, when it has delivered half of it, kicks
 *	-EIO: the NIC is halted		napi_dummy_resume() kicks
 *
 * In all three the RX interrupt stays disabled: kick() queues the worker, and the worker
 * enables it when it finds the ring empty.
 *
 * The top half disables RX without asking napi_schedule_prep() first, against the rule in
 * napi.c. The rule is about an owner that enables the interrupt at its end. Here that is
 * the worker, not the poll, and a work item has the same two properties: queued again while
 * it runs it will run once more, and it looks at the ring after enabling.
 */
#include "napi_dummy.h"

/* Hard interrupt. */
static irqreturn_t napi_dummy_workqueue_top(int irq, void *dev_id)
{
	struct napi_dummy_queue *q = dev_id;
	unsigned int cause = nic_irq_cause(q->hw);

	if (!cause)
		return IRQ_NONE;
	napi_dummy_count(&q->irqs);
	if (cause & BIT(NIC_RX)) {
		nic_irq_off(q->hw, NIC_RX);
		/* False when it is queued already: it will find this frame too. */
		queue_work(napi_dummy_wq, &q->rx_work);
	}
	/* Freeing what was sent needs no sleep: straight to the poll. */
	if (cause & BIT(NIC_TX) && napi_schedule_prep(&q->napi)) {
		nic_irq_off(q->hw, NIC_TX);
		__napi_schedule(&q->napi);
	}
	return IRQ_HANDLED;
}

/*
 * The worker: a task. It may sleep, for the transfer and for memory; but not for memory
 * that waits for a disk, which may be behind this device: GFP_NOIO. A work item runs once
 * at a time, so only this takes from ring and pool.
 */
static void napi_dummy_workqueue_fetch(struct work_struct *work)
{
	struct napi_dummy_queue *q = container_of(work, struct napi_dummy_queue,
						  rx_work);
	int n;

	while ((n = napi_dummy_dma_begin(q, GFP_NOIO)) > 0) {
		napi_dummy_dma_wait(q);
		if (!napi_dummy_dma_end(q))
			continue;
		/*
		 * The frames first: this poll, or the one after it, must see them
		 * (ready.litmus).
		 *
		 * BH disabled around it: napi_schedule() raises NET_RX, and
		 * local_bh_enable() serves it. Otherwise the kernel would wake
		 * ksoftirqd, which serves it later.
		 */
		local_bh_disable();
		napi_schedule(&q->napi);
		local_bh_enable();
	}
	if (n)		/* halted, full, or no memory: kick() continues */
		return;

	/* As in napi.c: enable, barrier, look again (irq-on.litmus). */
	nic_irq_on(q->hw, NIC_RX);
	if (nic_rx_count(q->hw)) {
		nic_irq_off(q->hw, NIC_RX);
		queue_work(napi_dummy_wq, &q->rx_work);
	}
}

/* Softirq. Delivers what is there; nothing in here waits. */
static int napi_dummy_workqueue_poll(struct napi_struct *napi, int budget)
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

static void napi_dummy_workqueue_start(struct napi_dummy_queue *q)
{
	INIT_WORK(&q->rx_work, napi_dummy_workqueue_fetch);
}

/* The transfer it slept for was ended by the halt: this is not for long. */
static void napi_dummy_workqueue_stop(struct napi_dummy_queue *q)
{
	cancel_work_sync(&q->rx_work);
}

static void napi_dummy_workqueue_kick(struct napi_dummy_queue *q)
{
	queue_work(napi_dummy_wq, &q->rx_work);
	local_bh_disable();
	napi_schedule(&q->napi);
	local_bh_enable();
}

const struct napi_dummy_strategy napi_dummy_workqueue = {
	.name		= "workqueue",
	.top_half	= napi_dummy_workqueue_top,
	.poll		= napi_dummy_workqueue_poll,
	.start		= napi_dummy_workqueue_start,
	.stop		= napi_dummy_workqueue_stop,
	.kick		= napi_dummy_workqueue_kick,
};
