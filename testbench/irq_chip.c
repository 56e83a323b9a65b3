// SPDX-License-Identifier: GPL-2.0
/*
 * An interrupt controller in software. It causes the testbench's interrupts, and does what
 * genirq requests. A line consists of three things, as a line of real hardware does:
 *
 *   the device      counts events in a register until the driver reads it
 *   the wire        edge: one pulse per event; level: up while the register is
 *                   not zero; neither while the device's interrupt enable bit is clear
 *   the controller  latches a pulse, may mask the line, interrupts a CPU
 *
 * An event increments the register and drives the wire. If this causes an interrupt, the
 * controller queues a hard irq_work on the CPU. The irq_work's callback runs in hard
 * interrupt context (on PREEMPT_RT too, because of IRQ_WORK_INIT_HARD). It calls the flow
 * handler of genirq, as the entry code does for the vector of a real interrupt.
 *
 * The code is modelled on kernel/irq/irq_sim.c. irq_sim.c is not enough: Debian kernels
 * before 7 do not build it, it has no level lines, and its masks do not delay an interrupt.
 */
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "bench.h"
#include "compat.h"
#include "testbench.h"

static struct fwnode_handle *irq_line_fwnode;
static struct irq_domain *irq_line_domain;

/* The device and its wire ------------------------------------------------ */

static bool irq_line_is_up(const struct irq_line *line)
{
	if (line->flow == IRQ_LINE_EDGE)
		return line->latched;
	return line->unread ? line->irq_enabled : line->spurious;
}

/*
 * If the line is up and not masked, sends an interrupt to @cpu. If @cpu is offline or not in the
 * line's affinity, sends the interrupt to another CPU.
 */
static void irq_line_kick(struct irq_line *line, int cpu)
{
	lockdep_assert_held(&line->lock);

	if (line->disconnected || line->masked || !irq_line_is_up(line))
		return;

	if (!cpumask_test_cpu(cpu, &line->affinity) || !cpu_online(cpu))
		cpu = cpumask_first_and(&line->affinity, cpu_online_mask);
	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(cpu_online_mask);

	if (cpu == smp_processor_id()) {
		irq_work_queue(&line->work);
		return;
	}

	/*
	 * irq_work_queue_on() is not exported. So send a function call that queues the work
	 * on the other CPU. If a function call is already pending, do not send another.
	 */
	if (line->remote)
		return;
	line->remote = true;
	if (smp_call_function_single_async(cpu, &line->csd)) {
		/* The CPU went offline after the check. Use any CPU. */
		line->remote = false;
		irq_work_queue(&line->work);
	}
}

/*
 * Runs on the CPU that must be interrupted. Interrupts are off, but this is not always a
 * hard interrupt: an idle CPU empties its queue of function calls from the idle loop
 * (flush_smp_call_function_queue()). So the irq_work is needed.
 */
static void irq_line_kick_remote(void *info)
{
	struct irq_line *line = info;

	/*
	 * With the lock, other code sees either none or both of these two steps. If
	 * irq_line_kick() sees that @remote is true, this function will still queue the
	 * irq_work, and an interrupt will come. If irq_line_drain() sees that @remote is false
	 * again, this function has already queued the irq_work.
	 */
	guard(raw_spinlock)(&line->lock);
	line->remote = false;
	irq_work_queue(&line->work);
}

/*
 * If no code deasserts a level line, the line interrupts forever, and the CPU has no time
 * for anything else. So the testbench disconnects such a line after a while.
 */
static bool irq_line_storms(struct irq_line *line)
{
	lockdep_assert_held(&line->lock);

	if (line->flow != IRQ_LINE_LEVEL || ++line->since_read < IRQ_LINE_STORM_MAX)
		return false;
	line->disconnected = true;
	return true;
}

