// SPDX-License-Identifier: GPL-2.0
/*
 * napi_not_masked_fixed: a device's interrupt is off while NAPI polls the device.
 *
 * The rule it keeps: the code that schedules NAPI switches the device's interrupt off,
 * and the poll switches it on again when it has completed.
 *
 * Expect no message, and every event handled.
 */
#include "bench_napi.h"

static irqreturn_t napi_not_masked_top(int irq, void *data)
{
	struct bench_napi *nic = data;

	if (!bench_napi_frames_waiting(nic))
		return IRQ_NONE;
	/*
	 * If napi_schedule_prep() succeeds, this code owns the instance. Only the owner
	 * masks the interrupt, and the poll unmasks it.
	 */
	if (napi_schedule_prep(&nic->napi)) {
		bench_napi_irq_disable(nic);
		bench_raise(nic->bdev);
		__napi_schedule(&nic->napi);
	}
	return IRQ_HANDLED;
}

static int napi_not_masked_poll(struct napi_struct *napi, int budget)
{
	struct bench_napi *nic = container_of(napi, struct bench_napi, napi);
	int done;

	bench_run(nic->bdev);
	done = bench_napi_receive(nic, budget);
	if (done < budget && napi_complete_done(napi, done))
		bench_napi_irq_enable(nic);
	return done;
}

static int napi_not_masked_probe(struct bench_device *bdev)
{
	return bench_napi_probe(bdev, napi_not_masked_top, napi_not_masked_poll);
}

static struct bench_driver napi_not_masked_driver = {
	.probe = napi_not_masked_probe,
	.remove = bench_napi_remove,
	.priv_size = sizeof(struct bench_napi),
	.trigger = BENCH_LEVEL,
};
module_bench_driver(napi_not_masked_driver);

MODULE_DESCRIPTION("Fixed: an interrupt masked while NAPI polls");
MODULE_LICENSE("GPL");
