// SPDX-License-Identifier: GPL-2.0
/*
 * irq_oneshot_no_thread_fixed: no IRQF_ONESHOT for an interrupt without a thread.
 *
 * The rule it keeps: set IRQF_ONESHOT only for an interrupt with a thread. The flag keeps
 * the interrupt masked until the thread has returned. But the flag has a second effect:
 * PREEMPT_RT does not run the top half in a thread.
 *
 * Expect no message, and every event handled. On PREEMPT_RT the handler runs in a thread.
 */
#include "bench.h"

static irqreturn_t irq_oneshot_no_thread_top(int irq, void *data)
{
	struct bench_device *bdev = data;
	unsigned int events = bench_read_events(bdev);

	if (!events)
		return IRQ_NONE;
	bench_run(bdev);
	bench_done(bdev, events);
	return IRQ_HANDLED;
}

static int irq_oneshot_no_thread_probe(struct bench_device *bdev)
{
	return devm_request_irq(&bdev->dev, bdev->irq, irq_oneshot_no_thread_top, 0,
				dev_name(&bdev->dev), bdev);
}

static struct bench_driver irq_oneshot_no_thread_driver = {
	.probe = irq_oneshot_no_thread_probe,
	.trigger = BENCH_LEVEL,
};
module_bench_driver(irq_oneshot_no_thread_driver);

MODULE_DESCRIPTION("Fixed: a top half without IRQF_ONESHOT");
MODULE_LICENSE("GPL");
