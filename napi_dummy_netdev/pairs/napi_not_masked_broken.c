// SPDX-License-Identifier: GPL-2.0
/*
 * napi_not_masked_broken: a device's interrupt stays on while NAPI polls the device.
 *
 * The rule it breaks: the code that schedules NAPI switches the device's interrupt off,
 * and the poll switches it on again when it has completed.
 *
 * At the first event, expect an interrupt storm, but no message from the kernel. The device
 * asserts the line until the poll has taken the frames. So the interrupt fires again
 * whenever the top half returns, and the CPU never gets to run the poll: a livelock. Every
 * interrupt returns IRQ_HANDLED, so the kernel finds nothing wrong. /proc/interrupts counts
 * the interrupts.
 *
 * The kernel survives because the testbench disconnects the line after 300,000
 * interrupts.
 */
#include "bench_napi.h"

static irqreturn_t napi_not_masked_top(int irq, void *data)
{
	struct bench_napi *nic = data;

	if (!bench_napi_frames_waiting(nic))
		return IRQ_NONE;
	if (napi_schedule_prep(&nic->napi)) {
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
	.breaks = "broken on purpose: the first event makes an interrupt storm",
};
module_bench_driver(napi_not_masked_driver);

MODULE_DESCRIPTION("Broken on purpose: an interrupt not masked while NAPI polls");
MODULE_LICENSE("GPL");
