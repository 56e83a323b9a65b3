// SPDX-License-Identifier: GPL-2.0
/*
 * lab7: a strategy of napi_dummy_netdev, see napi_dummy.h. It moves received frames from
 * the NIC's ring to the stack, and packets from the stack to the NIC. Both directions need
 * a DMA transfer, and the driver must sleep until the transfer ends. But a poll and
 * ndo_start_xmit must not sleep.
 */
#include <linux/module.h>

#include "napi_dummy.h"

/* Numbers of waiting packets: at LAB7_HIGH the queue is stopped, at LAB7_LOW it is woken. */
#define LAB7_HIGH	64
#define LAB7_LOW	16

static struct workqueue_struct *lab7_wq;

/*@ else 123: static void lab7_kick(struct napi_dummy_queue *q); */
/*@ else 123: */
/* Receiving ---------------------------------------------------------------- */

/* Hard interrupt. */
static irqreturn_t lab7_top(int irq, void *dev_id)
{
	struct napi_dummy_queue *q = dev_id;
	unsigned int cause = nic_irq_cause(q->hw);

	if (!cause)
		return IRQ_NONE;
	napi_dummy_count(&q->irqs);
	if (cause & BIT(NIC_RX)) {
		nic_irq_off(q->hw, NIC_RX);
		/*@ hole 123: What fetches the frames? Not the poll. */
		/*@ else 123: napi_schedule(&q->napi); */
		queue_work(lab7_wq, &q->rx_work);
		/*@ end */
	}
	/* Freeing transmitted packets does not sleep, so the poll does it. */
	if (cause & BIT(NIC_TX) && napi_schedule_prep(&q->napi)) {
		nic_irq_off(q->hw, NIC_TX);
		__napi_schedule(&q->napi);
	}
	return IRQ_HANDLED;
}

/*@ hole 123: This function sleeps, but the poll calls it. Call it from q->rx_work instead. */
/*@ else 123: static void lab7_fetch(struct napi_dummy_queue *q) */
/*
 * The worker that receives frames: a task. For one queue, this worker never runs twice at a
 * time. Only this worker takes frames from the ring and buffers from the pool.
 */
static void lab7_fetch(struct work_struct *work)
/*@ end */
{
	/*@ hole 123 */
	struct napi_dummy_queue *q = from_work(q, work, rx_work);
	/*@ end */
	int n;

	/*@ else 123: while ((n = napi_dummy_dma_begin(q, GFP_ATOMIC)) > 0) { */
	/*@ hole 123 */
	while ((n = napi_dummy_dma_begin(q, GFP_KERNEL)) > 0) {
	/*@ end */
		napi_dummy_dma_wait(q);
		/*@ hole 123: A transfer may be lost: then its frames are still in the ring. */
		/*@ hint The frames are in q->ready: what delivers them, and what schedules it? */
		/*@ else 123: napi_dummy_dma_end(q); */
		/*
		 * If this function returns 0, the transfer was lost, and the frames are
		 * still in the ring.
		 */
		if (!napi_dummy_dma_end(q))
			continue;
		/* napi_schedule() raises a softirq, which local_bh_enable() then runs. */
		local_bh_disable();
		napi_schedule(&q->napi);
		local_bh_enable();
		/*@ end */
	}
	/*
	 * The list is full, the NIC is halted, or there is no memory. The driver calls
	 * lab7_kick() when the work can continue.
	 */
	if (n)
		return;
	nic_irq_on(q->hw, NIC_RX);
	/* A frame that arrived while the interrupt was off has raised no interrupt. */
	if (nic_rx_count(q->hw)) {
		nic_irq_off(q->hw, NIC_RX);
		/*@ hole 123: Once more. */
		/*@ else 123: lab7_kick(q); */
		queue_work(lab7_wq, &q->rx_work);
		/*@ end */
	}
}

/* Softirq context. Nothing in this function may wait. */
static int lab7_poll(struct napi_struct *napi, int budget)
{
	struct napi_dummy_queue *q = container_of(napi, struct napi_dummy_queue, napi);
	int done;

	napi_dummy_count(&q->polls);
	napi_dummy_tx_clean(q, budget);
	if (unlikely(!budget))
		return 0;
	/*@ else 123: lab7_fetch(q); */
	done = napi_dummy_deliver(q, budget);
	if (done < budget && napi_complete_done(napi, done))
		napi_dummy_poll_done(q);
	return done;
}

/* Transmitting ------------------------------------------------------------- */

/* ndo_start_xmit: BH is disabled, and the core holds the queue's TX lock. */
static netdev_tx_t lab7_xmit(struct napi_dummy_queue *q, struct sk_buff *skb)
{
	/*@ hole 123: This sleeps. Leave the packet in q->backlog, and queue q->tx_work. */
	/*@ hint If LAB7_HIGH packets wait: netif_tx_stop_queue() of napi_dummy_txq(q). */
	/*@ else 123: struct sk_buff_head batch; */
	/*@ else 123: */
	/*@ else 123: __skb_queue_head_init(&batch); */
	/*@ else 123: __skb_queue_tail(&batch, skb); */
	/*@ else 123: if (napi_dummy_tx_transfer(q, &batch)) */
	/*@ else 123: >napi_dummy_tx_send(q, &batch); */
	/*@ else 123: __skb_queue_purge(&batch); */
	skb_queue_tail(&q->backlog, skb);
	/*
	 * When enough packets wait here, the stack must keep further packets. The TX lock
	 * is held, as in lab7_wake().
	 */
	if (skb_queue_len(&q->backlog) >= LAB7_HIGH)
		netif_tx_stop_queue(napi_dummy_txq(q));
	/*
	 * If the work is already queued, nothing more is needed: the worker empties the
	 * backlog.
	 */
	queue_work(lab7_wq, &q->tx_work);
	/*@ end */
	return NETDEV_TX_OK;
}

