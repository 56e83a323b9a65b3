// SPDX-License-Identifier: GPL-2.0
/*
 * work_sleeps_locked_fixed: a worker that sleeps first, and then takes the spinlock.
 *
 * The rule it keeps: a worker must not sleep while it holds a spinlock. Another task that
 * needs the lock spins until the lock is released. So the task that holds the lock must not
 * give up the CPU.
 *
 * Expect no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/spinlock.h>

#include "bench_work.h"

struct work_sleeps_locked {
	struct bench_work bh;
	spinlock_t lock;		/* protects @total, used by the item and "command" */
	unsigned int total;
};

static void work_sleeps_locked_bottom(struct work_struct *work)
{
	struct work_sleeps_locked *w = from_work(w, work, bh.work);
	unsigned int events = atomic_xchg(&w->bh.pending, 0);

	bench_run(w->bh.bdev);
	/* The device transfers the data of the events, which takes time. */
	usleep_range(20000, 30000);
	spin_lock(&w->lock);
	w->total += events;
	spin_unlock(&w->lock);
	bench_done(w->bh.bdev, events);
}

/* Process context: sets the total to @n. */
static int work_sleeps_locked_preset(struct bench_device *bdev, unsigned int n)
{
	struct work_sleeps_locked *w = from_bench(w, bdev, bh);

	guard(spinlock)(&w->lock);
	w->total = n;
	return 0;
}

static int work_sleeps_locked_probe(struct bench_device *bdev)
{
	struct work_sleeps_locked *w = dev_get_drvdata(&bdev->dev);

	spin_lock_init(&w->lock);
	return bench_work_setup(&w->bh, bdev, bench_work_top, work_sleeps_locked_bottom);
}

static struct bench_driver work_sleeps_locked_driver = {
	.probe = work_sleeps_locked_probe,
	.remove = bench_work_remove,
	.priv_size = sizeof(struct work_sleeps_locked),
	.command = { work_sleeps_locked_preset, 0, UINT_MAX },
};
module_bench_driver(work_sleeps_locked_driver);

MODULE_DESCRIPTION("Fixed: a worker that sleeps before it takes the lock");
MODULE_LICENSE("GPL");
