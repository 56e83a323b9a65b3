// SPDX-License-Identifier: GPL-2.0
/*
 * test_irq_line: tests the functions of irq_line.h from kernel code.
 *
 * irq_line.sh loads this module. Then all tests run, and each writes a line to the log.
 * Loading fails with EINVAL if a test failed.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/jiffies.h>
#include <linux/module.h>

#include "irq_line.h"

#define DEADLINE (30 * HZ)

/* One device under test, with the observations of its handler. */
struct dut {
	struct irq_line *line;
	unsigned int irq;
	atomic_t calls;
	atomic_t events;
	atomic_t ignore;	/* calls in which the handler must not read the event register */
	int cpu;		/* CPU of the last call */
	bool hard;		/* the last call was in hard interrupt context */
};

/*
 * IRQF_NO_THREAD: the handler runs in a hard interrupt on PREEMPT_RT too. Without this
 * flag, PREEMPT_RT would run the handler in a thread. So the handler uses only what is
 * allowed in a hard interrupt on PREEMPT_RT: atomics, and the raw spinlock of
 * irq_line_read().
 */
#define DUT_FLAGS	IRQF_NO_THREAD

static irqreturn_t dut_handler(int irq, void *dev_id)
{
	struct dut *dut = dev_id;

	dut->cpu = smp_processor_id();
	dut->hard = in_hardirq() && irqs_disabled();
	if (atomic_add_unless(&dut->ignore, -1, 0)) {
		atomic_inc(&dut->calls);
		return IRQ_HANDLED;
	}
	atomic_add(irq_line_read(dut->line, UINT_MAX), &dut->events);
	/*
	 * Count the call last, and with release ordering: a task that sees this count also
	 * sees the call's events (calls.litmus).
	 */
	atomic_inc_return_release(&dut->calls);
	return IRQ_HANDLED;
}

static int dut_open(struct dut *dut, const char *name, enum irq_line_flow flow)
{
	int err;

	memset(dut, 0, sizeof(*dut));
	dut->line = irq_line_create(name, flow);
	if (IS_ERR(dut->line))
		return PTR_ERR(dut->line);
	dut->irq = irq_line_irq(dut->line);
	err = request_irq(dut->irq, dut_handler, DUT_FLAGS, name, dut);
	if (err)
		irq_line_destroy(dut->line);
	return err;
}

static void dut_close(struct dut *dut)
{
	free_irq(dut->irq, dut);
	irq_line_destroy(dut->line);
}

/* Returns whether @v, which interrupts change, reaches @n before the deadline. */
static bool reaches(atomic_t *v, int n)
{
	unsigned long end = jiffies + DEADLINE;

	/* Acquire: pairs with dut_handler() (calls.litmus). */
	while (atomic_read_acquire(v) < n) {
		if (time_after(jiffies, end))
			return false;
		usleep_range(100, 500);
	}
	return atomic_read(v) == n;
}

static bool names_are_checked(void)
{
	struct irq_line *line = irq_line_create("test_name", IRQ_LINE_EDGE);
	static const char * const bad[] = { "", "a/b", ".", ".." };
	struct irq_line *other;
	bool ok = !IS_ERR(line);
	int i;

	other = irq_line_create("test_name", IRQ_LINE_LEVEL);
	ok &= PTR_ERR(other) == -EEXIST;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		ok &= PTR_ERR(irq_line_create(bad[i], IRQ_LINE_EDGE)) == -EINVAL;
	irq_line_destroy(line);
	/* The name is free again. */
	line = irq_line_create("test_name", IRQ_LINE_LEVEL);
	ok &= !IS_ERR(line);
	irq_line_destroy(line);
	return ok;
}

static bool a_raise_is_a_hard_interrupt(void)
{
	struct dut dut;
	bool ok;

	if (dut_open(&dut, "test_raise", IRQ_LINE_EDGE))
		return false;
	irq_line_raise(dut.line);
	ok = reaches(&dut.calls, 1) && dut.hard && atomic_read(&dut.events) == 1;
	dut_close(&dut);
	return ok;
}

static bool irq_set_irqchip_state_raises(void)
{
	struct dut dut;
	bool ok;

	if (dut_open(&dut, "test_state", IRQ_LINE_EDGE))
		return false;
	ok = !irq_set_irqchip_state(dut.irq, IRQCHIP_STATE_PENDING, true);
	ok &= reaches(&dut.calls, 1) && dut.hard && atomic_read(&dut.events) == 1;
	dut_close(&dut);
	return ok;
}

