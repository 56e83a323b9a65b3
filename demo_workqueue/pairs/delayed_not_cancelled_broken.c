// SPDX-License-Identifier: GPL-2.0
/*
 * delayed_not_cancelled_broken: a driver that is unbound while its delayed work waits.
 *
 * The rule it breaks: to stop a delayed work item, use the functions with "delayed" in
 * their names. Such an item consists of a timer and a work_struct. While the timer is
 * pending, the work_struct is not queued. flush_work() looks only at the work_struct, so it
 * returns at once, and the timer stays armed.
 * (cancel_work_sync() cannot remove an item whose timer is pending. It retries until the
 * timer has expired, and keeps the CPU busy. See kernel/workqueue.c:try_to_grab_pending().)
 *
 * If you remove the module after an event, the timer wheel holds a timer whose memory was
 * freed. Expect:
 *
 *	BUG: unable to handle page fault for address: ffffc900...
 *	Kernel panic - not syncing: Fatal exception in interrupt
 *
 * The kernel does not survive. CONFIG_DEBUG_OBJECTS_TIMERS says "ODEBUG: free active" when
 * the memory is freed, and removes the timer from the wheel. So such a kernel survives.
 */
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "bench.h"

struct delayed_not_cancelled {
	struct bench_device *bdev;
	struct delayed_work dwork;
	atomic_t pending;
	u32 samples[16384];		/* large, so this struct is in vmalloc() memory */
};

static ushort delay_ms = 20;
module_param(delay_ms, ushort, 0444);
MODULE_PARM_DESC(delay_ms, "how long events are gathered before they are handled (20)");

static void delayed_not_cancelled_bottom(struct work_struct *work)
{
	struct delayed_not_cancelled *d = from_work(d, work, dwork.work);

	bench_run(d->bdev);
	bench_done(d->bdev, atomic_xchg(&d->pending, 0));
}

static irqreturn_t delayed_not_cancelled_top(int irq, void *data)
{
	struct delayed_not_cancelled *d = data;
	unsigned int events = bench_read_events(d->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &d->pending);
	bench_raise(d->bdev);
	schedule_delayed_work(&d->dwork, msecs_to_jiffies(delay_ms));
	return IRQ_HANDLED;
}

static int delayed_not_cancelled_probe(struct bench_device *bdev)
{
	struct delayed_not_cancelled *d = vzalloc(sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	d->bdev = bdev;
	INIT_DELAYED_WORK(&d->dwork, delayed_not_cancelled_bottom);
	dev_set_drvdata(&bdev->dev, d);
	err = request_irq(bdev->irq, delayed_not_cancelled_top, 0, dev_name(&bdev->dev), d);
	if (err)
		vfree(d);
	return err;
}

static void delayed_not_cancelled_remove(struct bench_device *bdev)
{
	struct delayed_not_cancelled *d = dev_get_drvdata(&bdev->dev);

	/* After free_irq() nothing queues the delayed work. */
	free_irq(bdev->irq, d);
	flush_work(&d->dwork.work);
	vfree(d);
}

static struct bench_driver delayed_not_cancelled_driver = {
	.probe = delayed_not_cancelled_probe,
	.remove = delayed_not_cancelled_remove,
	.breaks = "broken on purpose: if it is unloaded after an event, it leaves a timer behind",
	.mechanism = BH_WORK,
};
module_bench_driver(delayed_not_cancelled_driver);

MODULE_DESCRIPTION("Broken on purpose: a delayed work whose timer is forgotten at unload");
MODULE_LICENSE("GPL");
