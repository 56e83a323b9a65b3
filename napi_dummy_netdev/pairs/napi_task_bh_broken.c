// SPDX-License-Identifier: GPL-2.0
/*
 * napi_task_bh_broken: napi_schedule() in a task, with BH enabled.
 *
 * The rule it breaks: a task that calls napi_schedule() must disable BH around the call:
 * then local_bh_enable() runs the softirq NET_RX. If BH is enabled during the call, NET_RX
 * does not run at once. (If an interrupt handler calls napi_schedule(), NET_RX runs right
 * after the interrupt.)
 *
 * Expect no message from today's kernels (6.1 stable, 6.12 and newer), which wake
 * ksoftirqd. The frames wait until ksoftirqd gets the CPU, after every task with a higher
 * priority. The module itself prints:
 *
 *	napi_task_bh_broken: the poll ran in ksoftirqd/1, not in the task that asked for it
 *
 * Older kernels wake no task: the frames wait for the next interrupt. If the CPU becomes
 * idle first, it reports "NOHZ tick-stop error: ... handler #08!!!". The kernel survives.
 */
#include <linux/string.h>
#include <linux/workqueue.h>

#include "bench_napi.h"

struct napi_task_bh {
	struct bench_napi nic;
	struct work_struct work;
	bool by_task;		/* a task has scheduled NAPI, and no poll has run since */
};

/* A kworker, with BH enabled. */
static void napi_task_bh_work(struct work_struct *work)
{
	struct napi_task_bh *x = from_work(x, work, work);

	WRITE_ONCE(x->by_task, true);
	napi_schedule(&x->nic.napi);
}

static irqreturn_t napi_task_bh_top(int irq, void *data)
{
	struct bench_napi *nic = data;

	if (!bench_napi_frames_waiting(nic))
		return IRQ_NONE;
	/*
	 * The interrupt is off until a poll has taken the frames. The work item always
	 * schedules a poll.
	 */
	bench_napi_irq_disable(nic);
	bench_raise(nic->bdev);
	schedule_work(&container_of(nic, struct napi_task_bh, nic)->work);
	return IRQ_HANDLED;
}

static int napi_task_bh_poll(struct napi_struct *napi, int budget)
{
	struct napi_task_bh *x = container_of(napi, struct napi_task_bh, nic.napi);
	bool by_task = READ_ONCE(x->by_task);
	int done;

	/*
	 * No lock is needed: there is one poll at a time, and it sees what was written before
	 * napi_schedule().
	 */
	WRITE_ONCE(x->by_task, false);
	bench_run(x->nic.bdev);
	/*
	 * Report the poll only if it runs in ksoftirqd. On PREEMPT_RT since 6.18, another task
	 * with a higher priority may run it as well.
	 */
	if (by_task && strstarts(current->comm, "ksoftirqd/"))
		pr_info_once("%s: the poll ran in %s, not in the task that asked for it\n",
			     KBUILD_MODNAME, current->comm);
	done = bench_napi_receive(&x->nic, budget);
	return bench_napi_complete(&x->nic, done, budget);
}

static int napi_task_bh_probe(struct bench_device *bdev)
{
	struct napi_task_bh *x = dev_get_drvdata(&bdev->dev);

	INIT_WORK(&x->work, napi_task_bh_work);
	return bench_napi_setup(&x->nic, bdev, napi_task_bh_top, napi_task_bh_poll);
}

static void napi_task_bh_remove(struct bench_device *bdev)
{
	struct napi_task_bh *x = from_bench(x, bdev, nic);

	bench_napi_close(&x->nic);
	/*
	 * No top half queues the work item any more, and the item's napi_schedule() does
	 * nothing, because the instance is disabled.
	 */
	cancel_work_sync(&x->work);
	bench_napi_destroy(&x->nic);
}

static struct bench_driver napi_task_bh_driver = {
	.probe = napi_task_bh_probe,
	.remove = napi_task_bh_remove,
	.priv_size = sizeof(struct napi_task_bh),
	.trigger = BENCH_LEVEL,
	.breaks = "broken on purpose: its frames wait for ksoftirqd",
};
module_bench_driver(napi_task_bh_driver);

MODULE_DESCRIPTION("Broken on purpose: napi_schedule() in a task, with BH enabled");
MODULE_LICENSE("GPL");
