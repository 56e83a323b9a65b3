// SPDX-License-Identifier: GPL-2.0
/*
 * test_checkers: makes mistakes that the checkers of a debug kernel must find. checkers.sh
 * uses it to show that such mistakes are reported. The number written to "command" chooses
 * the mistake:
 *
 *	1	memory to which no pointer is left	kmemleak
 *	2	two locks, taken in both orders		lockdep
 *	3	a free mutex, taken in a softirq	might_sleep()
 *	4	a read of memory that was freed		KASAN
 *	5	a plain counter of two tasks		KCSAN
 *
 * None of these mistakes does harm, except that 40 bytes are never freed.
 */
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "bench.h"
#include "compat.h"

struct test_checkers {
	struct bench_device *bdev;
	struct tasklet_struct tasklet;
	atomic_t pending;
	struct mutex first;	/* these two mutexes protect nothing */
	struct mutex second;
	struct work_struct racer;
	unsigned long raced;	/* no lock, no READ_ONCE(): this is mistake 5 */
};

/*
 * Softirq context. The mutex is free, so mutex_lock() does not sleep, and a stock
 * kernel reports nothing. If another task held the mutex, mutex_lock() would sleep.
 */
static void test_checkers_bottom(struct tasklet_struct *tasklet)
{
	struct test_checkers *t = from_tasklet(t, tasklet, tasklet);

	bench_run(t->bdev);
	mutex_lock(&t->first);
	bench_done(t->bdev, atomic_xchg(&t->pending, 0));
	mutex_unlock(&t->first);
}

static irqreturn_t test_checkers_top(int irq, void *data)
{
	struct test_checkers *t = data;
	unsigned int events = bench_read_events(t->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &t->pending);
	bench_raise(t->bdev);
	tasklet_schedule(&t->tasklet);
	return IRQ_HANDLED;
}

/* noinline, here and below, because the report must name the function. */
static noinline int test_checkers_leak(void)
{
	u8 *lost = kmalloc(40, GFP_KERNEL);

	if (!lost)
		return -ENOMEM;
	WRITE_ONCE(*lost, 1);
	return 0;
}

/* One task takes the locks in both orders: no deadlock, but lockdep sees both orders. */
static noinline void test_checkers_inversion(struct test_checkers *t)
{
	mutex_lock(&t->first);
	mutex_lock(&t->second);
	mutex_unlock(&t->second);
	mutex_unlock(&t->first);

	mutex_lock(&t->second);
	mutex_lock(&t->first);
	mutex_unlock(&t->first);
	mutex_unlock(&t->second);
}

static noinline int test_checkers_use_after_free(void)
{
	u8 *freed = kmalloc(40, GFP_KERNEL);

	if (!freed)
		return -ENOMEM;
	/* Without this line the compiler would see that the memory is freed, and would warn. */
	OPTIMIZER_HIDE_VAR(freed);
	kfree(freed);
	return READ_ONCE(*freed) & 0;
}

/* The number of accesses is large, because KCSAN watches only one access in some hundreds. */
#define RACES	300000

static void test_checkers_racer(struct work_struct *work)
{
	struct test_checkers *t = from_work(t, work, racer);
	unsigned int i;

	for (i = 0; i < RACES; i++) {
		t->raced++;
		cond_resched();
	}
}

static noinline void test_checkers_race(struct test_checkers *t)
{
	unsigned int i;

	queue_work(system_dfl_wq, &t->racer);
	for (i = 0; i < RACES; i++) {
		t->raced++;
		cond_resched();
	}
	flush_work(&t->racer);
}

static int test_checkers_plant(struct bench_device *bdev, unsigned int n)
{
	struct test_checkers *t = dev_get_drvdata(&bdev->dev);

	switch (n) {
	case 1:
		return test_checkers_leak();
	case 2:
		test_checkers_inversion(t);
		return 0;
	case 3:
		irq_line_raise(bdev->line);
		return 0;
	case 4:
		return test_checkers_use_after_free();
	default:
		test_checkers_race(t);
		return 0;
	}
}

static int test_checkers_probe(struct bench_device *bdev)
{
	struct test_checkers *t = devm_kzalloc(&bdev->dev, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	t->bdev = bdev;
	mutex_init(&t->first);
	mutex_init(&t->second);
	tasklet_setup(&t->tasklet, test_checkers_bottom);
	INIT_WORK(&t->racer, test_checkers_racer);
	dev_set_drvdata(&bdev->dev, t);
	return request_irq(bdev->irq, test_checkers_top, 0, dev_name(&bdev->dev), t);
}

static void test_checkers_remove(struct bench_device *bdev)
{
	struct test_checkers *t = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, t);
	tasklet_kill(&t->tasklet);
}

static struct bench_driver test_checkers_driver = {
	.probe = test_checkers_probe,
	.remove = test_checkers_remove,
	.command = { test_checkers_plant, 1, 5 },
	.breaks = "broken on purpose: commands leak, invert locks, race, use what was freed",
	.trigger = BENCH_EDGE,
	.mechanism = BH_TASKLET,
};
module_bench_driver(test_checkers_driver);

MODULE_DESCRIPTION("Broken on purpose: mistakes that the checkers of a debug kernel must find");
MODULE_LICENSE("GPL");
