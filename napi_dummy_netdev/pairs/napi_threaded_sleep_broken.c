// SPDX-License-Identifier: GPL-2.0
/*
 * napi_threaded_sleep_broken: a threaded poll that sleeps.
 *
 * The rule it breaks: a threaded poll must not sleep. It runs in a task, but with BH
 * disabled, because the network stack that it calls expects this.
 *
 * Expect this message at the first event:
 *
 *	BUG: scheduling while atomic: napi/dummy#-.../PID/0x00000201
 *
 * On PREEMPT_RT: "Voluntary context switch within RCU read-side critical section!".
 *
 * The kernel survives. But on 6.12 with PREEMPT_RT the CPU usually hangs.
 */
#include <linux/delay.h>

#include "bench_napi.h"
#include "compat.h"

struct napi_threaded_sleep {
	struct bench_napi nic;
};

/* Sleeps until the device has transferred its frames into memory. */
static void napi_threaded_sleep_transfer(struct napi_threaded_sleep *x)
{
	usleep_range(20000, 30000);
}

static irqreturn_t napi_threaded_sleep_top(int irq, void *data)
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

/* Runs in a kthread, with BH disabled. */
static int napi_threaded_sleep_poll(struct napi_struct *napi, int budget)
{
	struct napi_threaded_sleep *x = container_of(napi, struct napi_threaded_sleep, nic.napi);
	int done;

	bench_run(x->nic.bdev);
	napi_threaded_sleep_transfer(x);
	done = bench_napi_receive(&x->nic, budget);
	return bench_napi_complete(&x->nic, done, budget);
}

static int napi_threaded_sleep_probe(struct bench_device *bdev)
{
	struct napi_threaded_sleep *x = dev_get_drvdata(&bdev->dev);
	int err;

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
	bench_napi_destroy(nic);
}

static struct bench_driver napi_threaded_sleep_driver = {
	.probe = napi_threaded_sleep_probe,
	.remove = napi_threaded_sleep_remove,
	.priv_size = sizeof(struct napi_threaded_sleep),
	.trigger = BENCH_LEVEL,
	.breaks = "broken on purpose: the first event makes a NAPI thread sleep",
};
module_bench_driver(napi_threaded_sleep_driver);

MODULE_DESCRIPTION("Broken on purpose: a threaded poll that sleeps");
MODULE_LICENSE("GPL");
