// SPDX-License-Identifier: GPL-2.0
/*
 * rcu_no_barrier_fixed: a driver that waits for its RCU callback when it is unbound.
 *
 * The rule it keeps: before you free the memory or the code of an RCU callback, wait for
 * the callback. First tell the callback not to queue itself again. Then rcu_barrier()
 * waits for all callbacks that are queued when it is called.
 *
 * Expect no message, and every event handled.
 */
#include <linux/rcupdate.h>
#include <linux/vmalloc.h>

#include "bench.h"

struct rcu_no_barrier {
	struct bench_device *bdev;
	struct rcu_head rcu;
	atomic_t queued;		/* 1 while the rcu_head is queued */
	atomic_t pending;
	unsigned int left;		/* grace periods until the events are handled */
	bool stopping;
	u32 samples[16384];		/* large, so this struct is in vmalloc() memory */
};

static uint periods = 1;
module_param(periods, uint, 0444);
MODULE_PARM_DESC(periods, "grace periods from the first event until the events are handled (1)");

static void rcu_no_barrier_handle(struct rcu_no_barrier *r)
{
	bench_done(r->bdev, atomic_xchg(&r->pending, 0));
}

/* Softirq context, after a grace period; on PREEMPT_RT the thread rcuc/N. */
static void rcu_no_barrier_bottom(struct rcu_head *head)
{
	struct rcu_no_barrier *r = container_of(head, struct rcu_no_barrier, rcu);

	if (--r->left && !READ_ONCE(r->stopping)) {
		call_rcu(&r->rcu, rcu_no_barrier_bottom);
		return;
	}
	bench_run(r->bdev);
	/* Do this first, so that events that arrive later queue the callback again. */
	atomic_set_release(&r->queued, 0);
	rcu_no_barrier_handle(r);
}

static irqreturn_t rcu_no_barrier_top(int irq, void *data)
{
	struct rcu_no_barrier *r = data;
	unsigned int events = bench_read_events(r->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &r->pending);
	bench_raise(r->bdev);
	if (!atomic_xchg(&r->queued, 1)) {
		r->left = max(periods, 1U);
		call_rcu(&r->rcu, rcu_no_barrier_bottom);
	}
	return IRQ_HANDLED;
}

static int rcu_no_barrier_probe(struct bench_device *bdev)
{
	struct rcu_no_barrier *r = vzalloc(sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->bdev = bdev;
	dev_set_drvdata(&bdev->dev, r);
	err = request_irq(bdev->irq, rcu_no_barrier_top, 0, dev_name(&bdev->dev), r);
	if (err)
		vfree(r);
	return err;
}

static void rcu_no_barrier_remove(struct bench_device *bdev)
{
	struct rcu_no_barrier *r = dev_get_drvdata(&bdev->dev);

	/* After free_irq(), only the callback queues itself again. */
	free_irq(bdev->irq, r);
	WRITE_ONCE(r->stopping, true);
	/*
	 * The first call waits for a callback that may queue itself once more, because it
	 * has not seen "stopping" yet. The second call waits for that last run.
	 */
	rcu_barrier();
	rcu_barrier();
	/* Handle the events that the callback has not handled. */
	rcu_no_barrier_handle(r);
	vfree(r);
}

static struct bench_driver rcu_no_barrier_driver = {
	.probe = rcu_no_barrier_probe,
	.remove = rcu_no_barrier_remove,
	.mechanism = BH_RCU,
};
module_bench_driver(rcu_no_barrier_driver);

MODULE_DESCRIPTION("Fixed: an unload that waits for an RCU callback");
MODULE_LICENSE("GPL");
