// SPDX-License-Identifier: GPL-2.0
/*
 * work_leaks_lock_broken: a work function that returns early, and still holds a lock.
 *
 * The rule it breaks: a work function must leave its worker as it was before: no lock held,
 * and preemption, BH and interrupts enabled.
 *
 * Expect two messages at the first event, the first one from process_one_work():
 *
 *	BUG: workqueue leaked atomic, lock or RCU: kworker/1:1[37]
 *	BUG: scheduling while atomic: kworker/1:1/37/0x00000002
 *
 * (6.1 says "leaked lock or atomic".) The lock is held forever. The kernel survives until a
 * task takes the lock, which happens at the next event or "command".
 */
#include <linux/spinlock.h>

#include "bench_work.h"

struct work_leaks_lock {
	struct bench_work bh;
	spinlock_t lock;		/* protects @transfers, used by the item and "command" */
	unsigned int transfers;
};

static void work_leaks_lock_bottom(struct work_struct *work)
{
	struct work_leaks_lock *w = from_work(w, work, bh.work);

	bench_run(w->bh.bdev);
	bench_done(w->bh.bdev, atomic_xchg(&w->bh.pending, 0));
	spin_lock(&w->lock);
	/* Every second transfer has failed, beginning with the first. */
	if (w->transfers++ % 2 == 0)
		return;
	dev_dbg(&w->bh.bdev->dev, "transfer %u is complete\n", w->transfers);
	spin_unlock(&w->lock);
}

/* Process context: sets the number of the next transfer to @n. */
static int work_leaks_lock_preset(struct bench_device *bdev, unsigned int n)
{
	struct work_leaks_lock *w = from_bench(w, bdev, bh);

	guard(spinlock)(&w->lock);
	w->transfers = n;
	return 0;
}

static int work_leaks_lock_probe(struct bench_device *bdev)
{
	struct work_leaks_lock *w = dev_get_drvdata(&bdev->dev);

	spin_lock_init(&w->lock);
	return bench_work_setup(&w->bh, bdev, bench_work_top, work_leaks_lock_bottom);
}

static struct bench_driver work_leaks_lock_driver = {
	.probe = work_leaks_lock_probe,
	.remove = bench_work_remove,
	.priv_size = sizeof(struct work_leaks_lock),
	.command = { work_leaks_lock_preset, 0, UINT_MAX },
	.breaks = "broken on purpose: the first event leaves a lock held",
};
module_bench_driver(work_leaks_lock_driver);

MODULE_DESCRIPTION("Broken on purpose: an early return that leaves a lock held");
MODULE_LICENSE("GPL");
