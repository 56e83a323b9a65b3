// SPDX-License-Identifier: GPL-2.0
/*
 * irq_no_oneshot_broken: a level interrupt that is unmasked before its thread has
 * finished.
 *
 * The rule it breaks: if only the thread can make the device deassert its interrupt, the
 * interrupt must stay masked until the thread has returned. IRQF_ONESHOT does that.
 *
 * Expect an interrupt storm at the first event. The kernel unmasks the interrupt when the
 * top half returns. The device still asserts the interrupt, so the interrupt fires again at
 * once. One event causes hundreds of interrupts or more. If 100,000 interrupts come before
 * the thread gets a CPU:
 *
 *	irq 41: nobody cared (try booting with the "irqpoll" option)
 *	Disabling IRQ #41
 *
 * The kernel survives, but the CPU does nothing else during the storm.
 */
#include <linux/delay.h>

#include "bench.h"

/* The bottom half: a task. */
static irqreturn_t irq_no_oneshot_thread(int irq, void *data)
{
	struct bench_device *bdev = data;
	unsigned int events;

	bench_run(bdev);
	/*
	 * The event register is behind a slow bus. Reading this register deasserts the
	 * interrupt.
	 */
	usleep_range(2000, 3000);
	events = bench_read_events(bdev);
	bench_done(bdev, events);
	return IRQ_RETVAL(events);
}

/* Hard interrupt context. The top half can read the status, but not the event register. */
static irqreturn_t irq_no_oneshot_top(int irq, void *data)
{
	struct bench_device *bdev = data;

	if (!irq_line_waiting(bdev->line))
		return IRQ_NONE;
	bench_raise(bdev);
	return IRQ_WAKE_THREAD;
}

static int irq_no_oneshot_probe(struct bench_device *bdev)
{
	return devm_request_threaded_irq(&bdev->dev, bdev->irq, irq_no_oneshot_top,
					 irq_no_oneshot_thread, 0,
					 dev_name(&bdev->dev), bdev);
}

static struct bench_driver irq_no_oneshot_driver = {
	.probe = irq_no_oneshot_probe,
	.trigger = BENCH_LEVEL,
	.mechanism = BH_IRQ_THREAD,
	.breaks = "broken on purpose: the first event makes an interrupt storm",
};
module_bench_driver(irq_no_oneshot_driver);

MODULE_DESCRIPTION("Broken on purpose: a level interrupt unmasked before its thread is done");
MODULE_LICENSE("GPL");
