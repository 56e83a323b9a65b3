// SPDX-License-Identifier: GPL-2.0
/*
 * test_checkers: what the checkers of a debug kernel are to find, planted on purpose,
 * so that checkers.sh can show that it would see it. A number to the file "command"
 * chooses:
 *
 *	1	memory that nobody knows of any more	kmemleak
 *	2	two locks, taken in either order	lockdep
 *	3	a mutex, free, taken in a softirq	might_sleep()
 *	4	a read of memory that was freed		KASAN
 *
 * None of it does harm: 40 bytes are lost for good.
 */
#include <linux/interrupt.h>
#include <linux/mutex.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "bh_pair.h"

struct test_checkers {
	struct bh_pair pair;
	struct tasklet_struct tasklet;
	struct mutex first;	/* these two protect nothing */
	struct mutex second;
};

/*
 * A softirq. Nobody else wants the mutex: it is there at once, nobody sleeps, and a
 * stock kernel has nothing to say. Some day somebody will hold it.
 */
static void test_checkers_bottom(struct tasklet_struct *tasklet)
{
	struct test_checkers *t = from_tasklet(t, tasklet, tasklet);

	bh_pair_run(&t->pair);
	mutex_lock(&t->first);
	bh_pair_drain(&t->pair);
	mutex_unlock(&t->first);
}

static irqreturn_t test_checkers_top(int irq, void *dev_id)
{
	struct test_checkers *t = container_of(dev_id, struct test_checkers, pair);

	if (!bh_pair_take(&t->pair))
		return IRQ_NONE;
	tasklet_schedule(&t->tasklet);
	return IRQ_HANDLED;
}

/* Not inlined, for the report to name it; nor are the others. */
static noinline int test_checkers_leak(void)
{
	u8 *lost = kmalloc(40, GFP_KERNEL);

	if (!lost)
		return -ENOMEM;
	WRITE_ONCE(*lost, 1);
	return 0;
}

/* Never a deadlock here, where one task does both, and lockdep knows all the same. */
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
	/* Or the compiler would know, as well as we do. */
	OPTIMIZER_HIDE_VAR(freed);
	kfree(freed);
	return READ_ONCE(*freed) & 0;
}

static int test_checkers_plant(struct bh_pair *pair, u64 n)
{
	struct test_checkers *t = container_of(pair, struct test_checkers, pair);

	switch (n) {
	case 1:
		return test_checkers_leak();
	case 2:
		test_checkers_inversion(t);
		return 0;
	case 3:
		irq_line_raise(pair->line);
		return 0;
	case 4:
		return test_checkers_use_after_free();
	default:
		return -EINVAL;
	}
}

static int test_checkers_setup(struct bh_pair *pair)
{
	struct test_checkers *t = container_of(pair, struct test_checkers, pair);

	mutex_init(&t->first);
	mutex_init(&t->second);
	tasklet_setup(&t->tasklet, test_checkers_bottom);
	return 0;
}

static void test_checkers_teardown(struct bh_pair *pair)
{
	struct test_checkers *t = container_of(pair, struct test_checkers, pair);

	tasklet_kill(&t->tasklet);
}

static struct test_checkers demo = {
	.pair = {
		.name = KBUILD_MODNAME,
		.flow = IRQ_LINE_EDGE,
		.handler = test_checkers_top,
		.setup = test_checkers_setup,
		.teardown = test_checkers_teardown,
		.command = test_checkers_plant,
		.breaks = "broken on purpose: commands leak, invert locks, use what was freed",
		.mechanism = BH_TASKLET,
	},
};
module_bh_pair(demo);

MODULE_DESCRIPTION("Broken on purpose: what a debug kernel's checkers are to find");
MODULE_LICENSE("GPL");
