// SPDX-License-Identifier: GPL-2.0
/*
 * napi_no_recheck_broken: a poll that does not look at the ring once more ("rotting
 * packet").
 *
 * The rule it breaks: after a poll has unmasked the interrupt, it must look into the ring
 * once more. On an edge line, a frame that arrives between the poll's last look and the
 * unmasking raises no interrupt.
 *
 * Expect no message from the kernel. Of two frames, one stays in the ring until a third
 * frame arrives: "unread" in the debugfs file "counters" stays 1.
 *
 * The kernel survives.
 */
#include "bench_napi.h"

static irqreturn_t napi_no_recheck_top(int irq, void *data)
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

static int napi_no_recheck_poll(struct napi_struct *napi, int budget)
{
	struct bench_napi *nic = container_of(napi, struct bench_napi, napi);
	int done;

	bench_run(nic->bdev);
	done = bench_napi_receive(nic, budget);
	/* The ring is empty, and the interrupt is still off. */
	bench_napi_worst_moment(nic);
	if (done == budget || !napi_complete_done(napi, done))
		return done;
	bench_napi_irq_enable(nic);
	return done;
}

static int napi_no_recheck_probe(struct bench_device *bdev)
{
	return bench_napi_probe(bdev, napi_no_recheck_top, napi_no_recheck_poll);
}

static struct bench_driver napi_no_recheck_driver = {
	.probe = napi_no_recheck_probe,
	.remove = bench_napi_remove,
	.priv_size = sizeof(struct bench_napi),
	.command = { bench_napi_late, 1, 1000 },
	.breaks = "broken on purpose: a frame is left in the ring",
};
module_bench_driver(napi_no_recheck_driver);

MODULE_DESCRIPTION("Broken on purpose: a poll that does not look once more");
MODULE_LICENSE("GPL");
