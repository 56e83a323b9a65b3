// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy "tasklet": no task sleeps for the transfer at all. Drivers that use
 * dmaengine look like this, because its completion callbacks are tasklets.
 *
 *	hard IRQ:     disable the device's RX interrupt, start DMA
 *	DMA-done IRQ: tasklet_schedule
 *	tasklet:      frames to a list, napi_schedule; start the next transfer, or
 *	              enable the RX interrupt
 *	softirq:      poll delivers from the list
 *
 * Tasklets are deprecated. Their successor is BH work (6.9): a work item on system_bh_wq
 * that runs in the same softirq. MORE.md has this file's diff to it.
 *
 * A work item has only one owner at a time. Here both a top half and a tasklet may start a
 * transfer, perhaps on different CPUs. The bit OWNED says which of them does, as SCHED does
 * for
 * a NAPI instance and PENDING for a work item:
 *
 *	             top half: test_and_set, and it was clear
 *	   free  ------------------------------------------------>  owned
 *	         <------------------------------------------------
 *	             next(): the ring is empty; clear, enable RX, look again
 *
 *	owned by:  the top half, until next() has started a transfer
 *	           the transfer, until its interrupt
 *	           the tasklet, until next() has started the next one, or has set it free
 *	           kick(), while next() waits for one of these:
 *
 *	what stops next()		what makes it continue
 *	-ENOMEM: no buffer		refill_work gets some and calls kick()
 *	-EBUSY: the list is full	the poll, when it has delivered half of it, calls kick()
 *	-EIO: the NIC is halted		napi_dummy_resume() calls kick()
 */
#include "napi_dummy.h"

/* The caller owns. In a top half, buffers come from the stock, not from the pool. */
static void napi_dummy_tasklet_next(struct napi_dummy_queue *q)
{
	/* Full, halted or no buffer: it is still owned, and kick() continues. */
	while (!napi_dummy_dma_begin(q, 0)) {
		/* Release: after this the top half may own it (owned.litmus). */
		clear_bit_unlock(NAPI_DUMMY_OWNED, &q->state);
		/* As in napi.c: enable, barrier, look again (owned-look.litmus). */
		nic_irq_on(q->hw, NIC_RX);
		if (!nic_rx_count(q->hw) ||
		    test_and_set_bit_lock(NAPI_DUMMY_OWNED, &q->state))
			return;
		nic_irq_off(q->hw, NIC_RX);
	}
}

/* Hard interrupt of the rings. */
static irqreturn_t napi_dummy_tasklet_top(int irq, void *dev_id)
{
	struct napi_dummy_queue *q = dev_id;
	unsigned int cause = nic_irq_cause(q->hw);

	if (!cause)
		return IRQ_NONE;
	napi_dummy_count(&q->irqs);
	/*
	 * Only the owner disables the interrupt; another owner will look again
	 * itself (owned.litmus).
	 */
	if (cause & BIT(NIC_RX) &&
	    !test_and_set_bit_lock(NAPI_DUMMY_OWNED, &q->state)) {
		nic_irq_off(q->hw, NIC_RX);
		napi_dummy_tasklet_next(q);
	}
	if (cause & BIT(NIC_TX) && napi_schedule_prep(&q->napi)) {
		nic_irq_off(q->hw, NIC_TX);
		__napi_schedule(&q->napi);
	}
	return IRQ_HANDLED;
}

/* Hard interrupt of the DMA controller. */
static irqreturn_t napi_dummy_tasklet_dma_done(int irq, void *dev_id)
{
	struct napi_dummy_queue *q = dev_id;
	unsigned int cause = nic_dma_cause(q->hw);

	if (!cause)
		return IRQ_NONE;
	if (cause & NIC_DMA_RX)
		tasklet_schedule(&q->tasklet);
	if (cause & NIC_DMA_TX)
		complete(&q->tx_done);
	return IRQ_HANDLED;
}

/*
 * Softirq, one at a time. It owns the ring if a transfer was running, or if it was
 * kicked. It is the one context that takes buffers from the pool.
 */
static void napi_dummy_tasklet_run(struct tasklet_struct *t)
{
	struct napi_dummy_queue *q = from_tasklet(q, t, tasklet);
	int status = nic_dma_status(&q->hw->dma_rx);

	/*
	 * The transfer is still running: kick() was called in between, or the
	 * watch stopped waiting for the transfer.
	 */
	if (q->dma_frames && status == -EINPROGRESS)
		return;
	/* Add the frames first: this poll, or the next one, must see them (ready.litmus). */
	if (q->dma_frames && napi_dummy_dma_end(q))
		napi_schedule(&q->napi);
	napi_dummy_stock_fill(q, GFP_ATOMIC);
	napi_dummy_tasklet_next(q);
}

static int napi_dummy_tasklet_poll(struct napi_struct *napi, int budget)
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

static void napi_dummy_tasklet_start(struct napi_dummy_queue *q)
{
	tasklet_setup(&q->tasklet, napi_dummy_tasklet_run);
	/* The tasklet does not run yet, so no other code takes from the pool. */
	napi_dummy_stock_fill(q, GFP_KERNEL);
	/* The next call of kick() takes the ownership. */
	set_bit(NAPI_DUMMY_OWNED, &q->state);
}

static void napi_dummy_tasklet_stop(struct napi_dummy_queue *q)
{
	/* No interrupt schedules the tasklet any more, and the poll is disabled. */
	tasklet_kill(&q->tasklet);
	/* The halt may have ended a transfer. */
	if (q->dma_frames)
		napi_dummy_dma_end(q);
}

/* kick() owns the ring, because next() stopped with the bit set. */
static void napi_dummy_tasklet_kick(struct napi_dummy_queue *q)
{
	tasklet_schedule(&q->tasklet);
	local_bh_disable();
	napi_schedule(&q->napi);
	local_bh_enable();
}

/*
 * No task waits for the transfer, so no task notices if it never ends. If the
 * transfer did end, there is no -ECANCELED, and its interrupt comes.
 */
static void napi_dummy_tasklet_watch(struct napi_dummy_queue *q)
{
	if (nic_dma_status(&q->hw->dma_rx) != -EINPROGRESS ||
	    time_before(jiffies, READ_ONCE(q->dma_since) + HZ / 2))
		return;
	nic_dma_abort(&q->hw->dma_rx);
	if (nic_dma_status(&q->hw->dma_rx) == -ECANCELED)
		tasklet_schedule(&q->tasklet);
}

const struct napi_dummy_strategy napi_dummy_tasklet = {
	.name		= "tasklet",
	.top_half	= napi_dummy_tasklet_top,
	.dma_done	= napi_dummy_tasklet_dma_done,
	.poll		= napi_dummy_tasklet_poll,
	.start		= napi_dummy_tasklet_start,
	.stop		= napi_dummy_tasklet_stop,
	.kick		= napi_dummy_tasklet_kick,
	.watch		= napi_dummy_tasklet_watch,
};
