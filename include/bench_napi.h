/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a NAPI lesson needs besides bench.h: a net_device that is not connected to anything,
 * a NAPI instance, and the steps of probe() and remove() in their order. The event register
 * plays the role of the ring: each event is a frame. The top half masks the device and
 * schedules NAPI; the poll takes frames. A pair whose lesson is about one of these
 * functions has its own version of the function.
 */
#ifndef _BENCH_NAPI_H
#define _BENCH_NAPI_H

#include <linux/netdevice.h>

#include "bench.h"
#include "compat.h"

/**
 * struct bench_napi - the NAPI side of a device
 * @bdev: the device
 * @netdev: a net_device that is never registered, but that NAPI needs
 * @napi: the NAPI instance
 * @irqflags: for request_irq(); usually 0; set before bench_napi_open()
 * @late: frames that will arrive at the worst moment, see bench_napi_late()
 *
 * A driver uses this struct as it is, or embeds it in its own struct. This struct is the
 * dev_id of the top half and the drvdata of the device, see from_bench().
 */
struct bench_napi {
	struct bench_device *bdev;
	struct net_device *netdev;
	struct napi_struct napi;
	unsigned long irqflags;
	atomic_t late;
};

/* The device, as its driver sees it: any context but NMI. ------------------- */

/* Are frames waiting? Changes nothing in the device. */
static inline bool bench_napi_frames_waiting(struct bench_napi *nic)
{
	return irq_line_waiting(nic->bdev->line);
}

/* Takes at most @budget frames out of the ring, and counts them as handled. */
static inline int bench_napi_receive(struct bench_napi *nic, int budget)
{
	int frames = irq_line_read(nic->bdev->line, budget);

	atomic64_add(frames, &nic->bdev->counters.events);
	bench_done(nic->bdev, frames);
	return frames;
}

/* After this, frames wait in the ring, and the device does not interrupt for them. */
static inline void bench_napi_irq_disable(struct bench_napi *nic)
{
	irq_line_set_irq_enabled(nic->bdev->line, false);
}

/*
 * If frames are already waiting, a level-triggered line raises an interrupt at once. An
 * edge-triggered line sends no pulse for these frames, so the caller must check for them: see
 * bench_napi_frames_waiting().
 */
static inline void bench_napi_irq_enable(struct bench_napi *nic)
{
	irq_line_set_irq_enabled(nic->bdev->line, true);
}

/* The driver. Process context, may sleep, except the top half. ------------- */

/* The top half: hard interrupt context; on PREEMPT_RT a thread. */
static inline irqreturn_t bench_napi_top(int irq, void *data)
{
	struct bench_napi *nic = data;

	if (!bench_napi_frames_waiting(nic))
		return IRQ_NONE;
	if (napi_schedule_prep(&nic->napi)) {
		bench_napi_irq_disable(nic);
		bench_raise(nic->bdev);
		__napi_schedule(&nic->napi);
	}
	return IRQ_HANDLED;
}

/*
 * Ends a poll: if the poll has emptied the ring, it is complete, and the device may
 * interrupt again. Returns what poll() must return.
 */
static inline int bench_napi_complete(struct bench_napi *nic, int done, int budget)
{
	if (done < budget && napi_complete_done(&nic->napi, done))
		bench_napi_irq_enable(nic);
	return done;
}

/* A poll that only takes the frames. Softirq context, or the NAPI thread. */
static inline int bench_napi_poll(struct napi_struct *napi, int budget)
{
	struct bench_napi *nic = container_of(napi, struct bench_napi, napi);

	bench_run(nic->bdev);
	return bench_napi_complete(nic, bench_napi_receive(nic, budget), budget);
}

/* The NAPI instance is disabled until bench_napi_open(). Returns 0 or an error. */
static inline int bench_napi_init(struct bench_napi *nic, struct bench_device *bdev,
				  int (*poll)(struct napi_struct *, int))
{
	int err = bench_set_mechanism(bdev, BH_NAPI);

	if (err)
		return err;
	nic->bdev = bdev;
	nic->netdev = alloc_netdev_dummy(0);
	if (!nic->netdev)
		return -ENOMEM;
	netif_napi_add(nic->netdev, &nic->napi, poll);
	dev_set_drvdata(&bdev->dev, nic);
	return 0;
}

static inline void bench_napi_destroy(struct bench_napi *nic)
{
	netif_napi_del(&nic->napi);
	free_netdev(nic->netdev);
}

/* Like ndo_open(). Also polls the frames that are waiting. Returns the error of request_irq(). */
static inline int bench_napi_open(struct bench_napi *nic, irq_handler_t top)
{
	int err;

	napi_enable(&nic->napi);
	bench_napi_irq_enable(nic);
	/* Do this last: from here on the top half may schedule the poll. */
	err = request_irq(nic->bdev->irq, top, nic->irqflags,
			  dev_name(&nic->bdev->dev), nic);
	if (err) {
		napi_disable(&nic->napi);
		return err;
	}
	/* An edge line sends no pulse for frames that arrived before request_irq(). */
	local_bh_disable();
	if (nic->bdev->drv->trigger == BENCH_EDGE && bench_napi_frames_waiting(nic) &&
	    napi_schedule_prep(&nic->napi)) {
		bench_napi_irq_disable(nic);
		__napi_schedule(&nic->napi);
	}
	/* This is a task, so local_bh_enable() runs NET_RX. */
	local_bh_enable();
	return 0;
}

/* Like ndo_stop(). Frames that the poll has not taken stay in the device. */
static inline void bench_napi_close(struct bench_napi *nic)
{
	/* After this no top half schedules the poll. */
	free_irq(nic->bdev->irq, nic);
	/* Waits for the last poll. */
	napi_disable(&nic->napi);
	/* The last poll may have enabled the device's interrupt. */
	bench_napi_irq_disable(nic);
}

/*
 * For a driver whose struct has more members. If this function fails, it has undone all its
 * steps.
 */
static inline int bench_napi_setup(struct bench_napi *nic, struct bench_device *bdev,
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

/* For a driver with .priv_size = sizeof(struct bench_napi). */
static inline int bench_napi_probe(struct bench_device *bdev, irq_handler_t top,
				   int (*poll)(struct napi_struct *, int))
{
	return bench_napi_setup(dev_get_drvdata(&bdev->dev), bdev, top, poll);
}

static inline void bench_napi_remove(struct bench_device *bdev)
{
	struct bench_napi *nic = dev_get_drvdata(&bdev->dev);

	bench_napi_close(nic);
	bench_napi_destroy(nic);
}

/* The device's side: for .command, and for a frame that must arrive at the worst moment. */

/* For a command: @n frames arrive before the poll can run. */
static inline int bench_napi_burst(struct bench_device *bdev, unsigned int n)
{
	unsigned long flags;

	/* The device interrupts this CPU, but not before the last frame is in its ring. */
	local_irq_save(flags);
	while (n--)
		irq_line_raise(bdev->line);
	local_irq_restore(flags);
	return 0;
}

/* For a command: a frame arrives now, and @n others arrive at the worst moment. */
static inline int bench_napi_late(struct bench_device *bdev, unsigned int n)
{
	struct bench_napi *nic = dev_get_drvdata(&bdev->dev);

	atomic_set(&nic->late, n);
	irq_line_raise(bdev->line);
	return 0;
}

/* A frame arrives now, if bench_napi_late() asked for it. Any context but NMI. */
static inline void bench_napi_worst_moment(struct bench_napi *nic)
{
	if (atomic_dec_if_positive(&nic->late) >= 0)
		irq_line_raise(nic->bdev->line);
}

#endif /* _BENCH_NAPI_H */
