// SPDX-License-Identifier: GPL-2.0
/*
 * lab7: a strategy of napi_dummy_netdev, see napi_dummy.h: how received frames get from
 * the card's ring to the stack. Each has to be fetched by a DMA transfer that one has to
 * sleep for, and a poll may not sleep.
 */
#include <linux/module.h>

#include "napi_dummy.h"

/*@ hole 23 */
static struct workqueue_struct *lab7_wq;

/*@ end */
/*@ else 12: static void lab7_kick(struct napi_dummy_queue *q); */
/*@ else 12: */
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
		/*@ hole 123: Who fetches the frames? Not the poll. */
		/*@ else 123: napi_schedule(&q->napi); */
		queue_work(lab7_wq, &q->rx_work);
		/*@ end */
	}
	/* To free what was sent one need not sleep: straight to the poll. */
	if (cause & BIT(NIC_TX) && napi_schedule_prep(&q->napi)) {
		nic_irq_off(q->hw, NIC_TX);
		__napi_schedule(&q->napi);
	}
	return IRQ_HANDLED;
}

/*@ hole 123: This sleeps, and the poll calls it. It belongs in q->rx_work. */
/*@ else 123: static void lab7_fetch(struct napi_dummy_queue *q) */
/* The worker, a task. One at a time for each queue: it alone takes from ring and pool. */
static void lab7_fetch(struct work_struct *work)
/*@ end */
{
	/*@ hole 123 */
	struct napi_dummy_queue *q = container_of(work, struct napi_dummy_queue,
						  rx_work);
	/*@ end */
	int n;

	/*@ else 123: while ((n = napi_dummy_dma_begin(q, GFP_ATOMIC)) > 0) { */
	/*@ hole 123 */
	while ((n = napi_dummy_dma_begin(q, GFP_KERNEL)) > 0) {
	/*@ end */
		napi_dummy_dma_wait(q);
		/*@ hole 123: A transfer may be lost: then its frames are in the ring still. */
		/*@ hint The frames are in q->ready now: who delivers them, and who tells it? */
		/*@ else 123: napi_dummy_dma_end(q); */
		/* None: it was lost, and the frames are in the ring as before. */
		if (!napi_dummy_dma_end(q))
			continue;
		/* napi_schedule() raises a softirq: bottom halves off, and it is served. */
		local_bh_disable();
		napi_schedule(&q->napi);
		local_bh_enable();
		/*@ end */
	}
	/* Full, halted, no memory: somebody will kick. */
	if (n)
		return;
	nic_irq_on(q->hw, NIC_RX);
	/*@ hole 3: A frame that came before the interrupt was on is announced by nobody. */
	if (nic_rx_count(q->hw)) {
		nic_irq_off(q->hw, NIC_RX);
		/*@ hole 12: Once more. */
		/*@ else 12: lab7_kick(q); */
		queue_work(lab7_wq, &q->rx_work);
		/*@ end */
	}
	/*@ end */
}

/* Softirq. Nothing in here may wait. */
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

/*@ hole 123: Before the first interrupt: prepare the work. After the last: wait for it. */
static int lab7_start(struct napi_dummy_queue *q)
{
	INIT_WORK(&q->rx_work, lab7_fetch);
	return 0;
}

static void lab7_stop(struct napi_dummy_queue *q)
{
	cancel_work_sync(&q->rx_work);
}

/*@ end */
/* Somebody else says: look at the ring. */
static void lab7_kick(struct napi_dummy_queue *q)
{
	/*@ hole 123 */
	queue_work(lab7_wq, &q->rx_work);
	/*@ end */
	local_bh_disable();
	napi_schedule(&q->napi);
	local_bh_enable();
}

static const struct napi_dummy_strategy lab7 = {
	.name		= "lab7",
	.owner		= THIS_MODULE,
	.top_half	= lab7_top,
	.poll		= lab7_poll,
	/*@ else 123: .pool_in_poll	= true, */
	/*@ hole 123 */
	.start		= lab7_start,
	.stop		= lab7_stop,
	/*@ end */
	.kick		= lab7_kick,
};

static int __init lab7_init(void)
{
	/*@ hole 23 */
	int err;

	lab7_wq = alloc_workqueue("lab7", WQ_PERCPU | WQ_MEM_RECLAIM, 0);
	if (!lab7_wq)
		return -ENOMEM;
	err = napi_dummy_register_strategy(&lab7);
	if (err)
		destroy_workqueue(lab7_wq);
	return err;
	/*@ end */
	/*@ else 23: return napi_dummy_register_strategy(&lab7); */
}
module_init(lab7_init);

static void __exit lab7_exit(void)
{
	napi_dummy_unregister_strategy(&lab7);
	/*@ hole 23 */
	destroy_workqueue(lab7_wq);
	/*@ end */
}
module_exit(lab7_exit);

MODULE_DESCRIPTION("Lab 7: the poll that sleeps");
MODULE_LICENSE("GPL");
