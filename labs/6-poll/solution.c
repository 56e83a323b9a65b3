// SPDX-License-Identifier: GPL-2.0
/*
 * lab6: a poll function. The device has a ring of frames and an interrupt enable bit.
 * A frame that arrives while the bit is clear raises no interrupt, not even when the bit is
 * set again.
 */
#include "bench_napi.h"
#include "lab_device.h"

/*@ hole 3: Write a function that disables the interrupt and schedules the poll, but only once. */
/*
 * If several callers come at once, napi_schedule_prep() succeeds for one of them. Only that
 * caller schedules the poll. Any context.
 */
static void lab6_schedule(struct bench_napi *nic)
{
	/*@ hole 12: If napi_schedule_prep() succeeds: interrupt off, then __napi_schedule(). */
	/*@ else 12: napi_schedule(&nic->napi); */
	if (napi_schedule_prep(&nic->napi)) {
		/* Disable the interrupt before the poll can run: the poll enables it again. */
		lab_device_irq_disable(nic->bdev);
		__napi_schedule(&nic->napi);
	}
	/*@ end */
}

/*@ end */
/* Softirq context (NET_RX). */
static int lab6_poll(struct napi_struct *napi, int budget)
{
	struct bench_napi *nic = container_of(napi, struct bench_napi, napi);
	int done = 0;
	u32 datum;

	bench_run(nic->bdev);
	/*@ hole 3: Read frames and hand them in: how many at most? Complete when all are done. */
	/*@ else 3: if (lab_device_read(nic->bdev, &datum)) */
	/*@ else 3: >lab_device_hand_in(nic->bdev, datum); */
	/*@ hole 2: How many frames may one poll process? */
	/*@ else 2: while (lab_device_read(nic->bdev, &datum)) { */
	while (done < budget && lab_device_read(nic->bdev, &datum)) {
	/*@ end */
		lab_device_hand_in(nic->bdev, datum);
		done++;
	}
	/*@ hole 12: If all is done, complete. If NAPI agrees, enable the interrupt again. */
	/*@ hint A frame that came earlier raises no interrupt, so look once more. */
	/*@ else 12: napi_complete_done(napi, done); */
	/* If the whole budget was used, do not complete: NAPI will call the poll again. */
	if (done < budget && napi_complete_done(napi, done)) {
		lab_device_irq_enable(nic->bdev);
		/* A frame that arrived while the interrupt was off has raised no interrupt. */
		if (lab_device_waiting(nic->bdev))
			lab6_schedule(nic);
	}
	/*@ end */
	/*@ end */
	return done;
}

/* Hard interrupt context. */
static irqreturn_t lab6_top(int irq, void *dev_id)
{
	struct bench_napi *nic = dev_id;

	if (!lab_device_waiting(nic->bdev))
		return IRQ_NONE;
	bench_raise(nic->bdev);
	/*@ else 3: napi_schedule(&nic->napi); */
	/*@ hole 3 */
	lab6_schedule(nic);
	/*@ end */
	return IRQ_HANDLED;
}

static int lab6_probe(struct bench_device *bdev)
{
	struct bench_napi *nic = devm_kzalloc(&bdev->dev, sizeof(*nic), GFP_KERNEL);
	int err;

	if (!nic)
		return -ENOMEM;
	/*
	 * Creates a NAPI instance, and for it a net_device that is not connected to anything.
	 * Stores nic as the drvdata of bdev.
	 */
	err = bench_napi_init(nic, bdev, lab6_poll);
	if (err)
		return err;
	/* A real network driver does the following when the interface is brought up. */
	napi_enable(&nic->napi);
	/* The request comes last, because from here on the top half may schedule the poll. */
	err = request_irq(bdev->irq, lab6_top, 0, dev_name(&bdev->dev), nic);
	if (err)
		goto err_napi;
	return 0;

err_napi:
	napi_disable(&nic->napi);
	bench_napi_destroy(nic);
	return err;
}

static void lab6_remove(struct bench_device *bdev)
{
	struct bench_napi *nic = dev_get_drvdata(&bdev->dev);

	/* Stop the source first: after free_irq() no interrupt schedules the poll. */
	free_irq(bdev->irq, nic);
	/*@ hole 123: The poll may be scheduled or running. */
	/* Then wait for a poll that is scheduled or running. */
	napi_disable(&nic->napi);
	/*@ end */
	bench_napi_destroy(nic);
}

static struct bench_driver lab6_driver = {
	.probe = lab6_probe,
	.remove = lab6_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_NAPI,
};
module_bench_driver(lab6_driver);

MODULE_DESCRIPTION("Lab 6: write the poll function");
MODULE_LICENSE("GPL");