static void irq_line_deliver(struct irq_work *work)
{
	struct irq_line *line = container_of(work, struct irq_line, work);
	bool stormed = false;
	bool deliver;

	raw_spin_lock(&line->lock);
	if (likely(in_hardirq())) {
		deliver = !line->disconnected && !line->masked && irq_line_is_up(line);
		line->counters.interrupts_delivered += deliver;
		stormed = deliver && irq_line_storms(line);
	} else {
		/*
		 * A CPU that is going offline runs its last irq_works outside
		 * any interrupt (smpcfd_dying_cpu()), so use another CPU.
		 */
		deliver = false;
		irq_line_kick(line, cpumask_first(cpu_online_mask));
	}
	raw_spin_unlock(&line->lock);

	if (stormed)
		pr_err("bh_testbench: line %s stays asserted: disconnected after %u interrupts\n",
		       line->name, IRQ_LINE_STORM_MAX);
	/*
	 * The interrupt may have been masked or freed after the check. The flow handler
	 * detects both cases.
	 */
	if (deliver)
		generic_handle_domain_irq(irq_line_domain, line->hwirq);
}

/*
 * @events happen in the device at the same time. Together these events cause at most one
 * interrupt. Called with line->lock held.
 */
void irq_line_inject(struct irq_line *line, u64 events, int cpu)
{
	bool was_up = irq_line_is_up(line);

	lockdep_assert_held(&line->lock);

	line->unread += events;
	line->counters.events_raised += events;
	if (!line->irq_enabled)
		return;
	line->latched = true;
	line->counters.interrupts_coalesced += events - !was_up;
	if (was_up)
		return;

	if (line->top)
		bh_probe_raise(line->top);
	irq_line_kick(line, cpu);
}

/*
 * Sets or clears the device's interrupt enable bit. If the register is not zero, a level
 * wire goes up when the bit is set. An edge wire does not send the missed pulses later.
 * Called with line->lock held.
 */
void irq_line_switch(struct irq_line *line, bool on)
{
	lockdep_assert_held(&line->lock);

	line->irq_enabled = on;
	irq_line_kick(line, smp_processor_id());
}

/*
 * Causes an interrupt that the device did not raise, as noise on the wire or another device
 * would.
 */
void irq_line_disturb(struct irq_line *line, int cpu)
{
	lockdep_assert_held(&line->lock);

	if (line->flow == IRQ_LINE_EDGE)
		line->latched = true;
	else
		line->spurious = true;
	irq_line_kick(line, cpu);
}

/* The interrupt controller ----------------------------------------------- */

/* The callbacks below are called with desc->lock held and interrupts off. */

static void irq_line_irqmask(struct irq_data *data)
{
	struct irq_line *line = irq_data_get_irq_chip_data(data);

	guard(raw_spinlock)(&line->lock);
	line->masked = true;
	line->masked_since = ktime_get_ns();
	line->counters.masks++;
}

static void irq_line_account_mask(struct irq_line *line)
{
	u64 ns = ktime_get_ns() - line->masked_since;

	if (!line->masked_since)
		return;
	line->masked_since = 0;
	line->counters.masked_ns += ns;
	line->counters.masked_max_ns = max(line->counters.masked_max_ns, ns);
}

/* An event that came while the line was masked fires now. */
static void irq_line_irqunmask(struct irq_data *data)
{
	struct irq_line *line = irq_data_get_irq_chip_data(data);

	guard(raw_spinlock)(&line->lock);
	irq_line_account_mask(line);
	line->masked = false;
	irq_line_kick(line, smp_processor_id());
}

/* The last handler was freed. Do not count the time as masked, because no driver waits. */
static void irq_line_irqshutdown(struct irq_data *data)
{
	struct irq_line *line = irq_data_get_irq_chip_data(data);

	guard(raw_spinlock)(&line->lock);
	irq_line_account_mask(line);
	line->masked = true;
}

/*
 * handle_edge_irq() and handle_level_irq() call this before the handler. A pulse that comes
 * from now on causes another interrupt. A level wire has no latch and only follows the
 * device. If noise had raised the wire, this noise has ended.
 */
static void irq_line_irqack(struct irq_data *data)
{
	struct irq_line *line = irq_data_get_irq_chip_data(data);

	guard(raw_spinlock)(&line->lock);
	line->latched = false;
	line->spurious = false;
}

/*
 * check_irq_resend() calls this to replay an interrupt that came while the line was
 * disabled. The device does not count a new event. Without this callback genirq would run
 * the handler from a tasklet (resend_irqs()), not from a hard interrupt.
 */
