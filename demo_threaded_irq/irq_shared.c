// SPDX-License-Identifier: GPL-2.0
/*
 * irq_shared: two devices on one wire, IRQF_SHARED.
 *
 * Every interrupt calls both hard handlers. Each asks its own device, answers
 * IRQ_WAKE_THREAD if that one raised and IRQ_NONE if not, and the kernel's
 * spurious detector lives by that answer. Which device the next events come
 * from is chosen with the debugfs file "source": 0 is a, 1 is b, and with 2 it
 * is nobody's (watch "unhandled" in /proc/irq/N/spurious).
 */
#include <linux/interrupt.h>
#include <linux/module.h>

#include "bh_probe.h"
#include "irq_line.h"
#include "slow_bus.h"

struct shared_device {
	const char *name;
	atomic_t status;		/* the device's own status register */
	atomic_t mine;			/* answers of the hard handler */
	atomic_t none;
	struct bh_probe probe;
};

struct irq_shared {
	struct irq_line *line;
	u32 source;
	struct slow_bus bus;
	struct bh_counters counters;
	struct shared_device dev[2];
};

static struct irq_shared shared = {
	.dev = { { .name = "irq_shared-a" }, { .name = "irq_shared-b" } },
};

static irqreturn_t irq_shared_thread(int irq, void *dev_id)
{
	struct shared_device *dev = dev_id;
	int events;

	bh_probe_run(&dev->probe);
	events = atomic_xchg(&dev->status, 0);
	slow_bus_transfer(&shared.bus);
	atomic64_inc(&shared.counters.bottom_halves);
	atomic64_add(events, &shared.counters.handled);
	return events ? IRQ_HANDLED : IRQ_NONE;
}

/*
 * The bench's line has one register, so this stands in for the board: what has
 * come on the wire goes to the status register of the device it came from.
 */
static void irq_shared_wire(void)
{
	unsigned int events = irq_line_ack(shared.line);
	u32 source = READ_ONCE(shared.source);

	atomic64_inc(&shared.counters.top_halves);
	atomic64_add(events, &shared.counters.events);
	if (source < ARRAY_SIZE(shared.dev))
		atomic_add(events, &shared.dev[source].status);
	else
		/* Nobody's: a real device would hold the wire up, a storm. */
		atomic64_add(events, &shared.counters.handled);
}

static irqreturn_t irq_shared_top(int irq, void *dev_id)
{
	struct shared_device *dev = dev_id;

	/* Handlers run in the order of request_irq(): a is always first. */
	if (dev == &shared.dev[0])
		irq_shared_wire();

	if (!atomic_read(&dev->status)) {
		atomic_inc(&dev->none);
		return IRQ_NONE;
	}
	atomic_inc(&dev->mine);
	bh_probe_raise(&dev->probe);
	return IRQ_WAKE_THREAD;
}

static int __init irq_shared_add(struct shared_device *dev, const char *probe)
{
	int err = bh_probe_init(&dev->probe, shared.line, probe, BH_IRQ_THREAD);

	if (err)
		return err;
	debugfs_create_atomic_t("mine", 0400, dev->probe.dir, &dev->mine);
	debugfs_create_atomic_t("none", 0400, dev->probe.dir, &dev->none);

	/* All who share must agree on IRQF_ONESHOT. The cookie tells them apart. */
	err = request_threaded_irq(irq_line_irq(shared.line), irq_shared_top,
				   irq_shared_thread,
				   IRQF_SHARED | IRQF_ONESHOT, dev->name, dev);
	if (err)
		bh_probe_destroy(&dev->probe);
	return err;
}

static void irq_shared_remove(struct shared_device *dev)
{
	/* Removes this handler only; the other device's goes on. */
	free_irq(irq_line_irq(shared.line), dev);
	bh_probe_destroy(&dev->probe);
}

static int __init irq_shared_init(void)
{
	int err;

	shared.line = irq_line_create("irq_shared", IRQ_LINE_LEVEL);
	if (IS_ERR(shared.line))
		return PTR_ERR(shared.line);

	bh_counters_init(&shared.counters, shared.line);
	slow_bus_init(&shared.bus, irq_line_dir(shared.line));
	debugfs_create_u32("source", 0600, irq_line_dir(shared.line),
			   &shared.source);
	err = irq_shared_add(&shared.dev[0], "a");
	if (err)
		goto err_line;
	err = irq_shared_add(&shared.dev[1], "b");
	if (err)
		goto err_a;
	return 0;

err_a:
	slow_bus_close(&shared.bus);
	irq_shared_remove(&shared.dev[0]);
err_line:
	irq_line_destroy(shared.line);
	return err;
}
module_init(irq_shared_init);

static void __exit irq_shared_exit(void)
{
	slow_bus_close(&shared.bus);
	/*
	 * Devices quiet first, as free_irq() asks for where a line is shared: it
	 * waits for the threads of the whole line, and with b's action gone but
	 * a's thread always finding work, it would wait on. Real devices have a
	 * register for that; here the line is disabled, it is ours alone.
	 */
	disable_irq(irq_line_irq(shared.line));
	/* a last: its handler is the one that drops the wire. */
	irq_shared_remove(&shared.dev[1]);
	irq_shared_remove(&shared.dev[0]);
	irq_line_destroy(shared.line);
}
module_exit(irq_shared_exit);

MODULE_DESCRIPTION("Bottom halves: two devices share a level interrupt");
MODULE_LICENSE("GPL");
