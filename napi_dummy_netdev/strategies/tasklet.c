// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy "tasklet": no task sleeps for the transfer at all. Drivers that use dmaengine
 * look like this, because dmaengine's completion callbacks run in tasklets.
 *
 *	hard IRQ:     disable the device's RX interrupt, start DMA
 *	DMA-done IRQ: tasklet_schedule
 *	tasklet:      frames to a list, napi_schedule; start the next transfer, or
 *	              enable the RX interrupt
 *	softirq:      poll delivers from the list
 *
 * Tasklets are deprecated. The successor of tasklets is BH work (since 6.9): a work item
 * on system_bh_wq that runs in the same softirq. MORE.md shows how this file changes for
 * BH work.
 *
 * In workqueue.c only the worker starts transfers. Here a top half and a tasklet may both
 * try to start a transfer, perhaps on different CPUs. The bit OWNED lets only one of the
 * two start a transfer. OWNED is like SCHED of a NAPI instance and PENDING of a work item:
 *
 *	             top half: test_and_set, and it was clear
 *	   free  ------------------------------------------------>  owned
 *	         <------------------------------------------------
 *	             next(): the ring is empty; clear, enable RX, look again
 *
 *	owned by:  the top half, until next() has started a transfer
 *	           the transfer, until its interrupt
 *	           the tasklet, until next() has started the next transfer, or has freed
 *	           the ring
 *	           kick(), after next() has stopped for one of these reasons:
 *
 *	why next() stops		what makes it continue
 *	-ENOMEM: no buffer		refill_work gets some and calls kick()
 *	-EBUSY: the list is full	the poll, when it has delivered half of it, calls kick()
 *	-EIO: the NIC is halted		napi_dummy_resume() calls kick()
 */
#include "napi_dummy.h"

/*
 * The caller owns the ring. The caller may be a top half, so buffers come from the stock,
 * not from the pool.
 */
static void napi_dummy_tasklet_next(struct napi_dummy_queue *q)
{
	/*
	 * If the list is full, the NIC is halted, or there is no buffer, this function returns
	 * without clearing OWNED. Later kick() makes the tasklet start the next transfer.
	 */
	while (!napi_dummy_dma_begin(q, 0)) {
		/* Release: after this the top half may own the ring (owned.litmus). */
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
	 * Disable the interrupt only after becoming the owner. If there is an owner
	 * already, it will look at the ring again (owned.litmus).
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
 * Softirq context; the tasklet never runs twice at the same time. It becomes the owner of the
 * ring after the transfer that has just ended, or after kick(), if kick() scheduled the
 * tasklet. It is the only context that takes buffers from the pool.
 */
static void napi_dummy_tasklet_run(struct tasklet_struct *t)
{
	struct napi_dummy_queue *q = from_tasklet(q, t, tasklet);
	int status = nic_dma_status(&q->hw->dma_rx);

	/*
	 * The transfer is still running, so kick() or the watch has scheduled this run. The
	 * interrupt of the transfer will schedule the next run.
	 */
	if (q->dma_frames && status == -EINPROGRESS)
		return;
	/*
	 * Add the frames before napi_schedule(): this poll, or the next one, must see them
	 * (ready.litmus).
	 */
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
	/*
	 * The tasklet does not run yet, so no other code takes from the pool. GFP_NOIO,
	 * because a reset calls this function too. During a reset, the kernel must not wait for
	 * a disk that it reaches through this device.
	 */
	napi_dummy_stock_fill(q, GFP_NOIO);
	/* The next call of kick() takes over the ownership. */
	set_bit(NAPI_DUMMY_OWNED, &q->state);
}

static void napi_dummy_tasklet_stop(struct napi_dummy_queue *q)
{
	/*
	 * The interrupts and the poll are disabled, so nothing schedules the tasklet any
	 * more.
	 */
	tasklet_kill(&q->tasklet);
	/* The halt may have ended a transfer: take its frames or buffers back. */
	if (q->dma_frames)
		napi_dummy_dma_end(q);
}

/* kick() may act as the owner of the ring, because next() stopped without clearing OWNED. */
static void napi_dummy_tasklet_kick(struct napi_dummy_queue *q)
{
	tasklet_schedule(&q->tasklet);
	local_bh_disable();
	napi_schedule(&q->napi);
	local_bh_enable();
}

/*
 * No task waits for the transfer, so this function must notice a transfer that never ends.
 * If the transfer ends just before the abort, its status is not -ECANCELED, and its
 * interrupt schedules the tasklet.
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
