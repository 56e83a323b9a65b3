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

struct acme_port {
	struct acme acme;
	int irq;
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

static void acme_settle(struct acme *acme)
{
	msleep(20);
}

static void acme_clear(struct acme *acme, bool wait, int block)
{
	acme->buffer = NULL;
	if (wait)
		acme_settle(acme);
	if (block)
		acme_settle(acme);
}

static void acme_poller(struct timer_list *timer)
{
	struct acme *acme = from_timer(acme, timer, poller);

	acme_clear(acme, false, 0);
	spin_lock(&acme->lock);
	acme_clear(acme, false, 0);
	spin_unlock(&acme->lock);
}

static void acme_blinker(struct timer_list *timer)
{
	mod_timer(timer, jiffies + HZ);
}

static irqreturn_t acme_top(int irq, void *data)
{
	struct acme_port *port = data;

	return acme_status(port) ? IRQ_HANDLED : IRQ_NONE;
}

static int acme_startup(struct acme_port *port)
{
	return request_irq(port->irq, acme_top, 0, "acme", port);
}

static void acme_shutdown(struct acme *acme)
{
	/* A struct and its first member have the same address. */
	free_irq(acme_port(acme)->irq, acme);
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
