/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hides every difference between the kernels that this suite supports.
 *
 * The code is written for the newest kernel. If an older kernel lacks something, this file
 * supplies it under the modern name. include/Kbuild.probes tests which features a kernel
 * has. A version number would not show the features, because stable kernels backport some.
 *
 * If there is no modern name, this file invents a name: ..._ARGS for the arguments of a
 * callback, and compat_set_...() for a field that older structs lack. If newer kernels no
 * longer have a flag, this file defines the flag as 0 on these kernels.
 *
 * Each comment begins with the release that made the shim necessary. "6.1 needs this shim"
 * names the newest kernel of vm/kernels that still needs the shim: when you remove 6.1 from
 * vm/kernels, remove the shim too.
 */
#ifndef _BH_COMPAT_H
#define _BH_COMPAT_H

/*
 * New in 6.17, and Debian's 6.12 has a backport, so only 6.1 needs this shim. The names say
 * which system queues are per-CPU and which are not.
 */
#ifndef HAVE_SYSTEM_PERCPU_WQ
#define system_percpu_wq	system_wq
#define system_dfl_wq		system_unbound_wq
#define WQ_PERCPU		0
#endif

/*
 * New in 6.9, so 6.1 needs this shim. BH workqueues. Older kernels have no BH workqueue, and
 * code that asks for one gets NULL.
 */
#ifndef HAVE_SYSTEM_BH_WQ
#define system_bh_wq		((struct workqueue_struct *)NULL)
#define system_bh_highpri_wq	((struct workqueue_struct *)NULL)
#endif

/*
 * New in 6.14, so 6.12 needs this shim. Creates and starts the worker; its name contains the
 * CPU's number.
 */
#ifndef HAVE_KTHREAD_RUN_WORKER
#define kthread_run_worker_on_cpu(_cpu, _flags, _name)				\
({										\
	int _on = (_cpu);							\
										\
	kthread_create_worker_on_cpu(_on, _flags, _name, _on);			\
})
#endif

/* New in 6.13, so 6.12 needs this shim. Combines hrtimer_init() and setting the function. */
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

/* New in 6.10, so 6.1 needs this shim. Allocates a net_device that is never registered. */
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

/*
 * New in 6.7, so 6.1 needs this shim. The file_operations of a debugfs file that is read and
 * written.
 */
#ifndef HAVE_DEFINE_SHOW_STORE_ATTRIBUTE
#include <linux/seq_file.h>
#define DEFINE_SHOW_STORE_ATTRIBUTE(_name)					\
static int _name ## _open(struct inode *inode, struct file *file)		\
{										\
	return single_open(file, _name ## _show, inode->i_private);		\
}										\
										\
static const struct file_operations _name ## _fops = {				\
	.owner		= THIS_MODULE,						\
	.open		= _name ## _open,					\
	.read		= seq_read,						\
	.write		= _name ## _write,					\
	.llseek		= seq_lseek,						\
	.release	= single_release,					\
}
#endif

/* New in 6.11, so 6.1 needs this shim. A bus's match() has a const driver as its parameter. */
#include <linux/device/bus.h>
#ifdef HAVE_BUS_MATCH_CONST
#define BUS_MATCH_ARGS	struct device *dev, const struct device_driver *drv
#else
#define BUS_MATCH_ARGS	struct device *dev, struct device_driver *drv
#endif

/* New in 6.9, so 6.1 needs this shim. Makes guard(spinlock_bh)(&lock) possible. */
#ifndef HAVE_GUARD_SPINLOCK_BH
#include <linux/spinlock.h>
DEFINE_LOCK_GUARD_1(spinlock_bh, spinlock_t,
		    spin_lock_bh(_T->lock),
		    spin_unlock_bh(_T->lock))
#endif

/*
 * New in 6.12, so 6.1 needs this shim. A softirq handler is no longer told which vector it
 * serves.
 */
