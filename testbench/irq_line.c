// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt lines on which events can be raised. This file has the functions for drivers,
 * the generator, and the code that creates and destroys a line. irq_chip.c turns an event
 * into an interrupt. debugfs.c raises events for user space.
 */
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "bench.h"
#include "compat.h"
#include "testbench.h"

/* The lines by hwirq, and the lock that protects changes of this table. */
struct irq_line *irq_lines[IRQ_LINES];
static DEFINE_MUTEX(irq_lines_lock);

/* The driver's side ------------------------------------------------------ */

/**
 * irq_line_raise() - raise one event in the device
 * @line: the line
 *
 * If the event causes an interrupt and the line's affinity allows this CPU, this CPU
 * handles the interrupt: at once if interrupts are on, otherwise when they are enabled.
 *
 * Context: any but NMI.
 */
void irq_line_raise(struct irq_line *line)
{
	unsigned long flags;

	/*
	 * Do not use raw_spin_lock_irqsave(): its unlock enables interrupts first, and
	 * decrements preempt_count later. The interrupt would come in between, and the
	 * recorded context of the handler would show a count that is one too high.
	 *
	 * The lock also orders memory accesses: what the caller has written before this
	 * call is visible after irq_line_read() (cause.litmus).
	 */
	local_irq_save(flags);
	raw_spin_lock(&line->lock);
	irq_line_inject(line, 1, smp_processor_id());
	raw_spin_unlock(&line->lock);
	local_irq_restore(flags);
}
EXPORT_SYMBOL_GPL(irq_line_raise);

/**
 * irq_line_read() - read the device's event register, and take events out of it
 * @line: the line
 * @max: maximum number of events to take: UINT_MAX clears a register, a smaller number
 *  takes events from a ring
 *
 * On a level line the wire goes down when no event is left. Reading and clearing are one
 * step: an event that happens during this call is either in the returned number, or stays
 * in the register and causes another interrupt.
 *
 * Context: any but NMI; usually the top half.
 * Return: the number of events, 0 to @max. 0 means that the device did not
 *  interrupt.
 */
unsigned int irq_line_read(struct irq_line *line, unsigned int max)
{
	unsigned int events;

	/* The lock also orders memory accesses: see irq_line_raise() (cause.litmus). */
	guard(raw_spinlock_irqsave)(&line->lock);
	events = min(line->unread, max);
	line->unread -= events;
	line->since_read = 0;
	line->counters.events_read += events;
	return events;
}
EXPORT_SYMBOL_GPL(irq_line_read);

/**
 * irq_line_waiting() - are there events in the device's event register?
 * @line: the line
 *
 * The register does not change.
 *
 * Context: any but NMI.
 */
bool irq_line_waiting(struct irq_line *line)
{
	guard(raw_spinlock_irqsave)(&line->lock);
	return line->unread;
}
EXPORT_SYMBOL_GPL(irq_line_waiting);

/**
 * irq_line_set_irq_enabled() - set or clear the device's interrupt enable bit
 * @line: the line
 * @on: whether the device may interrupt; true for a new line
 *
 * While the bit is clear, events wait in the register and the wire is down. A driver
 * silences a NIC in this way while it polls the NIC. The bit is not the mask of the
 * interrupt controller, which disable_irq() sets. If events wait in the register when the
 * bit is set, a level line goes up at once. An edge line sends no pulse for these events,
 * so the driver must read the register itself.
 *
 * Context: any but NMI.
 */
void irq_line_set_irq_enabled(struct irq_line *line, bool on)
{
	guard(raw_spinlock_irqsave)(&line->lock);
	irq_line_switch(line, on);
}
EXPORT_SYMBOL_GPL(irq_line_set_irq_enabled);

/**
 * irq_line_irq() - get the Linux interrupt number of a line, for request_irq()
 * @line: the line
 *
 * Context: any.
 * Return: the number, valid until irq_line_destroy().
 */
unsigned int irq_line_irq(const struct irq_line *line)
{
	return line->irq;
}
EXPORT_SYMBOL_GPL(irq_line_irq);

/**
 * irq_line_name() - get the name of a line
 * @line: the line
 *
 * Context: any.
 * Return: the name, valid until irq_line_destroy().
 */
const char *irq_line_name(const struct irq_line *line)
{
	return line->name;
}
EXPORT_SYMBOL_GPL(irq_line_name);

/**
 * irq_line_dir() - get the debugfs folder of a line, for the driver's own files
 * @line: the line
 *
 * irq_line_destroy() removes the folder with everything in it.
 *
 * Context: any.
 * Return: the result of debugfs_create_dir(). It may be an ERR_PTR, which the debugfs
 *	functions accept and ignore.
 */
