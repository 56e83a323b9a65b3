// SPDX-License-Identifier: GPL-2.0
/*
 * napi_over_budget_fixed: a poll that keeps to its budget.
 *
 * The rule it keeps: a poll takes at most budget frames, and returns how many it took.
 * If more frames wait, it returns exactly budget, and is called again.
 *
 * Expect no message, and every event handled.
 */
#include "bench_napi.h"

static int napi_over_budget_poll(struct napi_struct *napi, int budget)
{
	struct bench_napi *nic = container_of(napi, struct bench_napi, napi);
	int done;

	bench_run(nic->bdev);
	done = bench_napi_receive(nic, budget);
	if (done < budget && napi_complete_done(napi, done))
		bench_napi_irq_enable(nic);
	return done;
}

static int napi_over_budget_probe(struct bench_device *bdev)
{
	return bench_napi_probe(bdev, bench_napi_top, napi_over_budget_poll);
}

static struct bench_driver napi_over_budget_driver = {
	.probe = napi_over_budget_probe,
	.remove = bench_napi_remove,
	.priv_size = sizeof(struct bench_napi),
	.trigger = BENCH_LEVEL,
	.command = { bench_napi_burst, 1, 500 },
};
module_bench_driver(napi_over_budget_driver);

MODULE_DESCRIPTION("Fixed: a poll that keeps to its budget");
MODULE_LICENSE("GPL");
