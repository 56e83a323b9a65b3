// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_engine: a tasklet done_task that calls a resume callback, as in crypto drivers
 * (drivers/crypto/aspeed/aspeed-hace.c is the model).
 *
 * The engine works on one request at a time. A request takes four steps (a key and three
 * blocks), and the hardware interrupts after each step. The top half schedules done_task,
 * which calls engine->resume(), the function that starts the next step. Write a number of
 * requests to "submit" and read "engine".
 */
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "bench.h"
#include "compat.h"

#define ENGINE_QUEUE_MAX	1000
#define ENGINE_BLOCKS		3
#define ENGINE_DONE		0	/* a bit in the status register */

static unsigned int step_us = 1000;
module_param(step_us, uint, 0444);
MODULE_PARM_DESC(step_us, "microseconds that the hardware needs for one step, 1 to 1000000");

struct engine {
	struct bench_device *bdev;
	struct hrtimer hw;		/* simulates the hardware at work */
	unsigned long status;		/* the status register of the hardware */
	struct tasklet_struct done_task;
	spinlock_t lock;		/* protects the rest, which tasks and @done_task use */
	void (*resume)(struct engine *engine);
	bool busy;			/* the top half reads it without the lock */
	bool stopping;
	unsigned int queued;		/* requests that have not begun */
	unsigned int blocks;		/* blocks of the current request, still to do */
	unsigned int submitted;
	unsigned int completed;
	atomic_t stray;
};

/* The hardware has finished a step: set the status bit and raise the interrupt. */
static enum hrtimer_restart engine_hw(struct hrtimer *hw)
{
	struct engine *engine = container_of(hw, struct engine, hw);

	set_bit(ENGINE_DONE, &engine->status);
	irq_line_raise(engine->bdev->line);
	return HRTIMER_NORESTART;
}

/* Starts a step. engine->resume is set before the step can end. */
static void engine_trigger(struct engine *engine, void (*resume)(struct engine *engine))
{
	lockdep_assert_held(&engine->lock);
	engine->resume = resume;
	if (!engine->stopping)
		hrtimer_start(&engine->hw, ns_to_ktime(step_us * NSEC_PER_USEC),
			      HRTIMER_MODE_REL_HARD);
}

static void engine_transfer(struct engine *engine);

/* Takes the next request, if there is one and the engine is free. */
static void engine_next(struct engine *engine)
{
	if (engine->busy || !engine->queued)
		return;
	engine->queued--;
	engine->blocks = ENGINE_BLOCKS;
	/*
	 * The top half reads "busy" without the lock. That is safe: "busy" is set before
	 * the hardware starts, and cleared after the hardware has stopped.
	 */
	WRITE_ONCE(engine->busy, true);
	engine_trigger(engine, engine_transfer);	/* step one: the key */
}

/* The last block is done. */
static void engine_complete(struct engine *engine)
{
	engine->completed++;
	WRITE_ONCE(engine->busy, false);
	engine_next(engine);
}

/* The key or a block is done: start the next block. */
static void engine_transfer(struct engine *engine)
{
	engine_trigger(engine, --engine->blocks ? engine_transfer : engine_complete);
}

/*
 * spin_lock() is enough in a softirq: a task holds this lock with BH disabled, so the
 * tasklet never spins on a lock whose holder it has interrupted. (On PREEMPT_RT spin_lock()
 * sleeps, so that the holder can continue.)
 */
static void engine_done_task(struct tasklet_struct *tasklet)
{
	struct engine *engine = from_tasklet(engine, tasklet, done_task);

	bench_run(engine->bdev);
	spin_lock(&engine->lock);
	engine->resume(engine);
	spin_unlock(&engine->lock);
	bench_done(engine->bdev, 1);
}

static irqreturn_t engine_top(int irq, void *data)
{
	struct engine *engine = data;
	unsigned int stray = bench_read_events(engine->bdev);

	if (!stray)
		return IRQ_NONE;
	if (test_and_clear_bit(ENGINE_DONE, &engine->status) && READ_ONCE(engine->busy)) {
		stray--;
		bench_raise(engine->bdev);
		tasklet_schedule(&engine->done_task);
	}
	/* The other events are stray: no step has ended, so resume() must not run for them. */
	atomic_add(stray, &engine->stray);
	bench_done(engine->bdev, stray);
	return IRQ_HANDLED;
}

/*
 * BH must be disabled: otherwise done_task could interrupt this code and spin on the lock.
 */
static int engine_submit(void *data, u64 count)
{
	struct engine *engine = data;

	if (!count || count > ENGINE_QUEUE_MAX)
		return -ERANGE;
	guard(spinlock_bh)(&engine->lock);
	if (engine->queued + count > ENGINE_QUEUE_MAX)
		return -EBUSY;
	engine->queued += count;
	engine->submitted += count;
	engine_next(engine);
	return 0;
}
DEFINE_SIMPLE_ATTRIBUTE(engine_submit_fops, NULL, engine_submit, "%llu\n");

static int engine_show(struct seq_file *seq, void *unused)
{
	struct engine *engine = seq->private;

	guard(spinlock_bh)(&engine->lock);
	seq_printf(seq, "submitted %u\ncompleted %u\nqueued %u\nbusy %d\n",
		   engine->submitted, engine->completed, engine->queued, engine->busy);
	if (engine->busy)
		seq_printf(seq, "resume %ps\n", engine->resume);
	seq_printf(seq, "stray %d\n", atomic_read(&engine->stray));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(engine);

static int engine_probe(struct bench_device *bdev)
{
	struct engine *engine;

	if (!step_us || step_us > USEC_PER_SEC)
		return -ERANGE;
	engine = devm_kzalloc(&bdev->dev, sizeof(*engine), GFP_KERNEL);
	if (!engine)
		return -ENOMEM;
	engine->bdev = bdev;
	spin_lock_init(&engine->lock);
	hrtimer_setup(&engine->hw, engine_hw, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	tasklet_setup(&engine->done_task, engine_done_task);
	dev_set_drvdata(&bdev->dev, engine);
	return request_irq(bdev->irq, engine_top, 0, dev_name(&bdev->dev), engine);
}

static void engine_remove(struct bench_device *bdev)
{
	struct engine *engine = dev_get_drvdata(&bdev->dev);

	/*
	 * The hardware, the interrupt and done_task start each other in a cycle. Break the
	 * cycle first, then wait for each part. Requests that are still queued are dropped.
	 */
	scoped_guard(spinlock_bh, &engine->lock)
		engine->stopping = true;
	hrtimer_cancel(&engine->hw);
	free_irq(bdev->irq, engine);
	tasklet_kill(&engine->done_task);
}

static const struct bench_file engine_files[] = {
	{ "engine", &engine_fops },
	{ "submit", &engine_submit_fops },
	{ }
};

static struct bench_driver engine_driver = {
	.probe = engine_probe,
	.remove = engine_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_TASKLET,
	.files = engine_files,
};
module_bench_driver(engine_driver);

MODULE_DESCRIPTION("Bottom halves: a done task with a resume callback");
MODULE_LICENSE("GPL");
