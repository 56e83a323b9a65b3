// SPDX-License-Identifier: GPL-2.0
/*
 * This file has mistakes that the rules of softirq/ find and that no pair shows. At each
 * mistake a comment names the rule. The other code is correct. This file is never built.
 */
#include <linux/slab.h>
#include <linux/timer.h>

struct acme {
	struct timer_list watchdog;
	struct timer_list poller;
	struct timer_list blinker;
	spinlock_t lock;		/* protects @buffer */
	void *buffer;
};

static void acme_watchdog(struct timer_list *timer)
{
	struct acme *acme = from_timer(acme, timer, watchdog);

	kfree(acme->buffer);
	acme->buffer = kmalloc(100, GFP_KERNEL);	/* lint: gfp_kernel */
	acme->buffer = kmalloc(100, GFP_ATOMIC);
	del_timer_sync(&acme->poller);
	del_timer_sync(&acme->watchdog);		/* lint: timer_self */
}

static void acme_poller(struct timer_list *timer)
{
	struct acme *acme = from_timer(acme, timer, poller);

	spin_lock(&acme->lock);
	acme->buffer = NULL;
	spin_unlock(&acme->lock);
}

static void acme_blinker(struct timer_list *timer)
{
	mod_timer(timer, jiffies + HZ);
}

static int acme_probe(struct platform_device *pdev)
{
	struct acme *acme = acme_alloc(pdev);

	timer_setup(&acme->watchdog, acme_watchdog, 0);
	timer_setup(&acme->poller, acme_poller, 0);
	timer_setup(&acme->blinker, acme_blinker, 0);	/* lint: timer_not_deleted */
	return 0;
}

static void acme_remove(struct platform_device *pdev)
{
	struct acme *acme = platform_get_drvdata(pdev);

	spin_lock_bh(&acme->lock);
	timer_shutdown_sync(&acme->poller);	/* lint: timer_locked */
	timer_shutdown_sync(&acme->watchdog);
	spin_unlock_bh(&acme->lock);
	timer_shutdown_sync(&acme->poller);
}

static struct platform_driver acme_driver = {
	.probe = acme_probe,
	.remove = acme_remove,
};
