// SPDX-License-Identifier: GPL-2.0
/*
 * napi_complete_budget_broken: a poll that returns its budget, whatever it did.
 *
 * The rule it breaks: a poll that has completed must return less than budget, because it no
 * longer owns its instance. By returning budget, a poll says "I have not finished, keep me
 * on the list".
 *
 * net_rx_action() puts the instance back on the list, as the poll asked. Then the next
 * interrupt puts the instance on the list a second time, because the instance has no
 * owner. Expect:
 *
 *	list_add double add: new=ffff..., prev=ffff..., next=ffff...
 *	kernel BUG at lib/list_debug.c:35!
 *	Kernel panic - not syncing: Fatal exception in interrupt
 *
 * A kernel with CONFIG_BUG_ON_DATA_CORRUPTION, such as Debian's, panics. A kernel with
 * only CONFIG_DEBUG_LIST warns and survives. If no interrupt comes before the next
 * net_rx_action(), there is no message: net_rx_action() finds an instance without an owner,
 * and removes it from the list. On PREEMPT_RT since 6.18 this happens if another task of the
 * CPU preempts ksoftirqd and serves NET_RX. So write a larger number to "command" there.
 */
#include "bench_napi.h"

struct napi_complete_budget {
	struct bench_napi nic;
	struct tasklet_struct tasklet;
};

static irqreturn_t napi_complete_budget_top(int irq, void *data)
{
	struct bench_napi *nic = data;

	if (!bench_napi_frames_waiting(nic))
		return IRQ_NONE;
	if (napi_schedule_prep(&nic->napi)) {
		bench_napi_irq_disable(nic);
		bench_raise(nic->bdev);
		__napi_schedule(&nic->napi);
	}
	tasklet_schedule(&container_of(nic, struct napi_complete_budget, nic)->tasklet);
	return IRQ_HANDLED;
}

static int napi_complete_budget_poll(struct napi_struct *napi, int budget)
{
	struct bench_napi *nic = container_of(napi, struct bench_napi, napi);
	int done;

	bench_run(nic->bdev);
	done = bench_napi_receive(nic, budget);
	if (done < budget && napi_complete_done(napi, done))
		bench_napi_irq_enable(nic);
	return budget;
}

/* A softirq that runs after NET_RX, in the same round. */
static void napi_complete_budget_late(struct tasklet_struct *tasklet)
{
	struct napi_complete_budget *x = from_tasklet(x, tasklet, tasklet);

	bench_napi_worst_moment(&x->nic);
}

static int napi_complete_budget_probe(struct bench_device *bdev)
{
	struct napi_complete_budget *x = dev_get_drvdata(&bdev->dev);

	tasklet_setup(&x->tasklet, napi_complete_budget_late);
	/*
	 * IRQF_NO_THREAD: even on PREEMPT_RT the top half runs at once, and does not wait for
	 * a thread to be scheduled.
	 */
	x->nic.irqflags = IRQF_NO_THREAD;
	return bench_napi_setup(&x->nic, bdev, napi_complete_budget_top,
				napi_complete_budget_poll);
}

static void napi_complete_budget_remove(struct bench_device *bdev)
{
	struct bench_napi *nic = dev_get_drvdata(&bdev->dev);

	/* After this call no top half schedules the tasklet. */
	bench_napi_close(nic);
	tasklet_kill(&container_of(nic, struct napi_complete_budget, nic)->tasklet);
	bench_napi_destroy(nic);
}

static struct bench_driver napi_complete_budget_driver = {
	.probe = napi_complete_budget_probe,
	.remove = napi_complete_budget_remove,
	.priv_size = sizeof(struct napi_complete_budget),
	.trigger = BENCH_LEVEL,
	.command = { bench_napi_late, 1, 1000 },
	.breaks = "broken on purpose: a poll is put on a list twice, and a stock kernel panics",
};
module_bench_driver(napi_complete_budget_driver);

MODULE_DESCRIPTION("Broken on purpose: a poll that completes and returns budget");
MODULE_LICENSE("GPL");
