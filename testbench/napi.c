// SPDX-License-Identifier: GPL-2.0
/*
 * What every NAPI lesson needs and none should repeat: net_device, NAPI instance,
 * arming, and a teardown in the right order.
 */
#include <linux/interrupt.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "bench_napi.h"
#include "compat.h"
#include "testbench.h"

/**
 * bench_napi_init() - give a device a NAPI instance
 * @nic: embedded in the driver's own struct; becomes the device's drvdata
 * @bdev: the device
 * @poll: the poll function
 *
 * The instance is disabled until bench_napi_open().
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int bench_napi_init(struct bench_napi *nic, struct bench_device *bdev,
		    int (*poll)(struct napi_struct *, int))
{
	nic->bdev = bdev;
	nic->netdev = alloc_netdev_dummy(0);
	if (!nic->netdev)
		return -ENOMEM;
	netif_napi_add(nic->netdev, &nic->napi, poll);
	dev_set_drvdata(&bdev->dev, nic);
	return 0;
}
EXPORT_SYMBOL_GPL(bench_napi_init);

/**
 * bench_napi_destroy() - undo bench_napi_init()
 * @nic: the NAPI side of the device, closed
 *
 * Context: process, may sleep.
 */
void bench_napi_destroy(struct bench_napi *nic)
{
	netif_napi_del(&nic->napi);
	free_netdev(nic->netdev);
}
EXPORT_SYMBOL_GPL(bench_napi_destroy);

/* An edge line sends no pulse for frames that arrived before it was requested. */
static void bench_napi_look(struct bench_napi *nic)
{
	if (nic->bdev->drv->trigger != BENCH_EDGE)
		return;
	/* A task: local_bh_enable() is where NET_RX then runs. */
	local_bh_disable();
	if (bench_napi_frames_waiting(nic) && napi_schedule_prep(&nic->napi)) {
		bench_napi_irq_disable(nic);
		__napi_schedule(&nic->napi);
	}
	local_bh_enable();
}

/**
 * bench_napi_open() - as ndo_open(): enable NAPI, request the interrupt
 * @nic: the NAPI side of the device
 * @top: the top half; its dev_id is @nic
 *
 * Frames that are waiting already are polled.
 *
 * Context: process, may sleep.
 * Return: 0, or the error of request_irq(), and nothing has changed.
 */
int bench_napi_open(struct bench_napi *nic, irq_handler_t top)
{
	int err;

	napi_enable(&nic->napi);
	bench_napi_irq_enable(nic);
	/* Last: from here on the top half may schedule the poll. */
	err = request_irq(nic->bdev->irq, top, nic->irqflags,
			  dev_name(&nic->bdev->dev), nic);
	if (err)
		napi_disable(&nic->napi);
	else
		bench_napi_look(nic);
	return err;
}
EXPORT_SYMBOL_GPL(bench_napi_open);

/**
 * bench_napi_close() - as ndo_stop(): undo bench_napi_open()
 * @nic: the NAPI side of the device
 *
 * Frames that the poll has not taken stay in the device.
 *
 * Context: process, may sleep.
 */
void bench_napi_close(struct bench_napi *nic)
{
	/* After this no top half schedules the poll ... */
	free_irq(nic->bdev->irq, nic);
	/* ... so this waits for the last one, */
	napi_disable(&nic->napi);
	/* which may have enabled the device's interrupt. */
	bench_napi_irq_disable(nic);
}
EXPORT_SYMBOL_GPL(bench_napi_close);

/**
 * bench_napi_setup() - bench_napi_init() and bench_napi_open()
 * @nic: embedded in the driver's own struct; becomes the device's drvdata
 * @bdev: the device
 * @top: the top half; its dev_id is @nic
 * @poll: the poll function
 *
 * For the probe() of a NAPI lesson with state of its own.
 *
 * Context: process, may sleep.
 * Return: 0, -ENOMEM, or the error of request_irq(), and nothing is left set up.
 */
int bench_napi_setup(struct bench_napi *nic, struct bench_device *bdev,
		     irq_handler_t top, int (*poll)(struct napi_struct *, int))
{
	int err = bench_napi_init(nic, bdev, poll);

	if (err)
		return err;
	err = bench_napi_open(nic, top);
	if (err)
		bench_napi_destroy(nic);
	return err;
}
EXPORT_SYMBOL_GPL(bench_napi_setup);

/**
 * bench_napi_probe() - the probe() of a NAPI lesson without state of its own
 * @bdev: the device; its drvdata becomes a struct bench_napi
 * @top: the top half; its dev_id is the struct bench_napi
 * @poll: the poll function
 *
 * Context: process, may sleep.
 * Return: 0, -ENOMEM, or the error of request_irq().
 */
