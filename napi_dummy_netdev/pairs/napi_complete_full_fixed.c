// SPDX-License-Identifier: GPL-2.0
/*
 * napi_complete_full_fixed: a poll that completes only if it has not used up its budget.
 *
 * The rule it keeps: a poll that returns budget must not complete. net_rx_action() puts
 * its instance on the list, so that the poll is called again.
 *
 * Expect no message, and every event handled.
 */
#include "bench_napi.h"

static int napi_complete_full_poll(struct napi_struct *napi, int budget)
{
	struct bench_napi *nic = container_of(napi, struct bench_napi, napi);
	int done;

	bench_run(nic->bdev);
	done = bench_napi_receive(nic, budget);
	if (done < budget && napi_complete_done(napi, done))
		bench_napi_irq_enable(nic);
	return done;
}

static int napi_complete_full_probe(struct bench_device *bdev)
{
	return bench_napi_probe(bdev, bench_napi_top, napi_complete_full_poll);
}

static struct bench_driver napi_complete_full_driver = {
	.probe = napi_complete_full_probe,
	.remove = bench_napi_remove,
	.priv_size = sizeof(struct bench_napi),
	.trigger = BENCH_LEVEL,
	.command = { bench_napi_burst, 1, 500 },
};
module_bench_driver(napi_complete_full_driver);

MODULE_DESCRIPTION("Fixed: a poll that completes only if it has not used up its budget");
MODULE_LICENSE("GPL");