/*
 * disable_irq() is lazy: it does not mask the line. At the first edge after disable_irq(),
 * the kernel marks the interrupt as pending and masks the line. Later edges wait in the
 * controller. So if there was only one edge, enable_irq() must retrigger the interrupt. If
 * there were more edges, unmasking the line would deliver an interrupt without a retrigger.
 */
static bool edges_behind_disable(int events)
{
	struct dut dut;
	bool ok;
	int i;

	if (dut_open(&dut, "test_edges", IRQ_LINE_EDGE))
		return false;
	disable_irq(dut.irq);
	for (i = 0; i < events; i++)
		irq_line_raise(dut.line);
	ok = atomic_read(&dut.calls) == 0;
	enable_irq(dut.irq);
	ok &= reaches(&dut.events, events);
	/* Nothing else is pending: the next event causes exactly one more call. */
	i = atomic_read(&dut.calls);
	irq_line_raise(dut.line);
	ok &= reaches(&dut.calls, i + 1) && atomic_read(&dut.events) == events + 1;
	dut_close(&dut);
	return ok;
}

static bool edges_coalesce_behind_disable(void)
{
	return edges_behind_disable(5);
}

static bool one_edge_waits_behind_disable(void)
{
	return edges_behind_disable(1);
}

static bool a_level_fires_until_acked(void)
{
	struct dut dut;
	bool ok;

	if (dut_open(&dut, "test_level", IRQ_LINE_LEVEL))
		return false;
	atomic_set(&dut.ignore, 3);
	irq_line_raise(dut.line);
	ok = reaches(&dut.calls, 4) && dut.hard && atomic_read(&dut.events) == 1;
	irq_line_raise(dut.line);
	ok &= reaches(&dut.calls, 5) && atomic_read(&dut.events) == 2;
	dut_close(&dut);
	return ok;
}

static bool a_level_waits_behind_disable(void)
{
	struct dut dut;
	bool ok;

	if (dut_open(&dut, "test_mask", IRQ_LINE_LEVEL))
		return false;
	disable_irq(dut.irq);
	irq_line_raise(dut.line);
	irq_line_raise(dut.line);
	ok = atomic_read(&dut.calls) == 0;
	enable_irq(dut.irq);
	ok &= reaches(&dut.calls, 1) && atomic_read(&dut.events) == 2;
	dut_close(&dut);
	return ok;
}

/*
 * No interrupt comes while the device's own enable bit is clear. When the bit is set, the
 * level wire goes up.
 */
static bool a_level_waits_for_its_device(void)
{
	struct dut dut;
	bool ok;

	if (dut_open(&dut, "test_enable", IRQ_LINE_LEVEL))
		return false;
	irq_line_set_irq_enabled(dut.line, false);
	irq_line_raise(dut.line);
	irq_line_raise(dut.line);
	ok = atomic_read(&dut.calls) == 0;
	irq_line_set_irq_enabled(dut.line, true);
	ok &= reaches(&dut.calls, 1) && atomic_read(&dut.events) == 2;
	dut_close(&dut);
	return ok;
}

/*
 * Events that are raised while the enable bit is clear send no edge. The next edge
 * delivers these events.
 */
static bool an_edge_needs_a_look(void)
{
	struct dut dut;
	bool ok;

	if (dut_open(&dut, "test_look", IRQ_LINE_EDGE))
		return false;
	irq_line_set_irq_enabled(dut.line, false);
	irq_line_raise(dut.line);
	irq_line_set_irq_enabled(dut.line, true);
	ok = atomic_read(&dut.calls) == 0;
	irq_line_raise(dut.line);
	ok &= reaches(&dut.calls, 1) && atomic_read(&dut.events) == 2;
	dut_close(&dut);
	return ok;
}

static bool a_level_up_before_request_fires_at_it(void)
{
	struct dut dut = {};
	bool ok;

	dut.line = irq_line_create("test_early", IRQ_LINE_LEVEL);
	if (IS_ERR(dut.line))
		return false;
	dut.irq = irq_line_irq(dut.line);
	irq_line_raise(dut.line);
	ok = !request_irq(dut.irq, dut_handler, DUT_FLAGS, "test_early", &dut);
	ok &= reaches(&dut.calls, 1) && atomic_read(&dut.events) == 1;
	dut_close(&dut);
	return ok;
}

static void raise_here(void *line)
{
	irq_line_raise(line);
}

