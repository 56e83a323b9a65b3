// SPDX-License-Identifier: GPL-2.0
/*
 * lab_device: the device that the labs drive, see lab_device.h, and the two hands
 * that the grading needs: an event at a moment of choice, and a name that is taken.
 *
 * Everything it counts is in the file "device" of its line's folder in debugfs.
 */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/tracepoint.h>
#include <linux/wait.h>

#include "bh_probe.h"
#include "lab_device.h"

/**
 * struct lab_device - a device and its books
 * @list: in lab_devices
 * @owner: module of the driver, to whom a poll function belongs
 * @line: its interrupt line
 * @lock: protects the books down to @enable_twice
 * @key: what makes a datum of a number, so that it cannot be guessed
 * @ring: events taken from the line's register that nobody has read yet
 * @read: events read
 * @handed_in: events handed in
 * @next: number of the next one to be handed in
 * @lost: events that were left out when a later one was handed in
 * @repeated: events handed in before, or never read
 * @transfers: of the slow bus
 * @transferred: events they were for
 * @atomic: transfers asked for where nobody may sleep
 * @overlapping: transfers asked for while one was under way
 * @busy: a transfer is under way
 * @polls: NAPI polls of the driver
 * @over_budget: polls that returned more than their budget
 * @miscounted: polls that did not return what they handed in
 * @polled: handed in before the last poll
 * @late: events still to come at the worst moment
 * @held: transfers hang
 * @wait: for the end of that
 */
struct lab_device {
	struct list_head list;
	struct module *owner;
	struct irq_line *line;

	spinlock_t lock;	/* the books */
	u32 key;
	unsigned int ring;
	u32 read;
	u32 handed_in;
	u32 next;
	u32 lost;
	u32 repeated;
	u32 transfers;
	u32 transferred;
	u32 atomic;
	u32 overlapping;
	bool busy;
	u32 polls;
	u32 over_budget;
	u32 miscounted;
	u32 polled;

	atomic_t late;
	bool held;
	wait_queue_head_t wait;
};

static LIST_HEAD(lab_devices);
static DEFINE_SPINLOCK(lab_devices_lock);	/* lab_devices */

/* What a driver calls ----------------------------------------------------- */

/**
 * lab_device_line() - the line of a device
 * @dev: the device
 *
 * Context: any.
 */
struct irq_line *lab_device_line(const struct lab_device *dev)
{
	return dev->line;
}
EXPORT_SYMBOL_GPL(lab_device_line);

/**
 * lab_device_irq() - the interrupt of a device, for request_irq()
 * @dev: the device
 *
 * Context: any.
 */
unsigned int lab_device_irq(const struct lab_device *dev)
{
	return irq_line_irq(dev->line);
}
EXPORT_SYMBOL_GPL(lab_device_irq);

/* As far as the kernel keeps count of it. */
static bool lab_may_sleep(void)
{
	return !in_interrupt() && !irqs_disabled() && preemptible();
}

/* A transfer over the slow bus begins, asked for by @dev's driver. */
static void lab_bus_take(struct lab_device *dev)
{
	bool may_sleep = lab_may_sleep();
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	dev->transfers++;
	dev->atomic += !may_sleep;
	dev->overlapping += dev->busy;
	dev->busy = true;
	spin_unlock_irqrestore(&dev->lock, flags);

	/* A hold that was forgotten ends by itself. */
	wait_event_timeout(dev->wait, !READ_ONCE(dev->held), 60 * HZ);
	usleep_range(1000, 2000);
}

static void lab_bus_release(struct lab_device *dev, unsigned int events)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	dev->transferred += events;
	dev->busy = false;
	spin_unlock_irqrestore(&dev->lock, flags);
}

/**
 * lab_device_transfer() - move the data of some events over the slow bus
 * @dev: the device
 * @events: how many
 *
 * Context: process. It sleeps, for 1 to 2 ms. One at a time for each device.
 */
void lab_device_transfer(struct lab_device *dev, unsigned int events)
{
	lab_bus_take(dev);
	lab_bus_release(dev, events);
}
EXPORT_SYMBOL_GPL(lab_device_transfer);

