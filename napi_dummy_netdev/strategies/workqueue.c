// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy "workqueue": a DMA transfer must fetch the frame, and the driver must sleep
 * until the transfer ends. A poll must not sleep, so a worker does this.
 *
 *	hard IRQ: disable the device's RX interrupt, queue_work
 *	worker:   start DMA, sleep, put the frames on a list, napi_schedule
 *	softirq:  poll delivers from the list
 *
 * The answers to three questions:
 * 1. How do the arguments get to the worker? They do not. The work_struct is in
 *    struct napi_dummy_queue, which contains everything the worker needs.
 * 2. How does the worker find them? With container_of(), from the work_struct.
 * 3. What does the worker return instead of the number of packets? Nothing. It
 *    fills a list and calls napi_schedule(). The poll counts the packets that it delivers,
 *    and returns their number. So the budget keeps its meaning.
 *
 *	what stops the worker		what makes it continue
 *	-ENOMEM: no buffer		refill_work gets some and calls kick()
 *	-EBUSY: the list is full	the poll, when it has delivered half of it, calls kick()
 *	-EIO: the NIC is halted		napi_dummy_resume() calls kick()
 *
 * In all three cases the RX interrupt stays disabled. kick() queues the worker, and the
 * worker enables the interrupt when it finds the ring empty.
 *
 * The top half disables RX without calling napi_schedule_prep() first. In napi.c a rule
 * forbids this, because there the poll enables the interrupt. Here the worker enables the
 * interrupt. The worker loses no frame either: if it is queued while it runs, it runs once
 * more, and it looks at the ring after it has enabled the interrupt.
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
		/*
		 * If the item is already queued, queue_work() does nothing, and returns
		 * false. The item will find this frame too.
		 */
		queue_work(napi_dummy_wq, &q->rx_work);
	}
	/* Freeing transmitted packets does not sleep, so the poll does it. */
	if (cause & BIT(NIC_TX) && napi_schedule_prep(&q->napi)) {
		nic_irq_off(q->hw, NIC_TX);
		__napi_schedule(&q->napi);
	}
	return IRQ_HANDLED;
}

/*
 * The worker: a task. The worker may sleep until the transfer ends, or until there is
 * memory. But it must not wait for a disk, because the kernel may reach this disk through
 * this device: GFP_NOIO. A work item never runs twice at the same time, so only this
 * function takes from the ring and the pool.
 */
static void napi_dummy_workqueue_fetch(struct work_struct *work)
{
	struct napi_dummy_queue *q = from_work(q, work, rx_work);
	int n;

	while ((n = napi_dummy_dma_begin(q, GFP_NOIO)) > 0) {
		napi_dummy_dma_wait(q);
		if (!napi_dummy_dma_end(q))
			continue;
		/*
		 * Add the frames before napi_schedule(): this poll, or the next one, must
		 * see them (ready.litmus).
		 *
		 * Disable BH around napi_schedule(): it raises NET_RX, and
		 * local_bh_enable() runs NET_RX. Otherwise the kernel would wake
		 * ksoftirqd, which would run NET_RX later.
		 */
		local_bh_disable();
		napi_schedule(&q->napi);
		local_bh_enable();
	}
	if (n)		/* halted, full, or no memory: kick() will continue */
		return;

	/* As in napi.c: enable, barrier, look again (irq-on.litmus). */
	nic_irq_on(q->hw, NIC_RX);
	if (nic_rx_count(q->hw)) {
		nic_irq_off(q->hw, NIC_RX);
		queue_work(napi_dummy_wq, &q->rx_work);
	}
}

/* Softirq. Delivers the ready frames; nothing here waits. */
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

/* The halt has ended the transfer that the worker waited for, so this does not take long. */
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
