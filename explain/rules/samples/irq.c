// SPDX-License-Identifier: GPL-2.0
/*
 * This file has mistakes that the rules of irq/ find and that no pair shows. At each
 * mistake a comment names the rule. The other code is correct. This file is never built.
 */
#include <linux/interrupt.h>

struct acme {
	struct tasklet_struct tasklet;
	spinlock_t lock;		/* protects @head */
	unsigned int head;
	int irq;
};

struct acme_request {
	struct work_struct done;
	struct kref kref;
	struct list_head node;
};

static void acme_request_free(struct kref *kref)
{
	struct acme_request *request = container_of(kref, struct acme_request, kref);

	list_del(&request->node);
	kfree(request);
}

static void acme_request_done(struct work_struct *work)
{
	struct acme_request *request = container_of(work, struct acme_request, done);

	kref_put(&request->kref, acme_request_free);
}

static void acme_request_setup(struct acme_request *request)
{
	INIT_WORK(&request->done, acme_request_done);
}

struct acme_event {
	struct work_struct fault;
};

/* struct acme_bus is defined in another file, and so may be the code that cancels its work item. */
static void acme_bus_reset(struct work_struct *work)
{
	acme_restart(work);
}

static void acme_bus_setup(struct acme_bus *bus)
{
	INIT_WORK(&bus->fault, acme_bus_reset);
}

static void acme_bottom(struct tasklet_struct *tasklet)
{
	struct acme *acme = from_tasklet(acme, tasklet, tasklet);

	spin_lock_irq(&acme->lock);
	acme->head++;
	spin_unlock_irq(&acme->lock);
}

static void acme_flush(struct acme *acme, bool in_handler)
{
	if (!in_handler)
		disable_irq(acme->irq);
	acme->head = 0;
	if (!in_handler)
		enable_irq(acme->irq);
}

static irqreturn_t acme_top(int irq, void *data)
{
	struct acme *acme = data;

	if (!acme_status(acme))
		return IRQ_NONE;
	spin_lock_irq(&acme->lock);
	acme->head++;
	spin_unlock_irq(&acme->lock);	/* lint: handler_enables */
	acme_flush(acme, true);
	if (acme_stuck(acme))
		disable_irq(irq);	/* lint: waits_for_own_irq */
	if (acme_broken(acme))
		disable_irq_nosync(irq);
	tasklet_schedule(&acme->tasklet);
	return IRQ_HANDLED;
}

static irqreturn_t acme_other(int irq, void *data)
{
	return acme_report(data) ? IRQ_NONE : IRQ_HANDLED;
}

static int acme_report(struct acme *acme)
{
	return acme->head ? 0 : -EIO;
}

static int acme_probe(struct platform_device *pdev)
{
	struct acme *acme = acme_alloc(pdev);

	tasklet_setup(&acme->tasklet, acme_bottom);
	request_threaded_irq(acme->irq + 1, NULL, acme_other, IRQF_ONESHOT, "acme", acme);
	return request_irq(acme->irq, acme_top, 0, "acme", acme);
}

static void acme_remove(struct platform_device *pdev)
{
	struct acme *acme = platform_get_drvdata(pdev);

	free_irq(acme->irq, pdev);	/* lint: irq_wrong_dev_id */
	tasklet_kill(&acme->tasklet);
}

static struct platform_driver acme_driver = {
	.probe = acme_probe,
	.remove = acme_remove,
};