struct dentry *irq_line_dir(const struct irq_line *line)
{
	return line->dir;
}
EXPORT_SYMBOL_GPL(irq_line_dir);

/* The generator ---------------------------------------------------------- */

static enum hrtimer_restart irq_line_tick(struct hrtimer *timer)
{
	struct irq_line *line = container_of(timer, struct irq_line, timer);
	u64 periods = hrtimer_forward_now(timer, line->period);

	/*
	 * A late tick raises one event for each period that has passed, because real
	 * devices do not wait for our interrupts. The timer's mode is *_HARD, so this is a
	 * hard interrupt on PREEMPT_RT too.
	 */
	guard(raw_spinlock)(&line->lock);
	irq_line_inject(line, periods, smp_processor_id());
	WRITE_ONCE(line->rate_cpu, smp_processor_id());
	return HRTIMER_RESTART;
}

/* Runs on the chosen CPU: a pinned timer runs where it was started. */
static void irq_line_start_timer(void *info)
{
	struct irq_line *line = info;

	hrtimer_start(&line->timer, line->period, HRTIMER_MODE_REL_PINNED_HARD);
}

int irq_line_check_cpu(int cpu)
{
	if (cpu < 0 || cpu >= nr_cpu_ids || !cpu_possible(cpu))
		return -EINVAL;
	return cpu_online(cpu) ? 0 : -ENXIO;
}

/**
 * irq_line_start() - raise events at a steady rate
 * @line: the line
 * @hz: events per second, 1 to 100000
 * @cpu: CPU whose timer raises the events. This CPU is also interrupted, if the line's
 *	affinity allows it
 *
 * If the generator is running, the new settings replace the old ones. If @cpu goes offline,
 * the kernel moves the timer to another CPU, and the generator continues.
 *
 * Context: process, may sleep.
 * Return: 0, -EINVAL if @hz is 0 or there is no such CPU, -ERANGE if @hz is too
 *	high, -ENXIO if the CPU is offline. After an error nothing has changed.
 */