/*@ hole 3 */
/* Called when the worker has sent packets: wakes the queue if there is room again. */
static void lab7_wake(struct napi_dummy_queue *q)
{
	struct netdev_queue *txq = napi_dummy_txq(q);

	/*
	 * While this code holds the lock, lab7_xmit() cannot be between its check of the
	 * backlog and netif_tx_stop_queue().
	 */
	__netif_tx_lock_bh(txq);
	/*@ hole 12: Wake the queue, if it is stopped and few enough packets wait. */
	if (netif_tx_queue_stopped(txq) && skb_queue_len(&q->backlog) <= LAB7_LOW)
		netif_tx_wake_queue(txq);
	/*@ end */
	__netif_tx_unlock_bh(txq);
}

/*@ end */
/*
 * The worker that sends packets: a task. For one queue, this worker never runs twice at a
 * time.
 */
static void lab7_send(struct work_struct *work)
{
	/*@ hole 3: This function may sleep: take batches out of the backlog until it is empty. */
	/*@ hint napi_dummy_tx_batch(), napi_dummy_tx_transfer(), napi_dummy_tx_send(). */
	/*@ hint And when there is room again, what wakes the queue? See netif_tx_wake_queue(), */
	/*@ hint and __netif_tx_lock_bh() to keep lab7_xmit() out meanwhile. */
	/*@ hole 12: Which queue does this work item belong to? */
	/*@ else 12: struct napi_dummy_queue *q = NULL; */
	struct napi_dummy_queue *q = from_work(q, work, tx_work);
	/*@ end */
	struct sk_buff_head batch;

	/*@ else 12: if (!q) */
	/*@ else 12: >return; */
	__skb_queue_head_init(&batch);
	for (;;) {
		napi_dummy_tx_batch(q, &batch);
		if (skb_queue_empty(&batch))
			return;
		if (napi_dummy_tx_transfer(q, &batch)) {
			napi_dummy_tx_send(q, &batch);
			lab7_wake(q);
			continue;
		}
		/*@ hole 12: Not sent: put the packets back, so that no packet overtakes them. */
		/*@ hint skb_queue_splice_init(), under q->backlog.lock */
		/*@ else 12: __skb_queue_purge(&batch); */
		/*
		 * The transfer was lost. Put the packets back at the head, because
		 * lab7_xmit() adds later packets at the tail.
		 */
		spin_lock_irq(&q->backlog.lock);
		skb_queue_splice_init(&batch, &q->backlog);
		spin_unlock_irq(&q->backlog.lock);
		/*@ end */
		/* The NIC is halted. When the NIC runs again, the driver calls lab7_kick(). */
		if (READ_ONCE(q->hw->tx_halted))
			return;
	}
	/*@ end */
}

/* Starting and stopping ---------------------------------------------------- */

/*@ hole 123: Prepare rx_work before the first interrupt. Wait for it after the last interrupt. */
/*@ hint (The driver does both for tx_work.) Both functions are called for each queue. */
/*@ else 123: static void lab7_start(struct napi_dummy_queue *q) */
/*@ else 123: { */
/*@ else 123: } */
/*@ else 123: */
/*@ else 123: static void lab7_stop(struct napi_dummy_queue *q) */
/*@ else 123: { */
/*@ else 123: } */
/*@ else 123: */
static void lab7_start(struct napi_dummy_queue *q)
{
	INIT_WORK(&q->rx_work, lab7_fetch);
}

/* Do not wait for tx_work: the driver itself waits for it, when no code can queue it any more. */
static void lab7_stop(struct napi_dummy_queue *q)
{
	cancel_work_sync(&q->rx_work);
}

/*@ end */
/* The driver calls this to make the workers look at the ring and at the backlog. */
static void lab7_kick(struct napi_dummy_queue *q)
{
	/*@ hole 123 */
	queue_work(lab7_wq, &q->rx_work);
	/*@ end */
	queue_work(lab7_wq, &q->tx_work);
	local_bh_disable();
	napi_schedule(&q->napi);
	local_bh_enable();
}

static const struct napi_dummy_strategy lab7 = {
	.name		= "lab7",
	.owner		= THIS_MODULE,
	.top_half	= lab7_top,
	.poll		= lab7_poll,
	/*@ hole 123: Only the poll takes buffers from the pool. Is that still true? */
	/*@ else 123: .pool_in_poll	= true, */
	/*@ end */
	.start		= lab7_start,
	.stop		= lab7_stop,
	.kick		= lab7_kick,
	.xmit		= lab7_xmit,
	.tx_work	= lab7_send,
};

static int __init lab7_init(void)
{
	int err;

	lab7_wq = alloc_workqueue("lab7", WQ_PERCPU, 0);
	if (!lab7_wq)
		return -ENOMEM;
	err = napi_dummy_register_strategy(&lab7);
	if (err)
		destroy_workqueue(lab7_wq);
	return err;
}
module_init(lab7_init);

static void __exit lab7_exit(void)
{
	napi_dummy_unregister_strategy(&lab7);
	destroy_workqueue(lab7_wq);
}
module_exit(lab7_exit);

MODULE_DESCRIPTION("Lab 7: the poll that sleeps");
MODULE_LICENSE("GPL");