/**
 * lab_device_slow_ack() - irq_line_ack() for a device behind the slow bus
 * @dev: the device
 *
 * Context: process. It sleeps, for 1 to 2 ms.
 * Return: events since the last call.
 */
unsigned int lab_device_slow_ack(struct lab_device *dev)
{
	unsigned int events;

	lab_bus_take(dev);
	events = irq_line_ack(dev->line);
	lab_bus_release(dev, events);
	return events;
}
EXPORT_SYMBOL_GPL(lab_device_slow_ack);

/**
 * lab_device_copy() - memcpy() at the worst moment: an event comes in the middle
 * @dev: the device
 * @to: where to
 * @from: where from
 * @len: bytes
 *
 * Context: any but NMI. With interrupts on, the event interrupts in the middle.
 */
void lab_device_copy(struct lab_device *dev, void *to, const void *from,
		     unsigned int len)
{
	unsigned int irq = irq_line_irq(dev->line);
	bool latched = true;
	int i;

	memcpy(to, from, len / 2);
	irq_line_raise(dev->line);
	/* It is there at once, if it may. */
	for (i = 0; i < 1000 && latched && !irqs_disabled(); i++) {
		cpu_relax();
		if (irq_get_irqchip_state(irq, IRQCHIP_STATE_PENDING, &latched))
			break;
	}
	memcpy(to + len / 2, from + len / 2, len - len / 2);
}
EXPORT_SYMBOL_GPL(lab_device_copy);

static unsigned int lab_device_fill(struct lab_device *dev)
{
	lockdep_assert_held(&dev->lock);

	dev->ring += irq_line_ack(dev->line);
	return dev->ring;
}

/**
 * lab_device_waiting() - events that nobody has read
 * @dev: the device
 *
 * It takes them over from the line's event register: no irq_line_ack() beside it.
 *
 * Context: any but NMI.
 */
unsigned int lab_device_waiting(struct lab_device *dev)
{
	unsigned long flags;
	unsigned int n;

	spin_lock_irqsave(&dev->lock, flags);
	n = lab_device_fill(dev);
	spin_unlock_irqrestore(&dev->lock, flags);
	return n;
}
EXPORT_SYMBOL_GPL(lab_device_waiting);

/**
 * lab_device_read() - read the oldest event that nobody has read
 * @dev: the device
 * @datum: what it is about
 *
 * Context: any but NMI.
 * Return: was there one?
 */
bool lab_device_read(struct lab_device *dev, u32 *datum)
{
	unsigned long flags;
	bool any;

	spin_lock_irqsave(&dev->lock, flags);
	any = lab_device_fill(dev);
	if (any) {
		dev->ring--;
		*datum = dev->read++ ^ dev->key;
	}
	spin_unlock_irqrestore(&dev->lock, flags);
	return any;
}
EXPORT_SYMBOL_GPL(lab_device_read);

/**
 * lab_device_hand_in() - an event was dealt with
 * @dev: the device
 * @datum: of the event
 *
 * Every event once, in the order in which they were read.
 *
 * Context: any but NMI.
 */
void lab_device_hand_in(struct lab_device *dev, u32 datum)
{
	u32 number = datum ^ dev->key;
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	if (number < dev->next || number >= dev->read) {
		dev->repeated++;
	} else {
		dev->lost += number - dev->next;
		dev->next = number + 1;
		dev->handed_in++;
	}
	spin_unlock_irqrestore(&dev->lock, flags);
}
EXPORT_SYMBOL_GPL(lab_device_hand_in);

/**
 * lab_device_enable() - set or clear the device's interrupt enable bit
 * @dev: the device
 * @on: may it interrupt?
 *
 * Its line is an edge line: for events that came while it was off there is no
 * interrupt when it is on again. See irq_line_enable().
 *
 * Context: any but NMI.
 */
