// SPDX-License-Identifier: GPL-2.0
/*
 * work_hogs_cpu_broken: a long computation on a per-CPU queue.
 *
 * The rule it breaks: an item on a per-CPU queue must not compute for a long time. A long
 * computation keeps its CPU busy, and delays all other items that are queued on this CPU.
 *
 * After a "command", expect no message from a stock kernel (CONFIG_WQ_CPU_INTENSIVE_REPORT
 * says "hogged CPU for >10000us"). But the module reports how long an event waited for its
 * run:
 *
 *	work_hogs_cpu_broken work_hogs_cpu_broken: an event waited 2998 ms
 *
 * The kernel survives. A computation of 20 s or more would cause "BUG: soft lockup".
 */
#include <linux/devm-helpers.h>
#include <linux/ktime.h>
#include <linux/workqueue.h>

#include "bench.h"
#include "compat.h"

#define HOG_MS		3000
#define LATE_MS		1500

struct work_hogs_cpu {
	struct bench_device *bdev;
	struct work_struct hog;
	struct work_struct work;
	atomic_t pending;
	atomic64_t since;		/* when the oldest pending event was read, or 0 */
	unsigned int events;		/* events to raise while the hog computes */
};

/* This item is short, and runs on the CPU that took the interrupt. */
static void work_hogs_cpu_bottom(struct work_struct *work)
{
	struct work_hogs_cpu *w = from_work(w, work, work);
	ktime_t since = atomic64_xchg(&w->since, 0);
	s64 waited = since ? ktime_ms_delta(ktime_get(), since) : 0;

	bench_run(w->bdev);
	bench_done(w->bdev, atomic_xchg(&w->pending, 0));
	if (waited > LATE_MS)
		dev_warn(&w->bdev->dev, "an event waited %lld ms\n", waited);
}

static irqreturn_t work_hogs_cpu_top(int irq, void *data)
{
	struct work_hogs_cpu *w = data;
	unsigned int events = bench_read_events(w->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &w->pending);
	atomic64_cmpxchg(&w->since, 0, ktime_get());
	bench_raise(w->bdev);
	queue_work(system_percpu_wq, &w->work);
	return IRQ_HANDLED;
}

/* Stands for compression, encryption or checksums: it only computes, for three seconds. */
static void work_hogs_cpu_hog(struct work_struct *work)
{
	struct work_hogs_cpu *w = from_work(w, work, hog);
	ktime_t end = ktime_add_ms(ktime_get(), HOG_MS);

	for (; w->events; w->events--)
		irq_line_raise(w->bdev->line);
	while (ktime_before(ktime_get(), end))
		cpu_relax();
}

/* Process context: starts a computation, during which @n events come. */
static int work_hogs_cpu_start(struct bench_device *bdev, unsigned int n)
{
	struct work_hogs_cpu *w = dev_get_drvdata(&bdev->dev);

	/*
	 * The hog is queued only by commands, and commands run one at a time. So the hog cannot
	 * run after flush_work().
	 */
	flush_work(&w->hog);
	w->events = n;
	queue_work(system_percpu_wq, &w->hog);
	return 0;
}

static int work_hogs_cpu_probe(struct bench_device *bdev)
{
	struct work_hogs_cpu *w = dev_get_drvdata(&bdev->dev);
	int err;

	w->bdev = bdev;
	INIT_WORK(&w->work, work_hogs_cpu_bottom);
	/* The hog has no events to lose, so devm may cancel it after remove(). */
	err = devm_work_autocancel(&bdev->dev, &w->hog, work_hogs_cpu_hog);
	if (err)
		return err;
	return request_irq(bdev->irq, work_hogs_cpu_top, 0, dev_name(&bdev->dev), w);
}

static void work_hogs_cpu_remove(struct bench_device *bdev)
{
	struct work_hogs_cpu *w = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, w);
	flush_work(&w->work);
}

static struct bench_driver work_hogs_cpu_driver = {
	.probe = work_hogs_cpu_probe,
	.remove = work_hogs_cpu_remove,
	.priv_size = sizeof(struct work_hogs_cpu),
	.command = { work_hogs_cpu_start, 1, 100 },
	.breaks = "broken on purpose: a command makes a CPU busy for three seconds",
	.mechanism = BH_WORK,
};
module_bench_driver(work_hogs_cpu_driver);

MODULE_DESCRIPTION("Broken on purpose: a long computation on a per-CPU queue");
MODULE_LICENSE("GPL");
