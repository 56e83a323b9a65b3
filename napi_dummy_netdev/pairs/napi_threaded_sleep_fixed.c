// SPDX-License-Identifier: GPL-2.0
/*
 * napi_threaded_sleep_fixed: a poll that leaves the sleeping to a work item.
 *
 * The rule it keeps: a threaded poll must not sleep. It runs in a task, but with BH
 * disabled, because the network stack that it calls expects this. A work item sleeps
 * instead: it waits for the transfer, and then schedules NAPI.
 *
 * Expect no message, and every event handled.
 */
#include <linux/delay.h>
#include <linux/workqueue.h>

#include "bench_napi.h"
#include "compat.h"

struct napi_threaded_sleep {
	struct bench_napi nic;
	struct work_struct work;
};

/* Sleeps until the device has transferred its frames into memory. */
static void napi_threaded_sleep_transfer(struct napi_threaded_sleep *x)
{
	usleep_range(20000, 30000);
}

/*
 * A kworker. It disables BH around napi_schedule(), so that local_bh_enable()
 * runs the softirq.
 */
static void napi_threaded_sleep_work(struct work_struct *work)
{
	struct napi_threaded_sleep *x = from_work(x, work, work);

	napi_threaded_sleep_transfer(x);
	local_bh_disable();
	napi_schedule(&x->nic.napi);
	local_bh_enable();
}

static irqreturn_t napi_threaded_sleep_top(int irq, void *data)
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
	schedule_work(&container_of(nic, struct napi_threaded_sleep, nic)->work);
	return IRQ_HANDLED;
}

/* Runs in a kthread, with BH disabled. */
static int napi_threaded_sleep_poll(struct napi_struct *napi, int budget)
{
	struct napi_threaded_sleep *x = container_of(napi, struct napi_threaded_sleep, nic.napi);
	int done;

	bench_run(x->nic.bdev);
	done = bench_napi_receive(&x->nic, budget);
	return bench_napi_complete(&x->nic, done, budget);
}

static int napi_threaded_sleep_probe(struct bench_device *bdev)
{
	struct napi_threaded_sleep *x = dev_get_drvdata(&bdev->dev);
	int err;

	INIT_WORK(&x->work, napi_threaded_sleep_work);
	err = bench_napi_init(&x->nic, bdev, napi_threaded_sleep_poll);
	if (err)
		return err;
	err = dev_set_threaded(x->nic.netdev, NETDEV_NAPI_THREADED_ENABLED);
	if (!err)
		err = bench_napi_open(&x->nic, napi_threaded_sleep_top);
	if (err)
		bench_napi_destroy(&x->nic);
	return err;
}

static void napi_threaded_sleep_remove(struct bench_device *bdev)
{
	struct bench_napi *nic = dev_get_drvdata(&bdev->dev);

	bench_napi_close(nic);
	/*
	 * No top half queues the work item any more, and the item's napi_schedule() does
	 * nothing, because the instance is disabled.
	 */
	cancel_work_sync(&container_of(nic, struct napi_threaded_sleep, nic)->work);
	bench_napi_destroy(nic);
}

static struct bench_driver napi_threaded_sleep_driver = {
	.probe = napi_threaded_sleep_probe,
	.remove = napi_threaded_sleep_remove,
	.priv_size = sizeof(struct napi_threaded_sleep),
	.trigger = BENCH_LEVEL,
};
module_bench_driver(napi_threaded_sleep_driver);

MODULE_DESCRIPTION("Fixed: a threaded poll that leaves the sleeping to a work item");
MODULE_LICENSE("GPL");
