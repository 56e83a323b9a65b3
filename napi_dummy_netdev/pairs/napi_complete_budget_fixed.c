// SPDX-License-Identifier: GPL-2.0
/*
 * napi_complete_budget_fixed: a poll that returns the number of frames it took.
 *
 * The rule it keeps: a poll that has completed must return less than budget, because it no
 * longer owns its instance. By returning budget, a poll says "I have not finished, keep me
 * on the list".
 *
 * Expect no message, and every event handled.
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
	return done;
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
};
module_bench_driver(napi_complete_budget_driver);

MODULE_DESCRIPTION("Fixed: a poll that returns how many frames it took");
MODULE_LICENSE("GPL");
