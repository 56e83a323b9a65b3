/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between the kernels this suite runs on.
 *
 * The code reads as for the newest kernel; what an older one lacks is supplied
 * here under the modern name. Features are probed by include/Kbuild.probes,
 * not guessed from a version number: stable kernels backport.
 */
#ifndef _BH_COMPAT_H
#define _BH_COMPAT_H

/* 6.17, 6.12.x: which system queues are per-CPU and which not, by their names. */
#ifndef HAVE_SYSTEM_PERCPU_WQ
#define system_percpu_wq	system_wq
#define system_dfl_wq		system_unbound_wq
#define WQ_PERCPU		0
#endif

/* hrtimer_setup(): 6.13. It is hrtimer_init() and the function in one. */
#ifndef HAVE_HRTIMER_SETUP
#include <linux/hrtimer.h>
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#endif

/* alloc_netdev_dummy(): 6.10. A net_device that is never registered. */
#ifndef HAVE_ALLOC_NETDEV_DUMMY
#include <linux/netdevice.h>
static inline void compat_dummy_netdev_setup(struct net_device *dev)
{
	set_bit(__LINK_STATE_PRESENT, &dev->state);
	set_bit(__LINK_STATE_START, &dev->state);
}

static inline struct net_device *alloc_netdev_dummy(int sizeof_priv)
{
	return alloc_netdev(sizeof_priv, "dummy#", NET_NAME_UNKNOWN,
			    compat_dummy_netdev_setup);
}
#endif

/* 6.12: a softirq handler is no longer told which vector it serves. */
#ifdef HAVE_SOFTIRQ_HANDLER_VOID
#define SOFTIRQ_HANDLER_ARGS	void
#else
#define SOFTIRQ_HANDLER_ARGS	struct softirq_action *action
#endif

/* 6.15: every chip may move an interrupt in process context, unless it objects. */
#ifndef HAVE_IRQ_MOVE_PCNTXT
#define IRQ_MOVE_PCNTXT		0
#endif

/* Fields of preempt_count() that not every kernel or architecture has. */
#ifndef HARDIRQ_DISABLE_MASK	/* 7.3 */
#define HARDIRQ_DISABLE_MASK	0
#endif
#ifndef PREEMPT_NEED_RESCHED	/* x86, arm64 and s390 fold it in */
#define PREEMPT_NEED_RESCHED	0
#endif

#endif /* _BH_COMPAT_H */
