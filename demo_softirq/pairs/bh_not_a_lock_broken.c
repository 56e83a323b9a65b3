// SPDX-License-Identifier: GPL-2.0
/*
 * bh_not_a_lock_broken: local_bh_disable() used against a tasklet that runs on another CPU.
 *
 * The rule it breaks: data that several CPUs share needs a lock: spin_lock_bh() in a task,
 * spin_lock() in the softirq. local_bh_disable() keeps softirqs off this CPU only. Softirqs
 * still run on other CPUs.
 *
 * Expect no message from any kernel, and no report from a checker, because there is no lock
 * to check. But events are lost: at unload the testbench reports "3 of 4 events lost".
 *
 * The kernel survives. In a real driver the data could be a list, and this bug would
 * corrupt it.
 */
#include <linux/bottom_half.h>
#include <linux/ktime.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "bench_tasklet.h"

struct bh_not_a_lock {
	struct bench_tasklet bh;
	struct work_struct work;	/* fetches */
	unsigned int received;		/* added by the tasklet, not yet fetched */
	atomic_t late;			/* events that will come during a fetch */
};

/* Softirq context, on the interrupted CPU. */
static void bh_not_a_lock_bottom(struct tasklet_struct *tasklet)
{
	struct bh_not_a_lock *b = from_tasklet(b, tasklet, bh.tasklet);

	bench_run(b->bh.bdev);
	b->received += atomic_xchg(&b->bh.pending, 0);
	schedule_work(&b->work);
}

static void bh_not_a_lock_raise(void *line)
{
	irq_line_raise(line);
}

/*
 * For the test: raises an event on another CPU, if the command asked for an event. Then
 * waits, for 10 ms at most, until the tasklet on that CPU has changed @received. @read is
 * the value of @received before that change.
 */
static void bh_not_a_lock_worst_moment(struct bh_not_a_lock *b, unsigned int read)
{
	unsigned int other = cpumask_any_but(cpu_online_mask, smp_processor_id());
	ktime_t end;

	if (atomic_dec_if_positive(&b->late) < 0)
		return;
	if (other < nr_cpu_ids)
		smp_call_function_single(other, bh_not_a_lock_raise, b->bh.bdev->line, true);
	end = ktime_add_ms(ktime_get(), 10);
	while (READ_ONCE(b->received) == read && ktime_before(ktime_get(), end))
		cpu_relax();
}

/* Process context. */
static void bh_not_a_lock_fetch(struct work_struct *work)
{
	struct bh_not_a_lock *b = from_work(b, work, work);
	unsigned int events;

	local_bh_disable();
	events = b->received;
	bh_not_a_lock_worst_moment(b, events);
	b->received = 0;
	local_bh_enable();
	bench_done(b->bh.bdev, events);
}

/* Process context: raises an event. Then each of the next @n fetches raises one more event. */
static int bh_not_a_lock_late(struct bench_device *bdev, unsigned int n)
{
	struct bh_not_a_lock *b = from_bench(b, bdev, bh);

	atomic_set(&b->late, n);
	irq_line_raise(bdev->line);
	return 0;
}

static int bh_not_a_lock_probe(struct bench_device *bdev)
{
	struct bh_not_a_lock *b = dev_get_drvdata(&bdev->dev);

	INIT_WORK(&b->work, bh_not_a_lock_fetch);
	return bench_tasklet_setup(&b->bh, bdev, bench_tasklet_top, bh_not_a_lock_bottom);
}

static void bh_not_a_lock_remove(struct bench_device *bdev)
{
	struct bh_not_a_lock *b = from_bench(b, bdev, bh);

	bench_tasklet_remove(bdev);
	/* After tasklet_kill() the tasklet can no longer queue the work item. */
	flush_work(&b->work);
}

static struct bench_driver bh_not_a_lock_driver = {
	.probe = bh_not_a_lock_probe,
	.remove = bh_not_a_lock_remove,
	.priv_size = sizeof(struct bh_not_a_lock),
	.command = { bh_not_a_lock_late, 1, 1000 },
	.breaks = "broken on purpose: events on another CPU are lost during a command",
};
module_bench_driver(bh_not_a_lock_driver);

MODULE_DESCRIPTION("Broken on purpose: local_bh_disable() against another CPU");
MODULE_LICENSE("GPL");
