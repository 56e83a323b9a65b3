// SPDX-License-Identifier: GPL-2.0
/*
 * napi_irqs_off_fixed: a poll that restores interrupts before it returns.
 *
 * The rule it keeps: every path out of a function restores what local_irq_save() or
 * spin_lock_irqsave() changed. If a test does not need interrupts off, test before you
 * disable them. Otherwise use guard(irqsave)(), which restores interrupts on every path.
 *
 * Expect no message, and every event handled.
 */
#include "bench_napi.h"

#define BUSY		32		/* a poll of this many frames turns moderation on */
#define KEY		0x4b45590a

struct napi_irqs_off {
	struct bench_napi nic;
	struct napi_struct next;	/* instance of another device, the next on the list */
	u32 registers[2];		/* the device's key, and frames per interrupt */
};

static irqreturn_t napi_irqs_off_top(int irq, void *data)
{
	struct bench_napi *nic = data;

	if (!bench_napi_frames_waiting(nic))
		return IRQ_NONE;
	if (napi_schedule_prep(&nic->napi)) {
		bench_napi_irq_disable(nic);
		bench_raise(nic->bdev);
		__napi_schedule(&nic->napi);
		napi_schedule(&container_of(nic, struct napi_irqs_off, nic)->next);
	}
	return IRQ_HANDLED;
}

/* If there are many frames, makes the device interrupt less often. */
static void napi_irqs_off_moderate(struct napi_irqs_off *x, int done)
{
	unsigned long flags;

	if (done < BUSY)
		return;
	/* The device expects the second write a few microseconds after the first. */
	local_irq_save(flags);
	WRITE_ONCE(x->registers[0], KEY);
	WRITE_ONCE(x->registers[1], done / 2);
	local_irq_restore(flags);
}

static int napi_irqs_off_poll(struct napi_struct *napi, int budget)
{
	struct napi_irqs_off *x = container_of(napi, struct napi_irqs_off, nic.napi);
	int done;

	bench_run(x->nic.bdev);
	done = bench_napi_receive(&x->nic, budget);
	napi_irqs_off_moderate(x, done);
	if (done < budget && napi_complete_done(napi, done))
		bench_napi_irq_enable(&x->nic);
	return done;
}

/* The poll of the second instance, which is called right after the first poll. */
static int napi_irqs_off_next(struct napi_struct *napi, int budget)
{
	struct napi_irqs_off *x = container_of(napi, struct napi_irqs_off, next);

	if (irqs_disabled())
		pr_warn("%s: the next poll ran with interrupts off\n",
			dev_name(&x->nic.bdev->dev));
	if (budget)
		napi_complete_done(napi, 0);
	return 0;
}

static int napi_irqs_off_probe(struct bench_device *bdev)
{
	struct napi_irqs_off *x = dev_get_drvdata(&bdev->dev);
	int err;

	err = bench_napi_init(&x->nic, bdev, napi_irqs_off_poll);
	if (err)
		return err;
	netif_napi_add(x->nic.netdev, &x->next, napi_irqs_off_next);
	napi_enable(&x->next);
	err = bench_napi_open(&x->nic, napi_irqs_off_top);
	if (err) {
		napi_disable(&x->next);
		netif_napi_del(&x->next);
		bench_napi_destroy(&x->nic);
	}
	return err;
}

static void napi_irqs_off_remove(struct bench_device *bdev)
{
	struct bench_napi *nic = dev_get_drvdata(&bdev->dev);
	struct napi_irqs_off *x = container_of(nic, struct napi_irqs_off, nic);

	/* After this call no top half schedules either of the two instances. */
	bench_napi_close(nic);
	napi_disable(&x->next);
	netif_napi_del(&x->next);
	bench_napi_destroy(nic);
}

static struct bench_driver napi_irqs_off_driver = {
	.probe = napi_irqs_off_probe,
	.remove = napi_irqs_off_remove,
	.priv_size = sizeof(struct napi_irqs_off),
	.trigger = BENCH_LEVEL,
};
module_bench_driver(napi_irqs_off_driver);

MODULE_DESCRIPTION("Fixed: a poll that restores interrupts before it returns");
MODULE_LICENSE("GPL");
