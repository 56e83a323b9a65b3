// SPDX-License-Identifier: GPL-2.0
/*
 * napi_budget_zero_broken: a poll that takes a frame before it checks its budget.
 *
 * The rule it breaks: with budget 0 a poll must not receive frames, and must not complete. It may
 * only free transmitted packets. The caller is then netpoll, which sends a message with
 * interrupts off, perhaps during a panic.
 *
 * Expect this message once per boot (net/core/netpoll.c:poll_one_napi()):
 *
 *	napi_budget_zero_poll+0x0/0x90 [napi_budget_zero_broken] exceeded budget in poll
 *
 * The kernel survives. A frame received here goes through the stack with interrupts off.
 */
#include <linux/netpoll.h>
#include <linux/rtnetlink.h>

#include "bench_napi.h"

struct napi_budget_zero {
	struct bench_napi nic;
	struct netpoll netpoll;
};

/* Softirq context, or netpoll with a budget of 0. */
static int napi_budget_zero_poll(struct napi_struct *napi, int budget)
{
	struct bench_napi *nic = container_of(napi, struct bench_napi, napi);
	int done = 0;

	bench_run(nic->bdev);
	do {
		if (!bench_napi_receive(nic, 1))
			break;
		done++;
	} while (done < budget);
	if (done < budget && napi_complete_done(napi, done))
		bench_napi_irq_enable(nic);
	return done;
}

/* Process context: puts n frames into the ring, and polls as netconsole does when it sends. */
static int napi_budget_zero_say(struct bench_device *bdev, unsigned int n)
{
	struct bench_napi *nic = dev_get_drvdata(&bdev->dev);
	unsigned long flags;

	/*
	 * netpoll requires interrupts off. So the device's interrupt comes later, and NET_RX
	 * also runs later.
	 */
	local_irq_save(flags);
	while (n--)
		irq_line_raise(bdev->line);
	netpoll_poll_dev(nic->netdev);
	local_irq_restore(flags);
	return 0;
}

/* Empty, because every operation is optional and no frame leaves this device. */
static const struct net_device_ops napi_budget_zero_ops = {
};

static int napi_budget_zero_probe(struct bench_device *bdev)
{
	struct napi_budget_zero *x = dev_get_drvdata(&bdev->dev);
	int err;

	err = bench_napi_setup(&x->nic, bdev, bench_napi_top, napi_budget_zero_poll);
	if (err)
		return err;
	x->nic.netdev->netdev_ops = &napi_budget_zero_ops;
	rtnl_lock();
	err = __netpoll_setup(&x->netpoll, x->nic.netdev);
	/* Take a reference, as netconsole does. netpoll_cleanup() drops it. */
	if (!err)
		netdev_hold(x->nic.netdev, &x->netpoll.dev_tracker, GFP_KERNEL);
	rtnl_unlock();
	if (err)
		bench_napi_remove(bdev);
	return err;
}

static void napi_budget_zero_remove(struct bench_device *bdev)
{
	struct bench_napi *nic = dev_get_drvdata(&bdev->dev);

	netpoll_cleanup(&container_of(nic, struct napi_budget_zero, nic)->netpoll);
	bench_napi_remove(bdev);
}

static struct bench_driver napi_budget_zero_driver = {
	.probe = napi_budget_zero_probe,
	.remove = napi_budget_zero_remove,
	.priv_size = sizeof(struct napi_budget_zero),
	.trigger = BENCH_LEVEL,
	.command = { napi_budget_zero_say, 1, 300 },
	.breaks = "broken on purpose: netpoll receives a frame",
};
module_bench_driver(napi_budget_zero_driver);

MODULE_DESCRIPTION("Broken on purpose: a poll that receives for netpoll");
MODULE_LICENSE("GPL");