int irq_line_start(struct irq_line *line, unsigned int hz, int cpu)
{
	int err;

	if (!hz)
		return -EINVAL;
	if (hz > IRQ_LINE_HZ_MAX)
		return -ERANGE;

	cpus_read_lock();
	err = irq_line_check_cpu(cpu);
	if (!err) {
		guard(mutex)(&line->rate_lock);
		hrtimer_cancel(&line->timer);
		line->hz = hz;
		line->period = ns_to_ktime(NSEC_PER_SEC / hz);
		line->rate_cpu = cpu;
		smp_call_function_single(cpu, irq_line_start_timer, line, true);
	}
	cpus_read_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(irq_line_start);

/**
 * irq_line_stop() - stop the generator
 * @line: the line
 *
 * When this returns, the generator has raised its last event. The interrupt of
 * that event may still be pending, as with a real device that was switched off.
 *
 * Context: process, may sleep.
 */
void irq_line_stop(struct irq_line *line)
{
	guard(mutex)(&line->rate_lock);
	hrtimer_cancel(&line->timer);
	line->hz = 0;
}
EXPORT_SYMBOL_GPL(irq_line_stop);

/* For probe.c ------------------------------------------------ */

/*
 * The probe of a top half must know when an interrupt is raised. Only the line knows this, so
 * the line tells the probe (bh_probe_raise()).
 */
void irq_line_set_top(struct irq_line *line, struct bh_probe *top)
{
	guard(raw_spinlock_irq)(&line->lock);
	if (!line->top)
		line->top = top;
}

void irq_line_clear_top(struct irq_line *line, struct bh_probe *top)
{
	guard(raw_spinlock_irq)(&line->lock);
	if (line->top == top)
		line->top = NULL;
}

/* Making and destroying -------------------------------------------------- */

/*
 * Finds a free place in irq_lines. The name must be unique, because it becomes a debugfs
 * folder.
 */
static int irq_line_find_place(const char *name)
{
	int place = -ENOSPC;
	int i;

	for (i = 0; i < IRQ_LINES; i++) {
		if (irq_lines[i] && !strcmp(irq_lines[i]->name, name))
			return -EEXIST;
		if (!irq_lines[i] && place < 0)
			place = i;
	}
	return place;
}

static bool irq_line_name_ok(const char *name)
{
	return name && *name && *name != '.' && !strchr(name, '/') &&
	       strlen(name) < IRQ_LINE_NAME_MAX;
}

static struct irq_line *irq_line_alloc(const char *name, enum irq_line_flow flow,
				       struct module *owner)
{
	struct irq_line *line = kzalloc(sizeof(*line), GFP_KERNEL);

	if (!line)
		return NULL;
	strscpy(line->name, name, sizeof(line->name));
	line->flow = flow;
	line->owner = owner;
	raw_spin_lock_init(&line->lock);
	irq_line_wire(line);
	mutex_init(&line->rate_lock);
	hrtimer_setup(&line->timer, irq_line_tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	return line;
}

/**
 * __irq_line_create() - create a line; drivers use irq_line_create()
 * @name: name of the line and of its folder below debugfs bh_testbench. It is unique,
 *	shorter than 48 bytes, and without '/'
 * @flow: edge or level
 * @owner: module that will destroy the line
 *
 * Context: process, may sleep.
 * Return: the line, or an ERR_PTR: -EINVAL for a bad name or flow, -EEXIST if
 *	there is a line with that name, -ENOSPC if there are 64 lines, -ENOMEM.
 */
struct irq_line *__irq_line_create(const char *name, enum irq_line_flow flow,
				   struct module *owner)
{
	struct irq_line *line;
	int err;

	if (!irq_line_name_ok(name) || (flow != IRQ_LINE_EDGE && flow != IRQ_LINE_LEVEL))
		return ERR_PTR(-EINVAL);

	line = irq_line_alloc(name, flow, owner);
	if (!line)
		return ERR_PTR(-ENOMEM);

	mutex_lock(&irq_lines_lock);
	err = irq_line_find_place(name);
	if (err < 0)
		goto err_unlock;
	line->hwirq = err;

	line->dir = debugfs_create_dir(name, bh_testbench_dir);
	err = PTR_ERR_OR_ZERO(line->dir);
	if (err == -EEXIST)
		goto err_unlock;

	irq_lines[line->hwirq] = line;
	line->irq = irq_line_map(line->hwirq);
	if (!line->irq) {
		err = -ENOMEM;
		goto err_place;
	}
	irq_line_create_files(line);
	mutex_unlock(&irq_lines_lock);
	return line;

err_place:
	irq_lines[line->hwirq] = NULL;
	debugfs_remove(line->dir);
err_unlock:
	mutex_unlock(&irq_lines_lock);
	kfree(line);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(__irq_line_create);

/*
 * Resets the device before a driver is bound. Returns -EBUSY if an earlier driver forgot
 * free_irq(): the handler of that driver is still registered, and must not be called again.
 */
int irq_line_reset(struct irq_line *line)
{
	guard(raw_spinlock_irq)(&line->lock);
	if (line->abandoned)
		return -EBUSY;
	line->disconnected = false;
	line->spurious = false;
	line->since_read = 0;
	irq_line_switch(line, true);
	return 0;
}

/*
 * Called when the driver has been removed, and its handler's code may be gone. If the
 * driver forgot free_irq(), this function reports the mistake once, and makes sure that the
 * handler is not called again.
 */
void irq_line_check_freed(struct irq_line *line)
{
	bool forgotten;

	scoped_guard(raw_spinlock_irq, &line->lock) {
		forgotten = line->requested && !line->abandoned;
		line->disconnected |= forgotten;
		line->abandoned |= forgotten;
	}
	WARN(forgotten, "bh_testbench: line %s of module %s: free_irq() is missing, irq %u is still requested\n",
	     line->name, module_name(line->owner), line->irq);
}

/**
 * irq_line_destroy() - destroy a line
 * @line: the line, or NULL, or an ERR_PTR
 *
 * Before the call, the driver must have freed the interrupt, killed its bottom half and
 * destroyed its probes. The generator may still run, and user space may still raise events.
 *
 * Context: process, may sleep.
 */
void irq_line_destroy(struct irq_line *line)
{
	if (IS_ERR_OR_NULL(line))
		return;

	scoped_guard(raw_spinlock_irq, &line->lock)
		WRITE_ONCE(line->closing, true);

	/* Stop the sources: first user space (this waits for writers), then the generator. */
	debugfs_remove(line->dir);
	irq_line_stop(line);
	/* Make sure that no handler is left and no interrupt is pending. */
	irq_line_check_freed(line);
	irq_line_drain(line);

	mutex_lock(&irq_lines_lock);
	irq_dispose_mapping(line->irq);
	irq_lines[line->hwirq] = NULL;
	mutex_unlock(&irq_lines_lock);
	kfree(line);
}
EXPORT_SYMBOL_GPL(irq_line_destroy);
