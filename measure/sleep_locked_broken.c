// SPDX-License-Identifier: GPL-2.0
/*
 * sleep_locked_broken: sleeps with a lock held, once, when it is loaded: with a
 * spinlock_t, or with raw=1 with a raw_spinlock_t.
 *
 * What the kernel says to that is a row of "make demo-rt". On a stock kernel the two
 * are the same lock, and it says "BUG: scheduling while atomic". On PREEMPT_RT a
 * spinlock_t is one that whoever waits for it sleeps on, and its holder may be
 * preempted; to sleep by oneself with it held is wrong all the same, and RCU complains.
 * A raw_spinlock_t is there what it was.
 *
 * The machine survives. The lesson on it is the pair work_sleeps_locked.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>

#include "bh_pair.h"

static bool raw;
module_param(raw, bool, 0);
MODULE_PARM_DESC(raw, "the lock is a raw_spinlock_t");

static bool force;
module_param(force, bool, 0);
MODULE_PARM_DESC(force, "load it outside a virtual machine too");

static DEFINE_SPINLOCK(lock);		/* nothing: who holds it is what matters */
static DEFINE_RAW_SPINLOCK(raw_lock);	/* likewise */

static void sleep_locked(void)
{
	int count = preempt_count();

	usleep_range(1000, 2000);
	/*
	 * schedule(), when it complains, makes of preempt_count() that of a task without
	 * locks. The unlock after this takes one off.
	 */
	if (preempt_count() != count)
		preempt_disable();
}

static int __init sleep_locked_init(void)
{
	int err;

	err = bh_pair_admit(KBUILD_MODNAME,
			    "broken on purpose: it sleeps with a lock held, now",
			    force);
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