int bench_napi_probe(struct bench_device *bdev, irq_handler_t top,
		     int (*poll)(struct napi_struct *, int))
{
	struct bench_napi *nic;

	nic = devm_kzalloc(&bdev->dev, sizeof(*nic), GFP_KERNEL);
	if (!nic)
		return -ENOMEM;
	return bench_napi_setup(nic, bdev, top, poll);
}
EXPORT_SYMBOL_GPL(bench_napi_probe);

/**
 * bench_napi_remove() - the remove() of a NAPI lesson
 * @bdev: the device, whose drvdata is an open struct bench_napi
 *
 * Context: process, may sleep.
 */
void bench_napi_remove(struct bench_device *bdev)
{
	struct bench_napi *nic = dev_get_drvdata(&bdev->dev);

	bench_napi_close(nic);
	bench_napi_destroy(nic);
}
EXPORT_SYMBOL_GPL(bench_napi_remove);

/**
 * bench_napi_frames_waiting() - read the status register: are frames waiting?
 * @nic: the NAPI side of the device
 *
 * Changes nothing in the device.
 *
 * Context: any but NMI.
 */
bool bench_napi_frames_waiting(struct bench_napi *nic)
{
	return irq_line_waiting(nic->bdev->line);
}
EXPORT_SYMBOL_GPL(bench_napi_frames_waiting);

/**
 * bench_napi_receive() - take frames out of the ring, and be done with them
 * @nic: the NAPI side of the device
 * @budget: how many at most
 *
 * Context: any but NMI; the poll.
 * Return: how many there were, 0 to @budget.
 */
int bench_napi_receive(struct bench_napi *nic, int budget)
{
	int frames = irq_line_read(nic->bdev->line, budget);

	atomic64_add(frames, &nic->bdev->counters.events);
	bench_done(nic->bdev, frames);
	return frames;
}
EXPORT_SYMBOL_GPL(bench_napi_receive);

/**
 * bench_napi_irq_disable() - clear the device's interrupt enable bit
 * @nic: the NAPI side of the device
 *
 * Its frames wait in the ring, and it interrupts for none of them.
 *
 * Context: any but NMI.
 */
void bench_napi_irq_disable(struct bench_napi *nic)
{
	irq_line_set_irq_enabled(nic->bdev->line, false);
}
EXPORT_SYMBOL_GPL(bench_napi_irq_disable);

/**
 * bench_napi_irq_enable() - set the device's interrupt enable bit
 * @nic: the NAPI side of the device
 *
 * If frames are waiting, a level line interrupts at once. An edge line sends no pulse
 * for them: the caller must look once more, see bench_napi_frames_waiting().
 *
 * Context: any but NMI.
 */
void bench_napi_irq_enable(struct bench_napi *nic)
{
	irq_line_set_irq_enabled(nic->bdev->line, true);
}
EXPORT_SYMBOL_GPL(bench_napi_irq_enable);

/* The device's side -------------------------------------------------------- */

/**
 * bench_napi_burst() - a command: frames arrive before the poll can run
 * @bdev: the device, whose drvdata is an open struct bench_napi
 * @n: how many; the driver bounds it, since interrupts are off meanwhile
 *
 * Context: process.
 * Return: 0.
 */
int bench_napi_burst(struct bench_device *bdev, unsigned int n)
{
	unsigned long flags;

	/* The device interrupts this CPU, but not before the last frame is in its ring. */
	local_irq_save(flags);
	while (n--)
		irq_line_raise(bdev->line);
	local_irq_restore(flags);
	return 0;
}
EXPORT_SYMBOL_GPL(bench_napi_burst);

/**
 * bench_napi_late() - a command: a frame arrives, and others at the worst moment
 * @bdev: the device, whose drvdata is an open struct bench_napi
 * @n: how many others, see bench_napi_worst_moment()
 *
 * Context: process.
 * Return: 0.
 */
int bench_napi_late(struct bench_device *bdev, unsigned int n)
{
	struct bench_napi *nic = dev_get_drvdata(&bdev->dev);

	atomic_set(&nic->late, n);
	irq_line_raise(bdev->line);
	return 0;
}
EXPORT_SYMBOL_GPL(bench_napi_late);

/**
 * bench_napi_worst_moment() - a frame arrives now, if bench_napi_late() ordered one
 * @nic: the NAPI side of the device
 *
 * Context: any but NMI.
 */
void bench_napi_worst_moment(struct bench_napi *nic)
{
	if (atomic_dec_if_positive(&nic->late) >= 0)
		irq_line_raise(nic->bdev->line);
}
EXPORT_SYMBOL_GPL(bench_napi_worst_moment);