#ifdef HAVE_SOFTIRQ_HANDLER_VOID
#define SOFTIRQ_HANDLER_ARGS	void
#else
#define SOFTIRQ_HANDLER_ARGS	struct softirq_action *action
#endif

/*
 * New in 6.14, so 6.12 needs this shim. When you remove this shim, also remove
 * IRQ_MOVE_PCNTXT from the code. The flag allows the kernel to change an interrupt's affinity
 * in process context. Since 6.14 the flag is gone: the kernel may do this with every
 * interrupt, unless a flag of the irqchip forbids it.
 */
#ifndef HAVE_IRQ_MOVE_PCNTXT
#define IRQ_MOVE_PCNTXT		0
#endif

/* Fields of preempt_count() that not every kernel or architecture has. */
#include <linux/preempt.h>
#ifndef HARDIRQ_DISABLE_MASK	/* new in 7.3; 6.12 needs it */
#define HARDIRQ_DISABLE_MASK	0
#endif
#ifndef PREEMPT_NEED_RESCHED	/* keep: only x86, arm64, s390 have the flag in preempt_count() */
#define PREEMPT_NEED_RESCHED	0
#endif

/*
 * New in 6.17, so 6.12 needs this shim. dev_set_threaded() takes an enum; before 6.17 it took
 * a bool.
 */
#ifndef HAVE_NETDEV_NAPI_THREADED
#define NETDEV_NAPI_THREADED_DISABLED	false
#define NETDEV_NAPI_THREADED_ENABLED	true
#endif

/*
 * New in 6.11, so 6.1 needs this shim. A lock that says which data is protected by disabling
 * BH. Older kernels need no such lock, because they never let two tasks of one CPU have BH
 * disabled at the same time.
 */
#ifndef HAVE_LOCAL_LOCK_NESTED_BH
#define local_lock_nested_bh(_lock)	((void)(_lock))
#define local_unlock_nested_bh(_lock)	((void)(_lock))
#endif

/*
 * New in 6.8, so 6.1 needs this shim. The first function tells netlink which NAPI instance
 * serves a queue. The second function tells netlink which interrupt a NAPI instance has.
 */
struct napi_struct;
struct net_device;
#ifndef HAVE_NETIF_QUEUE_SET_NAPI
enum netdev_queue_type {
	NETDEV_QUEUE_TYPE_RX,
	NETDEV_QUEUE_TYPE_TX,
};

static inline void netif_queue_set_napi(struct net_device *dev,
					unsigned int queue_index,
					enum netdev_queue_type type,
					struct napi_struct *napi)
{
}
#endif
#ifndef HAVE_NETIF_NAPI_SET_IRQ
static inline void netif_napi_set_irq(struct napi_struct *napi, int irq)
{
}
#endif

/*
 * New in 6.13, so 6.12 needs this shim. Adds a NAPI instance with an index. When the instance
 * is created again, the core finds its ID and its settings by this index. Before 6.13 the ID
 * and the settings are lost when the instance is deleted.
 */
#ifndef HAVE_NETIF_NAPI_ADD_CONFIG
#include <linux/netdevice.h>
static inline void netif_napi_add_config(struct net_device *dev,
					 struct napi_struct *napi,
					 int (*poll)(struct napi_struct *, int),
					 int index)
{
	netif_napi_add(dev, napi, poll);
}
#endif

/*
 * New in 6.3, so 6.1 needs this shim. Tells netlink which XDP features a device has. Before
 * 6.3, netlink cannot show these features. When 6.1 is gone, replace
 * compat_init_xdp_features() by dev->xdp_features = ... (before the device is registered), and
 * compat_set_xdp_features() by xdp_set_features_flag().
 */
