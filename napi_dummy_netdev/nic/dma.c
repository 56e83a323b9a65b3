// SPDX-License-Identifier: GPL-2.0
/*
 * The NIC's DMA controllers: two channels per queue, into the host's memory
 * (RX) and out of it (TX), with one interrupt for both. A transfer takes time, and its end
 * raises an interrupt. Every strategy has its own way to wait for this end.
 */
#include <linux/err.h>
#include <linux/string.h>

#include "compat.h"
#include "nic.h"
#include "irq_line.h"

/* Called when the transfer has finished, in a hard interrupt. */
static enum hrtimer_restart nic_dma_end(struct hrtimer *timer)
{
	struct nic_dma *dma = container_of(timer, struct nic_dma, timer);
	unsigned int i;

	raw_spin_lock(&dma->lock);
	if (!dma->enabled || nic_fault_hits(&dma->queue->nic->lose_dma)) {
		/*
		 * The channel was stopped, or the fault "lose_dma" makes the NIC lose this
		 * transfer. The transfer raises no interrupt, and stays busy until
		 * nic_dma_abort().
		 */
		raw_spin_unlock(&dma->lock);
		return HRTIMER_NORESTART;
	}
	for (i = 0; i < dma->segs; i++)
		memcpy(dma->seg[i].dst, dma->seg[i].src, dma->seg[i].len);
	dma->segs = 0;
	dma->busy = false;
	dma->status = 0;
	raw_spin_unlock(&dma->lock);

	atomic_or(dma->cause, &dma->queue->dma_cause);
	irq_line_raise(dma->queue->dma_line);
	return HRTIMER_NORESTART;
}

static void nic_dma_channel_init(struct nic_queue *q, struct nic_dma *dma,
				 unsigned int cause)
{
	dma->queue = q;
	dma->cause = cause;
	raw_spin_lock_init(&dma->lock);
	hrtimer_setup(&dma->timer, nic_dma_end, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
}

void nic_dma_init(struct nic_queue *q)
{
	nic_dma_channel_init(q, &q->dma_rx, NIC_DMA_RX);
	nic_dma_channel_init(q, &q->dma_tx, NIC_DMA_TX);
}

/**
 * nic_dma_add() - add one more copy to the next transfer
 * @dma: the channel, idle; only its owner uses it
 * @dst: destination
 * @src: source
 * @len: bytes
 *
 * Context: any.
 * Return: 0, or -ENOSPC if the channel is full.
 */
int nic_dma_add(struct nic_dma *dma, void *dst, const void *src,
		unsigned int len)
{
	if (dma->segs == NIC_DMA_SEGS)
		return -ENOSPC;
	dma->seg[dma->segs++] = (struct nic_dma_seg) { dst, src, len };
	return 0;
}

/**
 * nic_dma_start() - start the prepared transfer
 * @dma: the channel
 *
 * The end of the transfer raises an interrupt on the queue's dma_line. If this function
 * fails, the prepared transfer is dropped.
 *
 * Context: any but NMI.
 * Return: 0, -EIO when the NIC is halted.
 */
int nic_dma_start(struct nic_dma *dma)
{
	unsigned long flags;
	u64 ns = READ_ONCE(dma->queue->nic->dma_ns);
	int err = -EIO;
	unsigned int i;

	raw_spin_lock_irqsave(&dma->lock, flags);
	if (dma->enabled && !WARN_ON_ONCE(dma->busy)) {
		/* A transfer takes one nanosecond per byte, plus the set-up time. */
		for (i = 0; i < dma->segs; i++)
			ns += dma->seg[i].len;
		dma->busy = true;
		dma->status = -EINPROGRESS;
		WRITE_ONCE(dma->transfers, dma->transfers + 1);
		hrtimer_start(&dma->timer, ns_to_ktime(ns), HRTIMER_MODE_REL_HARD);
		err = 0;
	} else {
		dma->segs = 0;
		dma->status = err;
	}
	raw_spin_unlock_irqrestore(&dma->lock, flags);
	return err;
}

/**
 * nic_dma_status() - the result of the last transfer
 * @dma: the channel
 *
 * Context: any but NMI.
 * Return: 0 if the transfer has finished (or if there was none yet), -EINPROGRESS if it is
 *  running, -ECANCELED if it was aborted, or -EIO if nic_dma_start() did not start it.
 */
int nic_dma_status(struct nic_dma *dma)
{
	unsigned long flags;
	int status;

	raw_spin_lock_irqsave(&dma->lock, flags);
	status = dma->status;
	raw_spin_unlock_irqrestore(&dma->lock, flags);
	return status;
}

static void nic_dma_cancel(struct nic_dma *dma)
{
	raw_spin_lock_irq(&dma->lock);
	if (dma->busy) {
		dma->busy = false;
		dma->status = -ECANCELED;
		/*
		 * Clear "segs" only if a transfer was running. Otherwise the owner may be
		 * preparing the next transfer.
		 */
		dma->segs = 0;
	}
	raw_spin_unlock_irq(&dma->lock);
}

/**
 * nic_dma_abort() - abort a transfer that does not end
 * @dma: the channel
 *
 * After this call the NIC does not access the memory. nic_dma_status() says whether the
 * transfer has finished after all.
 *
 * Context: process or softirq.
 */
void nic_dma_abort(struct nic_dma *dma)
{
	hrtimer_cancel(&dma->timer);
	nic_dma_cancel(dma);
}

/**
 * nic_dma_enable() - enable or stop a channel
 * @dma: the channel
 * @enable: false aborts the current transfer
 *
 * Context: process.
 */
void nic_dma_enable(struct nic_dma *dma, bool enable)
{
	raw_spin_lock_irq(&dma->lock);
	WRITE_ONCE(dma->enabled, enable);
	raw_spin_unlock_irq(&dma->lock);
	/* No new transfer can start. Wait for the end of the current transfer. */
	if (!enable)
		hrtimer_cancel(&dma->timer);
}

/**
 * nic_dma_cause() - read which channels completed, and clear the register
 * @q: the queue
 *
 * Context: any but NMI; the top half of the DMA interrupt calls it.
 * Return: NIC_DMA_* bits.
 */
unsigned int nic_dma_cause(struct nic_queue *q)
{
	irq_line_read(q->dma_line, UINT_MAX);
	return atomic_xchg(&q->dma_cause, 0);
}
