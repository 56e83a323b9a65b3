// SPDX-License-Identifier: GPL-2.0
/*
 * irq_shared: two devices on one interrupt, IRQF_SHARED.
 *
 * Every interrupt calls both top halves. Each top half reads its own device. It returns
 * IRQ_WAKE_THREAD if this device raised the interrupt, and IRQ_NONE if not. The kernel's
 * detector of stuck interrupts relies on these return values. The debugfs file "source"
 * says which device the next events come from: 0 is device a, 1 is device b, and 2 is
 * neither (watch "unhandled" in /proc/irq/N/spurious).
 */
#include <linux/debugfs.h>

#include "bench.h"
#include "slow_bus.h"

struct irq_shared;

struct shared_device {
	struct irq_shared *shared;
	atomic_t status;		/* the device's own status register */
	atomic_t mine;			/* top half returned IRQ_WAKE_THREAD */
	atomic_t none;
	struct bh_probe probe;
};

struct irq_shared {
	struct bench_device *bdev;
	struct slow_bus bus;
	unsigned int source;
	struct shared_device dev[2];
};

static irqreturn_t irq_shared_thread(int irq, void *data)
{
	struct shared_device *dev = data;
	struct irq_shared *shared = dev->shared;
	unsigned int events;

	bh_probe_run(&dev->probe);
	bench_run(shared->bdev);
	events = atomic_xchg(&dev->status, 0);
	slow_bus_transfer(&shared->bus);
	bench_done(shared->bdev, events);
	return IRQ_RETVAL(events);
}

/*
 * The testbench's device has only one event register. This function simulates the
 * board: it moves the events from this register to the status register of the device that
 * raised them.
 */
static void irq_shared_board(struct irq_shared *shared)
{
	unsigned int events = bench_read_events(shared->bdev);
	unsigned int source = READ_ONCE(shared->source);

	if (source < ARRAY_SIZE(shared->dev))
		atomic_add(events, &shared->dev[source].status);
	else
		/*
		 * The events came from neither device. A real device would keep its
		 * interrupt asserted, which causes a storm.
		 */
		bench_done(shared->bdev, events);
}

static irqreturn_t irq_shared_top(int irq, void *data)
{
	struct shared_device *dev = data;

	/* The kernel calls the handlers in the order of their requests: device a is first. */
	if (dev == &dev->shared->dev[0])
		irq_shared_board(dev->shared);

	if (!atomic_read(&dev->status)) {
		atomic_inc(&dev->none);
		return IRQ_NONE;
	}
	atomic_inc(&dev->mine);
	bh_probe_raise(&dev->probe);
	bench_raise(dev->shared->bdev);
	return IRQ_WAKE_THREAD;
}

/* devm calls this after it has freed both interrupts. No top half and no thread runs any more. */
static void irq_shared_freed(void *data)
{
	struct irq_shared *shared = data;
	unsigned int i;

	/*
	 * With CONFIG_DEBUG_SHIRQ, free_irq() calls the top half once more, but wakes no
	 * thread. So a status register may still contain events. This function counts them
	 * as handled.
	 */
	for (i = 0; i < ARRAY_SIZE(shared->dev); i++)
		bench_done(shared->bdev, atomic_read(&shared->dev[i].status));
}

static int irq_shared_add(struct irq_shared *shared, struct shared_device *dev,
			  const char *probe, const char *name)
{
	struct bench_device *bdev = shared->bdev;
	int err;

	dev->shared = shared;
	err = devm_bh_probe_init(bdev, &dev->probe, probe, BH_IRQ_THREAD);
	if (err)
		return err;
	/* These files are removed with the folder of the probe. */
	debugfs_create_atomic_t("mine", 0400, dev->probe.dir, &dev->mine);
	debugfs_create_atomic_t("none", 0400, dev->probe.dir, &dev->none);

	/*
	 * All handlers that share an interrupt must agree on IRQF_ONESHOT. @dev tells the
	 * two requests apart.
	 */
	return devm_request_threaded_irq(&bdev->dev, bdev->irq, irq_shared_top,
					 irq_shared_thread, IRQF_SHARED | IRQF_ONESHOT,
					 name, dev);
}

static int irq_shared_probe(struct bench_device *bdev)
{
	struct irq_shared *shared = devm_kzalloc(&bdev->dev, sizeof(*shared), GFP_KERNEL);
	int err;

	if (!shared)
		return -ENOMEM;
	shared->bdev = bdev;
	slow_bus_init(&shared->bus);
	dev_set_drvdata(&bdev->dev, &shared->bus);
	/*
	 * Register this action before the requests. Then devm runs the action after it has
	 * freed both interrupts.
	 */
	err = devm_add_action_or_reset(&bdev->dev, irq_shared_freed, shared);
	if (err)
		return err;
	err = irq_shared_add(shared, &shared->dev[0], "a", "irq_shared-a");
	if (err)
		return err;
	return irq_shared_add(shared, &shared->dev[1], "b", "irq_shared-b");
}

/*
 * The devices must be silent before free_irq(). For a shared interrupt the kernel-doc of
 * free_irq() demands this, because free_irq() waits until no thread of the interrupt is
 * active. If the devices were not silent, the thread of the remaining handler could always
 * find work, and free_irq() would wait forever. A real device has a register that silences
 * it. Here no other driver uses the interrupt, so disable_irq() can replace this register.
 * disable_irq() also waits for both threads. devm then frees the handler of device b first,
 * and the handler of device a last. This order is needed, because the handler of device a
 * simulates the board.
 */
static void irq_shared_remove(struct bench_device *bdev)
{
	slow_bus_close(dev_get_drvdata(&bdev->dev));
	disable_irq(bdev->irq);
}

static int irq_shared_source_get(void *data, u64 *val)
{
	*val = READ_ONCE(container_of(data, struct irq_shared, bus)->source);
	return 0;
}

static int irq_shared_source_set(void *data, u64 val)
{
	struct irq_shared *shared = container_of(data, struct irq_shared, bus);

	if (val > ARRAY_SIZE(shared->dev))
		return -ERANGE;
	WRITE_ONCE(shared->source, val);
	return 0;
}
DEFINE_SIMPLE_ATTRIBUTE(irq_shared_source_fops, irq_shared_source_get,
			irq_shared_source_set, "%llu\n");

static const struct bench_file irq_shared_files[] = {
	{ "source", &irq_shared_source_fops },
	{ "hold", &slow_bus_hold_fops },
	{ }
};

static struct bench_driver irq_shared_driver = {
	.probe = irq_shared_probe,
	.remove = irq_shared_remove,
	.files = irq_shared_files,
	.trigger = BENCH_LEVEL,
	.mechanism = BH_IRQ_THREAD,
};
module_bench_driver(irq_shared_driver);

MODULE_DESCRIPTION("Bottom halves: two devices share a level interrupt");
MODULE_LICENSE("GPL");
