// SPDX-License-Identifier: GPL-2.0
/*
 * demo_threaded_irq: a platform driver whose interrupt has a thread.
 *
 * The hard handler takes the events from the device, the thread deals with
 * them and sleeps meanwhile. IRQF_ONESHOT keeps the level line masked until
 * the thread is done. Watch the thread (ps -e | grep irq/), the files below
 * /sys/kernel/debug/bh_testbench/demo_threaded_irq, and dmesg at rmmod.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include "bh_probe.h"
#include "irq_line.h"
#include "slow_bus.h"

struct demo_threaded_irq {
	struct irq_line *line;
	struct platform_device *pdev;
	struct slow_bus bus;
	atomic_t fifo;			/* events taken over, not yet handled */
	s64 runs_at_detach;
	struct bh_counters counters;
	struct bh_probe top;
	struct bh_probe bottom;
};

static struct demo_threaded_irq demo;

/* The bottom half: a task of this interrupt's own, free to sleep. */
static irqreturn_t demo_threaded_irq_thread(int irq, void *dev_id)
{
	struct demo_threaded_irq *d = dev_id;
	int events;

	bh_probe_run(&d->bottom);
	events = atomic_xchg(&d->fifo, 0);
	slow_bus_transfer(&d->bus);
	atomic64_inc(&d->counters.bottom_halves);
	atomic64_add(events, &d->counters.handled);
	/* note_interrupt() compares what threads claim with what came in. */
	return events ? IRQ_HANDLED : IRQ_NONE;
}

/* The top half: hard interrupt context, the line is masked. */
static irqreturn_t demo_threaded_irq_top(int irq, void *dev_id)
{
	struct demo_threaded_irq *d = dev_id;
	unsigned int events = irq_line_ack(d->line);

	if (!events)
		return IRQ_NONE;

	bh_probe_run(&d->top);
	atomic64_inc(&d->counters.top_halves);
	atomic64_add(events, &d->counters.events);
	atomic_add(events, &d->fifo);
	bh_probe_raise(&d->bottom);
	return IRQ_WAKE_THREAD;
}

/* Registered after the interrupt, so undone before it: the thread lives. */
static void demo_threaded_irq_detach(void *data)
{
	struct demo_threaded_irq *d = data;

	d->runs_at_detach = atomic64_read(&d->counters.bottom_halves);
	/* free_irq() is next and waits for the thread: let it get through. */
	slow_bus_close(&d->bus);
}

/* Registered before the interrupt, so undone after it: the thread is gone. */
static void demo_threaded_irq_freed(void *data)
{
	struct demo_threaded_irq *d = data;
	s64 runs = atomic64_read(&d->counters.bottom_halves);

	dev_info(&d->pdev->dev, "interrupt freed; thread runs finished after detach began: %lld\n",
		 runs - d->runs_at_detach);
}

static int demo_threaded_irq_probe(struct platform_device *pdev)
{
	struct demo_threaded_irq *d = &demo;
	int irq, err;

	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;

	d->pdev = pdev;
	slow_bus_open(&d->bus);
	err = devm_add_action_or_reset(&pdev->dev, demo_threaded_irq_freed, d);
	if (err)
		return err;
	/* From here on both handlers may run: all they use stands ready. */
	err = devm_request_threaded_irq(&pdev->dev, irq, demo_threaded_irq_top,
					demo_threaded_irq_thread, IRQF_ONESHOT,
					dev_name(&pdev->dev), d);
	if (err)
		return err;
	return devm_add_action_or_reset(&pdev->dev, demo_threaded_irq_detach, d);
}

static struct platform_driver demo_threaded_irq_driver = {
	.driver.name = "demo_threaded_irq",
	.probe = demo_threaded_irq_probe,
};

/* What a device tree or ACPI does for a real device: it has this interrupt. */
static int __init demo_threaded_irq_add_device(struct demo_threaded_irq *d)
{
	struct resource res = DEFINE_RES_IRQ(irq_line_irq(d->line));

	d->pdev = platform_device_register_simple("demo_threaded_irq",
						  PLATFORM_DEVID_NONE, &res, 1);
	return PTR_ERR_OR_ZERO(d->pdev);
}

static int __init demo_threaded_irq_init(void)
{
	int err;

	demo.line = irq_line_create("demo_threaded_irq", IRQ_LINE_LEVEL);
	if (IS_ERR(demo.line))
		return PTR_ERR(demo.line);

	bh_counters_init(&demo.counters, demo.line);
	slow_bus_init(&demo.bus, irq_line_dir(demo.line));
	err = bh_probe_init(&demo.top, demo.line, "top", BH_HARDIRQ);
	if (err)
		goto err_line;
	err = bh_probe_init(&demo.bottom, demo.line, "bottom", BH_IRQ_THREAD);
	if (err)
		goto err_top;
	err = platform_driver_register(&demo_threaded_irq_driver);
	if (err)
		goto err_bottom;
	err = demo_threaded_irq_add_device(&demo);
	if (err)
		goto err_driver;
	return 0;

err_driver:
	platform_driver_unregister(&demo_threaded_irq_driver);
err_bottom:
	bh_probe_destroy(&demo.bottom);
err_top:
	bh_probe_destroy(&demo.top);
err_line:
	irq_line_destroy(demo.line);
	return err;
}
module_init(demo_threaded_irq_init);

static void __exit demo_threaded_irq_exit(void)
{
	/*
	 * The device goes: devm undoes probe() backwards, and free_irq() in
	 * there waits for both handlers. No free_irq() is to be seen here.
	 */
	platform_device_unregister(demo.pdev);
	platform_driver_unregister(&demo_threaded_irq_driver);
	/* What outlives devm's free_irq(): all that the handlers use, the line. */
	bh_probe_destroy(&demo.bottom);
	bh_probe_destroy(&demo.top);
	irq_line_destroy(demo.line);
}
module_exit(demo_threaded_irq_exit);

MODULE_DESCRIPTION("Bottom halves: a threaded interrupt handler");
MODULE_LICENSE("GPL");