void lab_device_enable(struct lab_device *dev, bool on)
{
	int late = on ? atomic_xchg(&dev->late, 0) : 0;

	/* Of all moments its next events come now. */
	while (late-- > 0)
		irq_line_raise(dev->line);
	irq_line_enable(dev->line, on);
}
EXPORT_SYMBOL_GPL(lab_device_enable);

/* What the grading looks at ------------------------------------------------ */

static int lab_device_show(struct seq_file *s, void *unused)
{
	struct lab_device *dev = s->private;

	spin_lock_irq(&dev->lock);
	seq_printf(s, "read %u\n", dev->read);
	seq_printf(s, "handed_in %u\n", dev->handed_in);
	seq_printf(s, "lost %u\n", dev->lost);
	seq_printf(s, "repeated %u\n", dev->repeated);
	seq_printf(s, "transfers %u\n", dev->transfers);
	seq_printf(s, "transferred %u\n", dev->transferred);
	seq_printf(s, "atomic %u\n", dev->atomic);
	seq_printf(s, "overlapping %u\n", dev->overlapping);
	seq_printf(s, "polls %u\n", dev->polls);
	seq_printf(s, "over_budget %u\n", dev->over_budget);
	seq_printf(s, "miscounted %u\n", dev->miscounted);
	spin_unlock_irq(&dev->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lab_device);

static int lab_hold_set(void *data, u64 val)
{
	struct lab_device *dev = data;

	WRITE_ONCE(dev->held, val);
	wake_up_all(&dev->wait);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(lab_hold_fops, NULL, lab_hold_set, "%llu\n");

static void lab_device_open_doors(struct lab_device *dev)
{
	struct dentry *dir = irq_line_dir(dev->line);

	debugfs_create_file("device", 0400, dir, dev, &lab_device_fops);
	debugfs_create_file("hold", 0200, dir, dev, &lab_hold_fops);
	debugfs_create_atomic_t("late", 0600, dir, &dev->late);
}

/**
 * __lab_device_create() - make a device; use lab_device_create()
 * @name: of the device and its line
 * @flow: edge or level
 * @owner: module of the driver
 *
 * Context: process, may sleep.
 * Return: the device, or an ERR_PTR.
 */
struct lab_device *__lab_device_create(const char *name, enum irq_line_flow flow,
				       struct module *owner)
{
	struct lab_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int err;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	dev->owner = owner;
	dev->key = get_random_u32();
	spin_lock_init(&dev->lock);
	init_waitqueue_head(&dev->wait);
	dev->line = __irq_line_create(name, flow, owner);
	if (IS_ERR(dev->line)) {
		err = PTR_ERR(dev->line);
		kfree(dev);
		return ERR_PTR(err);
	}
	spin_lock_irq(&lab_devices_lock);
	list_add(&dev->list, &lab_devices);
	spin_unlock_irq(&lab_devices_lock);
	lab_device_open_doors(dev);
	return dev;
}
EXPORT_SYMBOL_GPL(__lab_device_create);

/**
 * lab_device_destroy() - take a device away, and its line
 * @dev: the device, or NULL, or an ERR_PTR
 *
 * As with irq_line_destroy(): the interrupt is freed and the bottom half gone.
 *
 * Context: process, may sleep.
 */
void lab_device_destroy(struct lab_device *dev)
{
	if (IS_ERR_OR_NULL(dev))
		return;
	/* The doors go with the line. */
	irq_line_destroy(dev->line);
	spin_lock_irq(&lab_devices_lock);
	list_del(&dev->list);
	spin_unlock_irq(&lab_devices_lock);
	kfree(dev);
}
EXPORT_SYMBOL_GPL(lab_device_destroy);

/*
 * A module goes and leaves a device behind: the bench says so, and takes its line
 * away. The memory stays, since who forgot this may have forgotten a bottom half.
 */
static int lab_module_notify(struct notifier_block *nb, unsigned long state,
			     void *module)
{
	struct lab_device *dev, *next;

	if (state != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	spin_lock_irq(&lab_devices_lock);
	list_for_each_entry_safe(dev, next, &lab_devices, list)
		if (dev->owner == module)
			list_del_init(&dev->list);
	spin_unlock_irq(&lab_devices_lock);
	return NOTIFY_OK;
}

static struct notifier_block lab_module_nb = {
	.notifier_call = lab_module_notify,
};

/* Softirq, or a task with bottom halves off: after each poll, whose ever. */
static void lab_polled(void *unused, struct napi_struct *napi, int work,
		       int budget)
{
	struct lab_device *dev;
	unsigned long flags;

	spin_lock_irqsave(&lab_devices_lock, flags);
	list_for_each_entry(dev, &lab_devices, list) {
		if (!within_module((unsigned long)napi->poll, dev->owner))
			continue;
		spin_lock(&dev->lock);
		dev->polls++;
		dev->over_budget += work > budget;
		dev->miscounted += work != dev->handed_in - dev->polled;
		dev->polled = dev->handed_in;
		spin_unlock(&dev->lock);
	}
	spin_unlock_irqrestore(&lab_devices_lock, flags);
}

/* An event at a moment of choice ------------------------------------------- */

static u32 lab_late_irq;
static atomic_t lab_late;

/*
 * The handler of an interrupt is about to be called; the controller has taken the
 * pulse. An event now is in the register when the handler reads it, and makes an
 * interrupt of its own all the same, whose handler finds nothing.
 */
static void lab_entered(void *unused, int irq, struct irqaction *action)
{
	if (irq != READ_ONCE(lab_late_irq) ||
	    atomic_dec_if_positive(&lab_late) < 0)
		return;
	irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true);
}

/* A name that is taken ------------------------------------------------------ */

static char *squat;
module_param(squat, charp, 0);
MODULE_PARM_DESC(squat, "make a line of this name, which is then taken");

static struct irq_line *lab_squatter;

/* ---------------------------------------------------------------------------- */

static struct {
	const char *name;
	void *fn;
	struct tracepoint *tp;
} lab_hooks[] = {
	{ "napi_poll",		lab_polled },
	{ "irq_handler_entry",	lab_entered },
};

static void lab_unhook(int n)
{
	while (n--)
		tracepoint_probe_unregister(lab_hooks[n].tp, lab_hooks[n].fn,
					    NULL);
	/* Somebody may be in one of them now. */
	tracepoint_synchronize_unregister();
}

static int lab_hook(void)
{
	int err;
	int i;

	for (i = 0; i < ARRAY_SIZE(lab_hooks); i++) {
		lab_hooks[i].tp = bh_find_tracepoint(lab_hooks[i].name);
		err = lab_hooks[i].tp ?
			tracepoint_probe_register(lab_hooks[i].tp,
						  lab_hooks[i].fn, NULL) :
			-ENODEV;
		if (err) {
			lab_unhook(i);
			return err;
		}
	}
	return 0;
}

static struct dentry *lab_dir;

static int __init lab_device_init(void)
{
	int err;

	if (squat) {
		lab_squatter = irq_line_create(squat, IRQ_LINE_EDGE);
		if (IS_ERR(lab_squatter))
			return PTR_ERR(lab_squatter);
	}
	err = lab_hook();
	if (err)
		goto err_squatter;
	err = register_module_notifier(&lab_module_nb);
	if (err)
		goto err_hook;
	lab_dir = debugfs_create_dir("lab_device", NULL);
	debugfs_create_u32("late_irq", 0600, lab_dir, &lab_late_irq);
	debugfs_create_atomic_t("late", 0600, lab_dir, &lab_late);
	return 0;

err_hook:
	lab_unhook(ARRAY_SIZE(lab_hooks));
err_squatter:
	irq_line_destroy(lab_squatter);
	return err;
}
module_init(lab_device_init);

static void __exit lab_device_exit(void)
{
	debugfs_remove(lab_dir);
	unregister_module_notifier(&lab_module_nb);
	lab_unhook(ARRAY_SIZE(lab_hooks));
	irq_line_destroy(lab_squatter);
}
module_exit(lab_device_exit);

MODULE_DESCRIPTION("Bottom halves: the device of the labs");
MODULE_LICENSE("GPL");
