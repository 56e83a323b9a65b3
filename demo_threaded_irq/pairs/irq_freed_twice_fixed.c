// SPDX-License-Identifier: GPL-2.0
/*
 * irq_freed_twice_fixed: remove() frees an interrupt early, and devm does not free it
 * again.
 *
 * The rule it keeps: do not call free_irq() after devm_request_irq(), because devm also
 * frees the interrupt. To free it earlier, call devm_free_irq(), which tells devm.
 *
 * Expect no message, and every event handled.
 */
#include "bench_tasklet.h"

static int irq_freed_twice_probe(struct bench_device *bdev)
{
	struct bench_tasklet *t = dev_get_drvdata(&bdev->dev);

	t->bdev = bdev;
	tasklet_setup(&t->tasklet, bench_tasklet_bottom);
	return devm_request_irq(&bdev->dev, bdev->irq, bench_tasklet_top, 0,
				dev_name(&bdev->dev), t);
}

static void irq_freed_twice_remove(struct bench_device *bdev)
{
	struct bench_tasklet *t = dev_get_drvdata(&bdev->dev);

	/*
	 * Free the interrupt before the tasklet is killed. Then no top half can schedule
	 * the tasklet again.
	 */
	devm_free_irq(&bdev->dev, bdev->irq, t);
	tasklet_kill(&t->tasklet);
}

static struct bench_driver irq_freed_twice_driver = {
	.probe = irq_freed_twice_probe,
	.remove = irq_freed_twice_remove,
	.priv_size = sizeof(struct bench_tasklet),
	.mechanism = BH_TASKLET,
};
module_bench_driver(irq_freed_twice_driver);

MODULE_DESCRIPTION("Fixed: an interrupt freed by devm_free_irq(), and not freed again");
MODULE_LICENSE("GPL");
