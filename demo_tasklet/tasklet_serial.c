// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_serial: one tasklet never runs on two CPUs at once, but two different tasklets can.
 *
 * One driver, two devices: tasklet_serial and tasklet_serial_b. The interrupt of each
 * device schedules two tasklets: one that both devices share, and one of its own. The first
 * meter counts how many CPUs are in the shared tasklet at once. The second meter counts how
 * many CPUs are in the devices' own tasklets at once. Let each device interrupt a different
 * CPU, and read the debugfs file "overlap".
 */
#include <linux/delay.h>
#include <linux/seq_file.h>

#include "bench.h"

#define SERIAL_STAY_US	100

struct serial {
	struct bench_device *bdev;
	struct tasklet_struct own;
	atomic_t pending;
};

struct serial_meter {
	atomic_t inside;
	atomic_t max_inside;
	atomic64_t runs;
	atomic64_t asked_inside;	/* times a tasklet was scheduled while one ran */
};

/* The meters belong to the driver, not to a device: both devices use the same two meters. */
static struct serial_meter serial_same, serial_two;

static void serial_measure(struct serial_meter *meter)
{
	int inside = atomic_inc_return(&meter->inside);
	int max = atomic_read(&meter->max_inside);

	atomic64_inc(&meter->runs);
	while (inside > max &&
	       !atomic_try_cmpxchg(&meter->max_inside, &max, inside))
		;
	/* Stay here, so that another CPU may enter. Do not sleep, because this is a tasklet. */
	udelay(SERIAL_STAY_US);
	atomic_dec(&meter->inside);
}

static void serial_shared_run(struct tasklet_struct *unused)
{
	serial_measure(&serial_same);
}

/* A tasklet at file scope needs neither tasklet_setup() nor from_tasklet(). */
static DECLARE_TASKLET(serial_shared, serial_shared_run);

/* One function, but one tasklet per device: these tasklets do not exclude each other. */
static void serial_own_run(struct tasklet_struct *tasklet)
{
	struct serial *serial = from_tasklet(serial, tasklet, own);

	bench_run(serial->bdev);
	bench_done(serial->bdev, atomic_xchg(&serial->pending, 0));
	serial_measure(&serial_two);
}

static irqreturn_t serial_top(int irq, void *data)
{
	struct serial *serial = data;
	unsigned int events = bench_read_events(serial->bdev);

	if (!events)
		return IRQ_NONE;
	if (atomic_read(&serial_same.inside))
		atomic64_inc(&serial_same.asked_inside);
	tasklet_schedule(&serial_shared);

	if (atomic_read(&serial_two.inside))
		atomic64_inc(&serial_two.asked_inside);
	atomic_add(events, &serial->pending);
	bench_raise(serial->bdev);
	tasklet_schedule(&serial->own);
	return IRQ_HANDLED;
}

static void serial_meter_show(struct seq_file *seq, const char *name,
			      struct serial_meter *meter)
{
	seq_printf(seq, "%s_runs %lld\n", name, atomic64_read(&meter->runs));
	seq_printf(seq, "%s_asked_inside %lld\n", name,
		   atomic64_read(&meter->asked_inside));
	seq_printf(seq, "%s_max_inside %d\n", name, atomic_read(&meter->max_inside));
}

static int serial_show(struct seq_file *seq, void *unused)
{
	serial_meter_show(seq, "one_tasklet", &serial_same);
	serial_meter_show(seq, "two_tasklets", &serial_two);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(serial);

static int serial_probe(struct bench_device *bdev)
{
	struct serial *serial = devm_kzalloc(&bdev->dev, sizeof(*serial), GFP_KERNEL);

	if (!serial)
		return -ENOMEM;
	serial->bdev = bdev;
	tasklet_setup(&serial->own, serial_own_run);
	dev_set_drvdata(&bdev->dev, serial);
	return request_irq(bdev->irq, serial_top, 0, dev_name(&bdev->dev), serial);
}

static void serial_remove(struct bench_device *bdev)
{
	struct serial *serial = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, serial);
	tasklet_kill(&serial->own);
	/*
	 * The other device may still schedule the shared tasklet. If the device does this
	 * during tasklet_kill(), the shared tasklet does not run. This does no harm,
	 * because the shared tasklet uses no memory of a device and handles no event. When
	 * the last device is removed, nothing schedules the tasklet any more, and it must
	 * have ended before the module is unloaded.
	 */
	tasklet_kill(&serial_shared);
}

static const char * const serial_devices[] = { "tasklet_serial", "tasklet_serial_b", NULL };

static const struct bench_file serial_files[] = {
	{ "overlap", &serial_fops },
	{ }
};

static struct bench_driver serial_driver = {
	.probe = serial_probe,
	.remove = serial_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_TASKLET,
	.devices = serial_devices,
	.files = serial_files,
};
module_bench_driver(serial_driver);

MODULE_DESCRIPTION("Bottom halves: a tasklet is serialised with itself");
MODULE_LICENSE("GPL");
