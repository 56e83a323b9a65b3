// SPDX-License-Identifier: GPL-2.0
/*
 * The NIC's DMA controllers: two channels a queue, into the host's memory (RX)
 * and out of it (TX), one interrupt for both. A transfer takes time; its end is
 * an interrupt. The driver must wait for that end, one way or another.
 */
#include <linux/err.h>
#include <linux/string.h>

#include "compat.h"
#include "nic.h"
#include "irq_line.h"

/* The transfer has finished; a hard interrupt. */
static enum hrtimer_restart nic_dma_end(struct hrtimer *timer)
{
	struct nic_dma *dma = container_of(timer, struct nic_dma, timer);
	unsigned int i;

	raw_spin_lock(&dma->lock);
	if (!dma->enabled || nic_fault_hits(&dma->queue->nic->lose_dma)) {
		/* Aborted meanwhile; or lost: busy forever, and no interrupt. */
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
 * nic_dma_add() - one more copy for the next transfer
 * @dma: the channel, idle; its owner is the only one to touch it
 * @dst: to
 * @src: from
 * @len: bytes
 *
 * Context: any.
 * Return: 0, or -ENOSPC when the channel takes no more.
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
 * nic_dma_start() - start the transfer that was put together
 * @dma: the channel
 *
 * Its end is an interrupt of the queue's dma_line. Should this fail, what was
 * put together is forgotten.
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
		/* A byte a nanosecond, on top of setting up. */
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
 * nic_dma_status() - what became of the last transfer
 * @dma: the channel
 *
 * Context: any but NMI.
 * Return: 0 when it has finished, -EINPROGRESS, -ECANCELED, -EIO if it never was.
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
		/* Only then: else the owner may be putting together the next. */
		dma->segs = 0;
	}
	raw_spin_unlock_irq(&dma->lock);
}

/**
 * nic_dma_abort() - give up a transfer that does not end
 * @dma: the channel
 *
 * Afterwards the NIC does not touch the memory, and nic_dma_status() tells
 * whether the transfer was through after all.
 *
 * Context: process or softirq.
 */
void nic_dma_abort(struct nic_dma *dma)
{
	hrtimer_cancel(&dma->timer);
	nic_dma_cancel(dma);
}

/**
 * nic_dma_enable() - let a channel work, or stop it
 * @dma: the channel
 * @enable: false aborts what is under way
 *
 * Context: process.
 */
void nic_dma_enable(struct nic_dma *dma, bool enable)
{
	raw_spin_lock_irq(&dma->lock);
	WRITE_ONCE(dma->enabled, enable);
	raw_spin_unlock_irq(&dma->lock);
	/* Nothing new is started: the end of the old one, and then it is still. */
	if (!enable)
		hrtimer_cancel(&dma->timer);
}

/**
 * nic_dma_cause() - read which channels completed, and clear that
 * @q: the queue
 *
 * Context: any but NMI; the top half.
 * Return: NIC_DMA_* bits.
 */
unsigned int nic_dma_cause(struct nic_queue *q)
{
	irq_line_read(q->dma_line, UINT_MAX);
	return atomic_xchg(&q->dma_cause, 0);
}
