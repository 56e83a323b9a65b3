// SPDX-License-Identifier: GPL-2.0
/*
 * timer_rearmed_fixed: a driver that first frees the interrupt, and then shuts down the
 * timer.
 *
 * The rule it keeps: before you free the memory of a timer, stop everything that arms it.
 * So free_irq() comes first. Then timer_shutdown_sync() removes the timer from the wheel
 * and waits for a running callback. Any later attempt to arm the timer does nothing.
 *
 * Expect no message, and every event handled.
 */
#include <linux/iopoll.h>
#include <linux/vmalloc.h>

#include "bench_timer.h"

struct timer_rearmed {
	struct bench_timer bh;
	atomic_t late;			/* events that come while the driver is removed */
	u32 samples[16384];		/* large, so this struct is in vmalloc() memory */
};

static ushort delay_ms = 20;
module_param(delay_ms, ushort, 0444);
MODULE_PARM_DESC(delay_ms, "time from the first event until the events are handled, in ms (20)");

static void timer_rearmed_bottom(struct timer_list *timer)
{
	struct timer_rearmed *t = container_of(timer, struct timer_rearmed, bh.timer);

	bench_run(t->bh.bdev);
	bench_timer_handle(&t->bh);
}

/* Process context: raises an event now, and @n others while the driver is removed. */
static int timer_rearmed_late(struct bench_device *bdev, unsigned int n)
{
	struct timer_rearmed *t = from_bench(t, bdev, bh);

	atomic_set(&t->late, n);
	irq_line_raise(bdev->line);
	return 0;
}

/*
 * Raises the late events. Waits for the top half, which may run on another CPU or in a
 * thread.
 */
static void late_events(struct timer_rearmed *t)
{
	bool waiting;

	while (atomic_dec_if_positive(&t->late) >= 0)
		irq_line_raise(t->bh.bdev->line);
	read_poll_timeout(irq_line_waiting, waiting, !waiting, 100, USEC_PER_SEC, false,
			  t->bh.bdev->line);
}

static int timer_rearmed_probe(struct bench_device *bdev)
{
	struct timer_rearmed *t = vzalloc(sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->bh.delay = msecs_to_jiffies(delay_ms);
	err = bench_timer_setup(&t->bh, bdev, bench_timer_top, timer_rearmed_bottom);
	if (err)
		vfree(t);
	return err;
}

static void timer_rearmed_remove(struct bench_device *bdev)
{
	struct timer_rearmed *t = from_bench(t, bdev, bh);

	late_events(t);
	free_irq(bdev->irq, &t->bh);
	timer_shutdown_sync(&t->bh.timer);
	/* Handle the events that the callback has not handled. */
	bench_timer_handle(&t->bh);
	vfree(t);
}

static struct bench_driver timer_rearmed_driver = {
	.probe = timer_rearmed_probe,
	.remove = timer_rearmed_remove,
	.command = { timer_rearmed_late, 1, 1000 },
};
module_bench_driver(timer_rearmed_driver);

MODULE_DESCRIPTION("Fixed: remove() frees the interrupt, and then shuts down the timer");
MODULE_LICENSE("GPL");
