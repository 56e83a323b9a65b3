// SPDX-License-Identifier: GPL-2.0
/*
 * demo_softirq: one interrupt, and ten softirq vectors, of which a driver can use eight.
 *
 * A module cannot have a softirq of its own. But it can put an object on the list of an
 * existing vector: a tasklet, a timer, a NAPI instance. The call that does this, such as
 * tasklet_schedule(), also raises the vector (for a timer, the tick raises it later). Then
 * the vector's handler in the kernel calls a function of the module. vectors.c has the code
 * for each vector. This file is the driver: it raises the vector that you choose.
 *
 * Choose with /sys/module/demo_softirq/parameters/vector, raise events, and watch
 * /proc/softirqs.
 */
#include "vectors.h"

static unsigned int chosen = IRQ_POLL_SOFTIRQ;

static int vector_set(const char *val, const struct kernel_param *kp)
{
	unsigned int i;

	for (i = 0; i < NR_SOFTIRQS; i++) {
		if (!sysfs_streq(val, vectors[i].name))
			continue;
		if (!vectors[i].raise)
			return -EOPNOTSUPP;
		WRITE_ONCE(chosen, i);
		return 0;
	}
	return -EINVAL;
}

static int vector_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", vectors[READ_ONCE(chosen)].name);
}

static const struct kernel_param_ops vector_ops = {
	.set = vector_set,
	.get = vector_get,
};
module_param_cb(vector, &vector_ops, NULL, 0600);
MODULE_PARM_DESC(vector, "softirq vector that the interrupt raises (IRQ_POLL)");

/* Every callback calls this function. Handles at most @max pending events, and returns how many. */
int vector_take(struct demo *demo, unsigned int nr, int max)
{
	struct vector_queue *q = &demo->queues[nr];
	int events;

	bh_probe_run(&q->probe);
	atomic64_inc(&demo->bdev->counters.bottom_halves);
	/*
	 * This is also a full barrier, which net_tx_destructor(), rcu_callback()
	 * (vector.litmus) and demo_top() (timer.litmus) need.
	 */
	events = atomic_xchg(&q->pending, 0);
	if (events > max) {
		atomic_add(events - max, &q->pending);
		events = max;
	}
	bench_done(demo->bdev, events);
	return events;
}

/* The top half: hard interrupt context. Raises the chosen vector. */
static irqreturn_t demo_top(int irq, void *data)
{
	unsigned int nr = READ_ONCE(chosen);
	struct demo *demo = data;
	struct vector_queue *q = &demo->queues[nr];
	unsigned int events = bench_read_events(demo->bdev);

	if (!events)
		return IRQ_NONE;
	bench_run(demo->bdev);
	/*
	 * Add the events before the vector is raised: the callback must see them
	 * (vector.litmus).
	 */
	atomic_add(events, &q->pending);
	/*
	 * For timer_raise(): if the timer is pending and expires in this jiffy, mod_timer()
	 * does nothing. It checks this without a lock. Pairs with atomic_xchg() in
	 * vector_take(): either the callback sees the events, or mod_timer() sees that the
	 * timer is not pending (timer.litmus).
	 */
	smp_mb__after_atomic();
	bh_probe_raise(&q->probe);
	vectors[nr].raise(demo);
	return IRQ_HANDLED;
}

/* Stops the first @n vectors: after this, none of their callbacks runs. */
static void demo_stop(struct demo *demo, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (vectors[i].stop)
			vectors[i].stop(demo);
	/*
	 * A callback of IRQ_POLL or NET_TX reports that it has finished, and only then
	 * returns. A softirq is an RCU reader, so synchronize_rcu() waits until the
	 * callback has returned.
	 */
	synchronize_rcu();
	/* If a timer was cancelled or a poll was disabled, some events are not handled yet. */
	for (i = 0; i < n; i++)
		bench_done(demo->bdev, atomic_xchg(&demo->queues[i].pending, 0));
}

static int demo_start(struct demo *demo)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < NR_SOFTIRQS && !err; i++) {
		if (!vectors[i].raise)
			continue;
		err = devm_bh_probe_init(demo->bdev, &demo->queues[i].probe,
					 vectors[i].name, vectors[i].mechanism);
		if (!err && vectors[i].start)
			err = vectors[i].start(demo);
	}
	if (err)
		demo_stop(demo, i - 1);
	return err;
}

static int demo_probe(struct bench_device *bdev)
{
	struct demo *demo = devm_kzalloc(&bdev->dev, sizeof(*demo), GFP_KERNEL);
	int err;

	if (!demo)
		return -ENOMEM;
	demo->bdev = bdev;
	dev_set_drvdata(&bdev->dev, demo);
	err = demo_start(demo);
	if (err)
		return err;
	/* Do this last, because from here on the top half may run. */
	err = request_irq(bdev->irq, demo_top, 0, dev_name(&bdev->dev), demo);
	if (err)
		demo_stop(demo, NR_SOFTIRQS);
	return err;
}

static void demo_remove(struct bench_device *bdev)
{
	struct demo *demo = dev_get_drvdata(&bdev->dev);

	/* Free the interrupt first: after free_irq() no vector is raised for this driver. */
	free_irq(bdev->irq, demo);
	/* Then wait for the callbacks. devm destroys the probes and frees *demo after this. */
	demo_stop(demo, NR_SOFTIRQS);
}

static struct bench_driver demo_driver = {
	.probe = demo_probe,
	.remove = demo_remove,
	.trigger = BENCH_EDGE,
	/*
	 * The testbench's probe records only the top half. For the callbacks, each vector
	 * has its own probe.
	 */
	.mechanism = BH_HARDIRQ,
};
module_bench_driver(demo_driver);

MODULE_DESCRIPTION("Bottom halves: the softirq vectors, each by its legal route");
MODULE_LICENSE("GPL");