#ifdef HAVE_XDP_FEATURES
#define compat_init_xdp_features(_dev, _features)	((_dev)->xdp_features = (_features))
#define compat_set_xdp_features(_dev, _features)	xdp_set_features_flag(_dev, _features)
#else
#define NETDEV_XDP_ACT_BASIC	0
#define compat_init_xdp_features(_dev, _features)	((void)(_dev), (void)(_features))
#define compat_set_xdp_features(_dev, _features)	((void)(_dev), (void)(_features))
#endif

/* New in 6.12, so 6.1 needs this shim. The header is in another directory. */
#ifdef HAVE_LINUX_UNALIGNED_H
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/*
 * New in 6.4, so 6.1 needs this shim. Updates BQL, and wakes the queue if at least @_start
 * descriptors are free. Older kernels wake the queue if more descriptors than the given number
 * are free, hence the "- 1".
 */
#ifndef HAVE_NETIF_TXQ_COMPLETED_WAKE
#define netif_txq_completed_wake(_txq, _pkts, _bytes, _get_desc, _start)	\
({										\
	struct netdev_queue *_q = (_txq);					\
										\
	netdev_tx_completed_queue(_q, _pkts, _bytes);				\
	netif_txq_maybe_wake(_q, _get_desc, (_start) - 1);			\
})
#endif

/* New in 6.8, so 6.1 needs this shim. */
#ifndef HAVE_ETHTOOL_PUTS
#include <linux/ethtool.h>
#include <linux/string.h>
static inline void ethtool_puts(u8 **data, const char *str)
{
	strscpy(*data, str, ETH_GSTRING_LEN);
	*data += ETH_GSTRING_LEN;
}
#endif

/*
 * Only for files that define COMPAT_PAGE_POOL. 6.6 split the header, and 6.4 added
 * params.napi, so 6.1 needs both shims. When 6.1 is gone, replace
 * compat_set_page_pool_napi(&p, n) by p.napi = n.
 */
#ifdef COMPAT_PAGE_POOL
#ifdef HAVE_PAGE_POOL_HELPERS_H
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif
#ifdef HAVE_PAGE_POOL_NAPI
#define compat_set_page_pool_napi(_params, _napi)	((_params)->napi = (_napi))
#else
#define compat_set_page_pool_napi(_params, _napi)	((void)(_params), (void)(_napi))
#endif
#ifdef HAVE_PAGE_POOL_NETDEV	/* new in 6.8: p.netdev = dev; 6.1 needs this shim */
#define compat_set_page_pool_netdev(_params, _dev)	((_params)->netdev = (_dev))
#else
#define compat_set_page_pool_netdev(_params, _dev)	((void)(_params), (void)(_dev))
#endif
#endif

/*
 * New in 6.9, so 6.1 needs this shim. Statistics of each queue, for netlink. Some of the
 * counters that napi_dummy uses are new in 6.11. For older kernels, the object file with these
 * functions is not built.
 */
#ifdef HAVE_NETDEV_STAT_OPS
#define compat_set_stat_ops(_dev, _ops)	((_dev)->stat_ops = (_ops))
#else
#define compat_set_stat_ops(_dev, _ops)	((void)(_dev), (void)(_ops))
#endif

/*
 * New in 6.15, so 6.12 needs this shim. rtnl_link_ops.newlink() gets its parameters in a
 * struct. RTNL_NEWLINK_ARGS declares the old or the new parameters, among them dev and extack.
 * RTNL_NEWLINK_DATA stands for the attributes of the link kind.
 */
#ifdef HAVE_RTNL_NEWLINK_PARAMS
#define RTNL_NEWLINK_ARGS	struct net_device *dev,				\
				struct rtnl_newlink_params *params,		\
				struct netlink_ext_ack *extack
#define RTNL_NEWLINK_DATA	(params->data)
#else
#define RTNL_NEWLINK_ARGS	struct net *src_net, struct net_device *dev,	\
				struct nlattr *tb[], struct nlattr *data[],	\
				struct netlink_ext_ack *extack
#define RTNL_NEWLINK_DATA	(data)
#endif

#endif /* _BH_COMPAT_H */
