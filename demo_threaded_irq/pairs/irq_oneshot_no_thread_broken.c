// SPDX-License-Identifier: GPL-2.0
/*
 * irq_oneshot_no_thread_broken: IRQF_ONESHOT without a thread.
 *
 * The rule it breaks: set IRQF_ONESHOT only for an interrupt with a thread. The flag keeps
 * the interrupt masked until the thread has returned. But the flag has a second effect:
 * PREEMPT_RT does not run the top half in a thread.
 *
 * Expect no message from a kernel before 7.0. Since 7.0, __setup_irq() warns once
 * per boot:
 *
 *	WARNING: kernel/irq/manage.c:... at __setup_irq...
 *
 * The kernel survives, and the events are handled. On PREEMPT_RT the handler runs in a hard
 * interrupt.
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
	return devm_request_irq(&bdev->dev, bdev->irq, irq_oneshot_no_thread_top, IRQF_ONESHOT,
				dev_name(&bdev->dev), bdev);
}

static struct bench_driver irq_oneshot_no_thread_driver = {
	.probe = irq_oneshot_no_thread_probe,
	.trigger = BENCH_LEVEL,
	.breaks = "broken on purpose: since 7.0 the kernel warns of a flag that has no use",
};
module_bench_driver(irq_oneshot_no_thread_driver);

MODULE_DESCRIPTION("Broken on purpose: IRQF_ONESHOT without a thread");
MODULE_LICENSE("GPL");