static int irq_line_irqretrigger(struct irq_data *data)
{
	struct irq_line *line = irq_data_get_irq_chip_data(data);

	guard(raw_spinlock)(&line->lock);
	line->latched = true;
	irq_line_kick(line, smp_processor_id());
	return 1;
}

static unsigned int irq_line_type(const struct irq_line *line)
{
	return line->flow == IRQ_LINE_LEVEL ? IRQ_TYPE_LEVEL_HIGH : IRQ_TYPE_EDGE_RISING;
}

static int irq_line_irqset_type(struct irq_data *data, unsigned int type)
{
	struct irq_line *line = irq_data_get_irq_chip_data(data);

	return type == irq_line_type(line) ? IRQ_SET_MASK_OK : -EINVAL;
}

static int irq_line_irqset_affinity(struct irq_data *data, const struct cpumask *mask, bool force)
{
	struct irq_line *line = irq_data_get_irq_chip_data(data);

	scoped_guard(raw_spinlock, &line->lock)
		cpumask_copy(&line->affinity, mask);
	irq_data_update_effective_affinity(data, mask);
	return IRQ_SET_MASK_OK;
}

static int irq_line_irqget_state(struct irq_data *data, enum irqchip_irq_state which,
				 bool *state)
{
	struct irq_line *line = irq_data_get_irq_chip_data(data);

	if (which != IRQCHIP_STATE_PENDING)
		return -EINVAL;
	guard(raw_spinlock)(&line->lock);
	*state = irq_line_is_up(line);
	return 0;
}

/*
 * Setting PENDING raises one event in the device. Only the device's driver can clear this event
 * again.
 */
static int irq_line_irqset_state(struct irq_data *data, enum irqchip_irq_state which,
				 bool state)
{
	struct irq_line *line = irq_data_get_irq_chip_data(data);

	if (which != IRQCHIP_STATE_PENDING || !state)
		return -EINVAL;
	guard(raw_spinlock)(&line->lock);
	irq_line_inject(line, 1, smp_processor_id());
	return 0;
}

/* Unlike the callbacks above, the next two are called without desc->lock, so they may sleep. */

static int irq_line_irqrequest(struct irq_data *data)
{
	struct irq_line *line = irq_data_get_irq_chip_data(data);

	guard(raw_spinlock_irq)(&line->lock);
	if (line->closing)
		return -ENODEV;
	line->requested = true;
	return 0;
}

static void irq_line_irqrelease(struct irq_data *data)
{
	struct irq_line *line = irq_data_get_irq_chip_data(data);

	guard(raw_spinlock_irq)(&line->lock);
	line->requested = false;
}

static struct irq_chip irq_line_chip = {
	.name			= "bench",
	.irq_shutdown		= irq_line_irqshutdown,
	.irq_mask		= irq_line_irqmask,
	.irq_unmask		= irq_line_irqunmask,
	.irq_ack		= irq_line_irqack,
	.irq_retrigger		= irq_line_irqretrigger,
	.irq_set_type		= irq_line_irqset_type,
	.irq_set_affinity	= irq_line_irqset_affinity,
	.irq_get_irqchip_state	= irq_line_irqget_state,
	.irq_set_irqchip_state	= irq_line_irqset_state,
	.irq_request_resources	= irq_line_irqrequest,
	.irq_release_resources	= irq_line_irqrelease,
	.flags			= IRQCHIP_SKIP_SET_WAKE,
};

static int irq_line_domain_map(struct irq_domain *domain, unsigned int virq,
			       irq_hw_number_t hwirq)
{
	struct irq_line *line = irq_lines[hwirq];

	irq_set_chip_data(virq, line);
	if (line->flow == IRQ_LINE_LEVEL)
		irq_set_chip_and_handler_name(virq, &irq_line_chip, handle_level_irq, "level");
	else
		irq_set_chip_and_handler_name(virq, &irq_line_chip, handle_edge_irq, "edge");
	/*
	 * The affinity may change at any time, because no CPU keeps any state of the line.
	 * Without IRQ_MOVE_PCNTXT, x86 defers the change to the next interrupt.
	 */
	irq_modify_status(virq, IRQ_NOREQUEST | IRQ_NOAUTOEN, IRQ_NOPROBE | IRQ_MOVE_PCNTXT);
	return irq_set_irq_type(virq, irq_line_type(line));
}

