// SPDX-License-Identifier: GPL-2.0
/*
 * This file has mistakes that the rules of work/ find and that no pair shows. At each
 * mistake a comment names the rule. The other code is correct. This file is never built.
 */
#include <linux/netdevice.h>
#include <linux/workqueue.h>

struct acme {
	struct work_struct reset;
	struct work_struct stats;
	struct mutex lock;		/* protects @counters */
	struct workqueue_struct *wq;
	u64 counters;
	spinlock_t slock;		/* of the caller of acme_wait() */
};

static void acme_reset(struct work_struct *work)
{
	rtnl_lock();
	acme_restart(work);
	rtnl_unlock();
}

static void acme_stats(struct work_struct *work)
{
	struct acme *acme = container_of(work, struct acme, stats);

	mutex_lock(&acme->lock);
	acme->counters++;
	mutex_unlock(&acme->lock);
}

/* Called with @slock held */
static int acme_wait(struct acme *acme)
{
	spin_unlock_irq(&acme->slock);
	acme_poll(acme);
	spin_lock_irq(&acme->slock);
	if (acme_gone(acme)) {
		acme->counters = 0;
		return -ENODEV;
	}
	acme->counters++;
	spin_unlock_irq(&acme->slock);
	acme_poll(acme);
	spin_lock_irq(&acme->slock);
	return 0;
}

static int acme_open(struct net_device *netdev)
{
	struct acme *acme = netdev_priv(netdev);

	INIT_WORK(&acme->reset, acme_reset);
	INIT_WORK(&acme->stats, acme_stats);
	acme->wq = create_singlethread_workqueue("acme");	/* lint: old_queue */
	acme->wq = alloc_ordered_workqueue("acme", 0);
	return 0;
}

static int acme_stop(struct net_device *netdev)
{
	struct acme *acme = netdev_priv(netdev);

	cancel_work_sync(&acme->reset);		/* lint: work_rtnl */
	mutex_lock(&acme->lock);
	cancel_work_sync(&acme->stats);		/* lint: work_mutex */
	mutex_unlock(&acme->lock);
	cancel_work_sync(&acme->stats);
	flush_scheduled_work();			/* lint: flushes_system_queue */
	flush_workqueue(system_wq);		/* lint: flushes_system_queue */
	flush_workqueue(acme->wq);
	return 0;
}

static const struct net_device_ops acme_ops = {
	.ndo_open = acme_open,
	.ndo_stop = acme_stop,
};
