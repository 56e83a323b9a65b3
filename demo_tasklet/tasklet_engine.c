// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_engine: the done task with a resume callback, as crypto drivers
 * have it (drivers/crypto/aspeed/aspeed-hace.c is the model).
 *
 * The engine works on one request at a time. A request takes four steps, a key
 * and three blocks, and the hardware interrupts after each. The interrupt
 * schedules done_task, done_task calls engine->resume, and resume is whatever
 * comes next. Write a number of requests to "submit" and read "engine".
 */
#include <linux/debugfs.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "bh_probe.h"
#include "compat.h"
#include "irq_line.h"

#define ENGINE_QUEUE_MAX	1000
#define ENGINE_BLOCKS		3
#define ENGINE_DONE		0	/* a bit in the status register */

static unsigned int step_us = 1000;
module_param(step_us, uint, 0444);
MODULE_PARM_DESC(step_us, "microseconds the hardware takes for one step");

static struct engine {
	struct irq_line *line;
	struct hrtimer hw;		/* stands for the hardware at work */
	unsigned long status;		/* its status register */
	struct tasklet_struct done_task;
	void (*resume)(struct engine *e);
	bool busy;			/* written under the lock */
	spinlock_t lock;		/* task against done_task: the rest */
	unsigned int queued;		/* requests that wait */
	unsigned int blocks;		/* of the request under way, still to do */
	unsigned int submitted, completed;
	bool stopping;
	atomic_t stray;
	struct bh_counters counters;
	struct dentry *submit;
} engine;

/* The hardware has done its step: status bit up, and an interrupt. */
static enum hrtimer_restart engine_hw(struct hrtimer *hw)
{
	struct engine *e = container_of(hw, struct engine, hw);

	set_bit(ENGINE_DONE, &e->status);
	irq_line_raise(e->line);
	return HRTIMER_NORESTART;
}

/* Starts a step. What follows at its end is noted before it can end. */
static void engine_trigger(struct engine *e, void (*resume)(struct engine *e))
{
	lockdep_assert_held(&e->lock);
	e->resume = resume;
	if (!e->stopping)
		hrtimer_start(&e->hw, ns_to_ktime(step_us * NSEC_PER_USEC),
			      HRTIMER_MODE_REL_HARD);
}

static void engine_transfer(struct engine *e);

/* Takes the next request, if there is one and the engine is free. */
static void engine_next(struct engine *e)
{
	if (e->busy || !e->queued)
		return;
	e->queued--;
	e->blocks = ENGINE_BLOCKS;
	/*
	 * The top half reads busy without the lock. It may: busy is set before
	 * the hardware starts, and cleared when the hardware has stopped.
	 */
	WRITE_ONCE(e->busy, true);
	engine_trigger(e, engine_transfer);	/* step one: the key */
}

/* The last block is through. */
static void engine_complete(struct engine *e)
{
	e->completed++;
	WRITE_ONCE(e->busy, false);
	engine_next(e);
}

/* Key or block is through: on to the next block. */
static void engine_transfer(struct engine *e)
{
	engine_trigger(e, --e->blocks ? engine_transfer : engine_complete);
}

/* spin_lock() will do: on this CPU no other bottom half and no task can run. */
static void engine_done_task(struct tasklet_struct *tasklet)
{
	struct engine *e = from_tasklet(e, tasklet, done_task);

	atomic64_inc(&e->counters.bottom_halves);
	spin_lock(&e->lock);
	e->resume(e);
	spin_unlock(&e->lock);
	atomic64_inc(&e->counters.handled);
}

static irqreturn_t engine_top(int irq, void *dev_id)
{
	struct engine *e = dev_id;
	unsigned int stray = irq_line_ack(e->line);

	if (!stray)
		return IRQ_NONE;

	atomic64_inc(&e->counters.top_halves);
	atomic64_add(stray, &e->counters.events);
	if (test_and_clear_bit(ENGINE_DONE, &e->status) && READ_ONCE(e->busy)) {
		stray--;
		tasklet_schedule(&e->done_task);
	}
	/* No active request, nothing to resume: an old resume must not run. */
	atomic_add(stray, &e->stray);
	atomic64_add(stray, &e->counters.handled);
	return IRQ_HANDLED;
}

/* _bh: else the done task could interrupt us here, and spin on our own lock. */
static int engine_submit(void *data, u64 count)
{
	struct engine *e = data;
	int err = 0;

	if (!count || count > ENGINE_QUEUE_MAX)
		return -EINVAL;
	spin_lock_bh(&e->lock);
	if (e->queued + count > ENGINE_QUEUE_MAX) {
		err = -EBUSY;
	} else {
		e->queued += count;
		e->submitted += count;
		engine_next(e);
	}
	spin_unlock_bh(&e->lock);
	return err;
}
DEFINE_DEBUGFS_ATTRIBUTE(engine_submit_fops, NULL, engine_submit, "%llu\n");

static int engine_show(struct seq_file *m, void *unused)
{
	struct engine *e = m->private;

	spin_lock_bh(&e->lock);
	seq_printf(m, "submitted %u\ncompleted %u\nqueued %u\nbusy %d\n",
		   e->submitted, e->completed, e->queued, e->busy);
	if (e->busy)
		seq_printf(m, "resume %ps\n", e->resume);
	spin_unlock_bh(&e->lock);
	seq_printf(m, "stray %d\n", atomic_read(&e->stray));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(engine);

static int __init engine_init(void)
{
	int err;

	if (!step_us || step_us > USEC_PER_SEC)
		return -EINVAL;
	engine.line = irq_line_create("tasklet_engine", IRQ_LINE_EDGE);
	if (IS_ERR(engine.line))
		return PTR_ERR(engine.line);

	bh_counters_init(&engine.counters, engine.line);
	spin_lock_init(&engine.lock);
	hrtimer_setup(&engine.hw, engine_hw, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
	tasklet_setup(&engine.done_task, engine_done_task);
	err = request_irq(irq_line_irq(engine.line), engine_top, 0,
			  "tasklet_engine", &engine);
	if (err) {
		irq_line_destroy(engine.line);
		return err;
	}
	debugfs_create_file("engine", 0400, irq_line_dir(engine.line), &engine,
			    &engine_fops);
	engine.submit = debugfs_create_file_unsafe("submit", 0200,
						   irq_line_dir(engine.line),
						   &engine, &engine_submit_fops);
	return 0;
}
module_init(engine_init);

static void __exit engine_exit(void)
{
	debugfs_remove(engine.submit);
	/*
	 * Hardware, interrupt and done task set each other going in a ring.
	 * Break it in one place, then each of them can be waited for.
	 */
	spin_lock_bh(&engine.lock);
	engine.stopping = true;
	spin_unlock_bh(&engine.lock);
	hrtimer_cancel(&engine.hw);
	free_irq(irq_line_irq(engine.line), &engine);
	tasklet_kill(&engine.done_task);
	irq_line_destroy(engine.line);
}
module_exit(engine_exit);

MODULE_DESCRIPTION("Bottom halves: a done task with a resume callback");
MODULE_LICENSE("GPL");
