// SPDX-License-Identifier: GPL-2.0
/*
 * work_stalls_pool_broken: a work item that keeps its CPU while it waits for the device.
 *
 * The rule it breaks: a work item must sleep while it waits. If an item polls with BH,
 * preemption or interrupts disabled, no other task can run on its CPU, not even another
 * worker of the pool.
 *
 * Expect this message when the first "command" has run for 2 * watchdog_thresh seconds:
 *
 *	watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [kworker/1:1:37]
 *
 * After workqueue.watchdog_thresh (30) seconds, CONFIG_WQ_WATCHDOG also says which work
 * items are waiting:
 *
 *	BUG: workqueue lockup - pool cpus=1 node=0 flags=0x0 nice=0 stuck for 31s!
 *
 * On PREEMPT_RT there is no report, because the lock leaves preemption on.
 *
 * The kernel survives.
 */
#include <linux/iopoll.h>
#include <linux/spinlock.h>

#include "bench_work.h"
#include "compat.h"

#define READ_US		10		/* time between two reads of the status register */
#define READ_SLEEP_US	1000

struct work_stalls_pool {
	struct bench_work bh;
	struct work_struct firmware;
	spinlock_t lock;		/* protects the registers of the device */
	ktime_t ready;			/* when the device will report that it is ready */
};

static ushort transfer_ms = 20;
module_param(transfer_ms, ushort, 0444);
MODULE_PARM_DESC(transfer_ms, "how long the firmware takes to boot (20)");

/* This item is short, and runs on the CPU that took the interrupt. */
static void work_stalls_pool_bottom(struct work_struct *work)
{
	struct work_stalls_pool *w = from_work(w, work, bh.work);

	bench_run(w->bh.bdev);
	bench_done(w->bh.bdev, atomic_xchg(&w->bh.pending, 0));
}

/* The status register: is the firmware ready? */
static bool device_is_ready(struct work_stalls_pool *w)
{
	return ktime_after(ktime_get(), w->ready);
}

/* Boots the firmware. An event comes meanwhile. */
static void work_stalls_pool_firmware(struct work_struct *work)
{
	struct work_stalls_pool *w = from_work(w, work, firmware);
	u64 timeout_us = 2 * USEC_PER_MSEC * transfer_ms;
	bool ready;

	w->ready = ktime_add_ms(ktime_get(), transfer_ms);
	irq_line_raise(w->bh.bdev->line);
	spin_lock_bh(&w->lock);
	read_poll_timeout_atomic(device_is_ready, ready, ready, READ_US, timeout_us, false, w);
	spin_unlock_bh(&w->lock);
	if (!ready)
		dev_err(&w->bh.bdev->dev, "the firmware does not boot\n");
}

/* Process context: boots the firmware @n times. */
static int work_stalls_pool_boot(struct bench_device *bdev, unsigned int n)
{
	struct work_stalls_pool *w = from_bench(w, bdev, bh);

	while (n--) {
		queue_work(system_percpu_wq, &w->firmware);
		flush_work(&w->firmware);
	}
	return 0;
}

static int work_stalls_pool_probe(struct bench_device *bdev)
{
	struct work_stalls_pool *w = dev_get_drvdata(&bdev->dev);

	spin_lock_init(&w->lock);
	INIT_WORK(&w->firmware, work_stalls_pool_firmware);
	return bench_work_setup(&w->bh, bdev, bench_work_top, work_stalls_pool_bottom);
}

static struct bench_driver work_stalls_pool_driver = {
	.probe = work_stalls_pool_probe,
	.remove = bench_work_remove,
	.priv_size = sizeof(struct work_stalls_pool),
	.command = { work_stalls_pool_boot, 1, 100 },
	.breaks = "broken on purpose: a command makes a work item keep its CPU",
};
module_bench_driver(work_stalls_pool_driver);

MODULE_DESCRIPTION("Broken on purpose: a work item that polls with BH disabled");
MODULE_LICENSE("GPL");
