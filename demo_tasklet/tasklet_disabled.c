// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_disabled: a tasklet that is disabled and enabled again.
 *
 * Write 0 to the debugfs file "enabled" to disable the tasklet, 1 to enable it. While the
 * tasklet is disabled, the top half runs and schedules the tasklet, but the tasklet does
 * not run. To see the cost, watch the TASKLET row of /proc/softirqs, and ksoftirqd in top.
 */
#include <linux/fs.h>
#include <linux/mutex.h>

#include "bench.h"
#include "compat.h"

struct gate {
	struct bench_device *bdev;
	struct tasklet_struct tasklet;
	atomic_t pending;
	struct mutex lock;		/* only one task at a time changes "enabled" */
	bool enabled;
};

static void gate_bottom(struct tasklet_struct *tasklet)
{
	struct gate *gate = from_tasklet(gate, tasklet, tasklet);

	bench_run(gate->bdev);
	bench_done(gate->bdev, atomic_xchg(&gate->pending, 0));
}

static irqreturn_t gate_top(int irq, void *data)
{
	struct gate *gate = data;
	unsigned int events = bench_read_events(gate->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &gate->pending);
	bench_raise(gate->bdev);
	tasklet_schedule(&gate->tasklet);
	return IRQ_HANDLED;
}

static int gate_enabled_get(void *data, u64 *enabled)
{
	struct gate *gate = data;

	*enabled = READ_ONCE(gate->enabled);
	return 0;
}

/* Process context: tasklet_disable() sleeps until a running tasklet has ended. */
static int gate_enabled_set(void *data, u64 enabled)
{
	struct gate *gate = data;

	if (enabled > 1)
		return -EINVAL;
	guard(mutex)(&gate->lock);
	/*
	 * Each tasklet_disable() needs exactly one tasklet_enable(). So do nothing if the
	 * value does not change.
	 */
	if (enabled && !gate->enabled)
		tasklet_enable(&gate->tasklet);
	else if (!enabled && gate->enabled)
		tasklet_disable(&gate->tasklet);
	WRITE_ONCE(gate->enabled, enabled);
	return 0;
}
DEFINE_SIMPLE_ATTRIBUTE(gate_enabled_fops, gate_enabled_get, gate_enabled_set, "%llu\n");

static int gate_probe(struct bench_device *bdev)
{
	struct gate *gate = devm_kzalloc(&bdev->dev, sizeof(*gate), GFP_KERNEL);

	if (!gate)
		return -ENOMEM;
	gate->bdev = bdev;
	mutex_init(&gate->lock);
	gate->enabled = true;
	tasklet_setup(&gate->tasklet, gate_bottom);
	dev_set_drvdata(&bdev->dev, gate);
	return request_irq(bdev->irq, gate_top, 0, dev_name(&bdev->dev), gate);
}

static void gate_remove(struct bench_device *bdev)
{
	struct gate *gate = dev_get_drvdata(&bdev->dev);

	free_irq(bdev->irq, gate);
	/*
	 * While a tasklet is disabled and scheduled, TASKLET_STATE_SCHED stays set, and
	 * tasklet_kill() would wait for it forever. So enable the tasklet first.
	 */
	gate_enabled_set(gate, 1);
	tasklet_kill(&gate->tasklet);
}

static const struct bench_file gate_files[] = {
	{ "enabled", &gate_enabled_fops },
	{ }
};

static struct bench_driver gate_driver = {
	.probe = gate_probe,
	.remove = gate_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_TASKLET,
	.files = gate_files,
};
module_bench_driver(gate_driver);

MODULE_DESCRIPTION("Bottom halves: a tasklet disabled and enabled");
MODULE_LICENSE("GPL");