static bool every_cpu_can_be_interrupted(void)
{
	struct dut dut;
	bool ok = true;
	int cpu, n = 0;

	if (dut_open(&dut, "test_cpus", IRQ_LINE_EDGE))
		return false;
	cpus_read_lock();
	for_each_online_cpu(cpu) {
		ok &= !smp_call_function_single(cpu, raise_here, dut.line, true);
		ok &= reaches(&dut.calls, ++n) && dut.cpu == cpu && dut.hard;
	}
	cpus_read_unlock();
	ok &= atomic_read(&dut.events) == n;
	dut_close(&dut);
	return ok;
}

static bool affinity_decides(void)
{
	struct dut dut;
	bool ok = true;
	int cpu, from, n = 0;

	if (dut_open(&dut, "test_affinity", IRQ_LINE_EDGE))
		return false;
	cpus_read_lock();
	for_each_online_cpu(cpu) {
		ok &= !irq_set_affinity(dut.irq, cpumask_of(cpu));
		for_each_online_cpu(from) {
			ok &= !smp_call_function_single(from, raise_here, dut.line, true);
			ok &= reaches(&dut.calls, ++n) && dut.cpu == cpu;
		}
	}
	cpus_read_unlock();
	dut_close(&dut);
	return ok;
}

static bool a_generator_starts_and_stops(void)
{
	struct dut dut;
	unsigned long end = jiffies + DEADLINE;
	bool ok;
	int n;

	if (dut_open(&dut, "test_rate", IRQ_LINE_EDGE))
		return false;
	ok = irq_line_start(dut.line, 0, 0) == -EINVAL;
	ok &= irq_line_start(dut.line, 1000001, 0) == -ERANGE;
	ok &= irq_line_start(dut.line, 1000, nr_cpu_ids) == -EINVAL;
	ok &= atomic_read(&dut.events) == 0;
	ok &= !irq_line_start(dut.line, 1000, 0);
	while (atomic_read(&dut.events) < 50 && time_before(jiffies, end))
		usleep_range(100, 500);
	irq_line_stop(dut.line);
	/*
	 * The generator has stopped. Raise one event by hand. After this event the count
	 * must not change any more.
	 */
	irq_line_raise(dut.line);
	synchronize_irq(dut.irq);
	n = atomic_read(&dut.events);
	ok &= n >= 50;
	irq_line_raise(dut.line);
	ok &= reaches(&dut.events, n + 1);
	dut_close(&dut);
	return ok;
}

/*
 * Raises an event for every CPU and destroys the line at once. Once the line is destroyed,
 * the handler must not run any more.
 */
static bool destroy_right_after_raise(void)
{
	struct dut dut;
	int i, cpu;

	for (i = 0; i < 500; i++) {
		if (dut_open(&dut, "test_destroy", i & 1 ? IRQ_LINE_LEVEL : IRQ_LINE_EDGE))
			return false;
		cpus_read_lock();
		for_each_online_cpu(cpu) {
			irq_set_affinity(dut.irq, cpumask_of(cpu));
			irq_line_raise(dut.line);
		}
		cpus_read_unlock();
		dut_close(&dut);
	}
	return true;
}

static const struct {
	const char *name;
	bool (*run)(void);
} tests[] = {
	{ "names are checked", names_are_checked },
	{ "a raise is a hard interrupt", a_raise_is_a_hard_interrupt },
	{ "irq_set_irqchip_state() raises", irq_set_irqchip_state_raises },
	{ "edges coalesce behind disable_irq()", edges_coalesce_behind_disable },
	{ "one edge waits behind disable_irq()", one_edge_waits_behind_disable },
	{ "a level fires until it is acknowledged", a_level_fires_until_acked },
	{ "a level waits behind disable_irq()", a_level_waits_behind_disable },
	{ "a level waits for its device to be enabled", a_level_waits_for_its_device },
	{ "an edge not sent is not sent later", an_edge_needs_a_look },
	{ "a level that is up fires at request_irq()", a_level_up_before_request_fires_at_it },
	{ "every CPU can be interrupted", every_cpu_can_be_interrupted },
	{ "smp_affinity decides where", affinity_decides },
	{ "a generator starts and stops", a_generator_starts_and_stops },
	{ "a line may go right after a raise", destroy_right_after_raise },
};

static int __init test_irq_line_init(void)
{
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		bool ok = tests[i].run();

		pr_info("test_irq_line: %s: %s\n", ok ? "ok" : "not ok", tests[i].name);
		if (!ok)
			err = -EINVAL;
	}
	return err;
}
module_init(test_irq_line_init);

static void __exit test_irq_line_exit(void)
{
}
module_exit(test_irq_line_exit);

MODULE_DESCRIPTION("Bottom halves: tests of the interrupt lines");
MODULE_LICENSE("GPL");
