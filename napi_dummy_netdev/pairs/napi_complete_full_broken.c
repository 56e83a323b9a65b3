// SPDX-License-Identifier: GPL-2.0
/*
 * napi_complete_full_broken: a poll that completes although it used up its budget.
 *
 * The rule it breaks: a poll that returns budget must not complete. net_rx_action() puts
 * its instance on the list, so that the poll is called again.
 *
 * If the poll was scheduled again before it returned, expect this message once per boot
 * (net/core/dev.c:__napi_poll()):
 *
 *	dummy#: Budget exhausted after napi rescheduled
 *
 * If the poll was not scheduled again before it returned, the kernel reports nothing: see
 * napi_complete_budget. On PREEMPT_RT it is never scheduled before it returns, because one
 * thread runs both the top half and the poll.
 *
 * The kernel survives.
 */
#include "bench_napi.h"

static int napi_complete_full_poll(struct napi_struct *napi, int budget)
{
	struct bench_napi *nic = container_of(napi, struct bench_napi, napi);
	int done;

	bench_run(nic->bdev);
	done = bench_napi_receive(nic, budget);
	if (napi_complete_done(napi, done))
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
	.breaks = "broken on purpose: a poll completes, and asks to be called again",
};
module_bench_driver(napi_complete_full_driver);

MODULE_DESCRIPTION("Broken on purpose: a poll that completes and returns budget");
MODULE_LICENSE("GPL");
