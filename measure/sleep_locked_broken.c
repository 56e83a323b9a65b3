// SPDX-License-Identifier: GPL-2.0
/*
 * sleep_locked_broken: when it is loaded, it sleeps once while it holds a lock. The lock is
 * a spinlock_t, or with raw=1 a raw_spinlock_t.
 *
 * The kernel's report is a row in the table of "make demo-rt". On a stock kernel the two
 * locks are the same, and the report is "BUG: scheduling while atomic". On PREEMPT_RT the
 * waiters of a spinlock_t sleep, and its holder may be preempted. But the holder itself
 * must not sleep: RCU reports it. A raw_spinlock_t behaves in the same way on both
 * kernels.
 *
 * The kernel survives. The pair work_sleeps_locked teaches this bug.
 */
#include <linux/delay.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>

#include "bench.h"

static bool raw;
module_param(raw, bool, 0);
MODULE_PARM_DESC(raw, "the lock is a raw_spinlock_t");

static bool force;
module_param(force, bool, 0);
MODULE_PARM_DESC(force, "load it outside the project's VM too");

static DEFINE_SPINLOCK(lock);		/* the locks protect nothing: the module only holds one */
static DEFINE_RAW_SPINLOCK(raw_lock);

static void sleep_locked(void)
{
	int count = preempt_count();

	usleep_range(1000, 2000);
	/*
	 * After its report the scheduler resets preempt_count() to the value of a task
	 * without locks. The unlock will subtract one, so add one here.
	 */
	if (preempt_count() != count)
		preempt_disable();
}

static int __init sleep_locked_init(void)
{
	int err;

	err = bench_admit(KBUILD_MODNAME,
			  "broken on purpose: it sleeps with a lock held, now", force);
	if (err)
		return err;
	if (raw) {
		raw_spin_lock(&raw_lock);
		sleep_locked();
		raw_spin_unlock(&raw_lock);
	} else {
		spin_lock(&lock);
		sleep_locked();
		spin_unlock(&lock);
	}
	return 0;
}
module_init(sleep_locked_init);

static void __exit sleep_locked_exit(void)
{
}
module_exit(sleep_locked_exit);

MODULE_DESCRIPTION("Broken on purpose: it sleeps with a lock held");
MODULE_LICENSE("GPL");
