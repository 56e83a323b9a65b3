// SPDX-License-Identifier: GPL-2.0
/*
 * test_bench: a driver that makes mistakes, for bus.sh. Its parameters choose the mistakes.
 * The bus must detect each mistake, and must leave nothing behind.
 */
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/kmemleak.h>
#include <linux/moduleparam.h>

#include "bench.h"

#define TEST_BENCH_DEVICES	4

static int fail;
module_param(fail, int, 0600);
MODULE_PARM_DESC(fail, "probe() fails with this error, a positive number");

static bool keep_irq;
module_param(keep_irq, bool, 0);
MODULE_PARM_DESC(keep_irq, "remove() forgets free_irq()");

static bool lose;
module_param(lose, bool, 0);
MODULE_PARM_DESC(lose, "the driver reads events and never deals with them");

static char *names[TEST_BENCH_DEVICES + 1] = { KBUILD_MODNAME };
module_param_array(names, charp, NULL, 0);
MODULE_PARM_DESC(names, "names of its devices, up to 4");

/*
 * This state belongs to the module, because a device's own state is freed when the device
 * is removed.
 */
static unsigned int late;
module_param(late, uint, 0400);
MODULE_PARM_DESC(late, "handler calls after remove()");
static bool bound;

/* Hard interrupt context. @data is the device, which outlives its driver. */
static irqreturn_t test_bench_top(int irq, void *data)
{
	struct bench_device *bdev = data;
	unsigned int events = bench_read_events(bdev);

	if (!READ_ONCE(bound))
		late++;
	if (!events)
		return IRQ_NONE;
	bench_run(bdev);
	if (!lose)
		bench_done(bdev, events);
	return IRQ_HANDLED;
}

static int test_bench_probe(struct bench_device *bdev)
{
	int err;

	if (fail)
		return -fail;
	WRITE_ONCE(bound, true);
	err = request_irq(bdev->irq, test_bench_top, 0, dev_name(&bdev->dev), bdev);
	if (err)
		WRITE_ONCE(bound, false);
	return err;
}

static void test_bench_remove(struct bench_device *bdev)
{
	if (!keep_irq)
		free_irq(bdev->irq, bdev);
	else
		/* The irqaction is lost on purpose, so kmemleak must not report it. */
		kmemleak_not_leak(irq_data_to_desc(irq_get_irq_data(bdev->irq))->action);
	WRITE_ONCE(bound, false);
}

static struct bench_driver test_bench_driver = {
	.probe = test_bench_probe,
	.remove = test_bench_remove,
	.devices = (const char * const *)names,
	.trigger = BENCH_EDGE,
	.mechanism = BH_HARDIRQ,
};
module_bench_driver(test_bench_driver);

MODULE_DESCRIPTION("Bottom halves: a driver that goes wrong, to test the bus");
MODULE_LICENSE("GPL");
