// SPDX-License-Identifier: GPL-2.0
/*
 * napi_over_budget_broken: a poll that takes all frames, whatever its budget is.
 *
 * The rule it breaks: a poll takes at most budget frames, and returns how many it took.
 *
 * Expect this message once per boot (net/core/dev.c:__napi_poll()):
 *
 *	NAPI poll function napi_over_budget_poll returned 100, exceeding its budget of 64.
 *
 * The kernel survives. The other instances on the CPU's poll list wait too long.
 */
#include "bench_napi.h"

static int napi_over_budget_poll(struct napi_struct *napi, int budget)
{
	struct bench_napi *nic = container_of(napi, struct bench_napi, napi);
	int done;

	bench_run(nic->bdev);
	done = bench_napi_receive(nic, INT_MAX);
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
	.breaks = "broken on purpose: a poll exceeds its budget",
};
module_bench_driver(napi_over_budget_driver);

MODULE_DESCRIPTION("Broken on purpose: a poll that takes every frame there is");
MODULE_LICENSE("GPL");