static void irq_line_domain_unmap(struct irq_domain *domain, unsigned int virq)
{
	irq_domain_reset_irq_data(irq_get_irq_data(virq));
}

static const struct irq_domain_ops irq_line_domain_ops = {
	.map	= irq_line_domain_map,
	.unmap	= irq_line_domain_unmap,
};

/*
 * Called at the kernel's irq_handler_exit tracepoint. probe.c registers this function while
 * a bh_probe exists. The kernel calls it for every handler of every interrupt in the
 * system, in the context of the handler. The descriptor cannot be freed meanwhile, because
 * free_irq() waits for the handler.
 */
void irq_line_handler_exit(void *unused, int irq, struct irqaction *action, int ret)
{
	struct irq_data *data = irq_get_irq_data(irq);
	struct irq_line *line;

	if (!data || data->chip != &irq_line_chip)
		return;

	line = irq_data_get_irq_chip_data(data);
	guard(raw_spinlock_irqsave)(&line->lock);
	line->counters.returned_none += ret == IRQ_NONE;
	line->counters.returned_handled += ret == IRQ_HANDLED;
	line->counters.returned_wake_thread += ret == IRQ_WAKE_THREAD;
}

/* For irq_line.c --------------------------------------------------------- */

/* Sets up a new line, without events. Its interrupt is masked until a driver requests it. */
void irq_line_wire(struct irq_line *line)
{
	line->masked = true;
	line->irq_enabled = true;
	cpumask_copy(&line->affinity, cpu_possible_mask);
	INIT_CSD(&line->csd, irq_line_kick_remote, line);
	line->work = IRQ_WORK_INIT_HARD(irq_line_deliver);
}

/* Gives the line in irq_lines[hwirq] a Linux interrupt number. Returns 0 on failure. */
unsigned int irq_line_map(unsigned int hwirq)
{
	return irq_create_mapping(irq_line_domain, hwirq);
}

/*
 * Waits for an interrupt that is still pending. The line stays masked, so no new interrupt
 * comes.
 */
void irq_line_drain(struct irq_line *line)
{
	bool remote;

	do {
		cond_resched();
		scoped_guard(raw_spinlock_irq, &line->lock)
			remote = line->remote;
	} while (remote);
	/* If a function call was pending, it has now queued the irq_work. */
	irq_work_sync(&line->work);
	/*
	 * irq_work_sync() waits for one run only. If an irq_work is queued again while it
	 * runs, it may run on two CPUs. When the first run ends, irq_work_single() clears
	 * IRQ_WORK_BUSY for both runs. The other run is in hard interrupt context, so no
	 * RCU grace period ends before this run ends.
	 */
	synchronize_rcu();
}

/* Reads the counters. If the line is masked, the time up to now is included. */
void irq_line_read_counters(struct irq_line *line, struct irq_line_counters *c)
{
	u64 ns;

	guard(raw_spinlock_irq)(&line->lock);
	*c = line->counters;
	if (line->masked_since) {
		ns = ktime_get_ns() - line->masked_since;
		c->masked_ns += ns;
		c->masked_max_ns = max(c->masked_max_ns, ns);
	}
}

int __init irq_chip_init(void)
{
	irq_line_fwnode = irq_domain_alloc_named_fwnode("bench");
	if (!irq_line_fwnode)
		return -ENOMEM;
	irq_line_domain = irq_domain_create_linear(irq_line_fwnode, IRQ_LINES,
						   &irq_line_domain_ops, NULL);
	if (!irq_line_domain) {
		irq_domain_free_fwnode(irq_line_fwnode);
		return -ENOMEM;
	}
	return 0;
}

void irq_chip_exit(void)
{
	irq_domain_remove(irq_line_domain);
	irq_domain_free_fwnode(irq_line_fwnode);
}
