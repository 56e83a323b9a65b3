// SPDX-License-Identifier: GPL-2.0
/*
 * The NIC: wire, rings, interrupts. Changes to packets are in offload.c, DMA in
 * dma.c, faults in debugfs.c.
 *
 * The transmitter is simulated as in an emulator: it runs in nic_tx_doorbell(), in the
 * context that writes the doorbell. It copies the frame over the wire into the RX ring of
 * the other NIC and raises that NIC's interrupt. This interrupt makes the driver of the
 * other NIC receive the frame.
 */
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "compat.h"
#include "nic.h"
#include "irq_line.h"

static DEFINE_IDA(nic_ids);

/* Interrupts -------------------------------------------------------------- */

static void nic_irq_raise(struct nic_queue *q, enum nic_cause cause)
{
	/* Set the cause first: the top half of this interrupt must find it (cause.litmus). */
	atomic_or(BIT(cause), &q->cause);
	irq_line_raise(q->line);
}

/*
 * @n events happened in the ring, and the ring's index has already been written. Returns
 * whether to interrupt the host now. Called with the moderation's lock held.
 *
 * While the interrupt is disabled, the NIC does not remember that it should have
 * interrupted. So the driver must look at the ring after nic_irq_on().
 */
static bool nic_moderate(struct nic_queue *q, enum nic_cause cause, unsigned int n)
{
	struct nic_moderation *m = &q->moderation[cause];

	/*
	 * Write the ring's index before reading the enable register. Pairs with
	 * smp_store_mb() in nic_irq_on(), after which the driver reads the index: at least
	 * one side sees what the other wrote (irq-on.litmus, owned-look.litmus).
	 */
	smp_mb();
	if (!READ_ONCE(q->irq_on[cause]))
		return false;
	m->held += n;
	if (m->frames && m->held >= m->frames) {
		m->held = 0;
		nic_count(&m->raised);
		return true;
	}
	if (m->usecs && !m->armed) {
		m->armed = true;
		hrtimer_start(&m->timer, ns_to_ktime(m->usecs * 1000ULL),
			      HRTIMER_MODE_REL_PINNED_HARD);
	}
	return false;
}

/* Called when the moderation time has ended, in a hard interrupt. */
static enum hrtimer_restart nic_moderation_timer(struct hrtimer *timer)
{
	struct nic_moderation *m = container_of(timer, struct nic_moderation, timer);
	struct nic_queue *q = m->queue;
	bool raise;

	raw_spin_lock(m->lock);
	m->armed = false;
	/* If the interrupt has been disabled, the driver is looking at the ring anyway. */
	raise = m->held && READ_ONCE(q->irq_on[m->cause]);
	m->held = 0;
	if (raise)
		nic_count(&m->raised);
	raw_spin_unlock(m->lock);

	if (raise)
		nic_irq_raise(q, m->cause);
	return HRTIMER_NORESTART;
}

/*
 * Adds @frames and the delayed frames to the ring's index, so that the driver sees them.
 * Called with q->lock held. Returns whether to interrupt.
 */
static bool nic_rx_show(struct nic_queue *q, unsigned int frames)
{
	/* Release: write the frames first, see nic_rx_count() (rx-head.litmus). */
	smp_store_release(&q->rx_head, q->rx_head + q->rx_late + frames);
	WRITE_ONCE(q->rx_late, 0);
	return nic_moderate(q, NIC_RX, 1);
}

/* Shows the delayed frames to the driver. Any context but NMI. */
static void nic_rx_show_late(struct nic_queue *q)
{
	unsigned long flags;
	bool raise = false;

	raw_spin_lock_irqsave(&q->lock, flags);
	if (q->rx_late)
		raise = nic_rx_show(q, 0);
	raw_spin_unlock_irqrestore(&q->lock, flags);
	if (raise)
		nic_irq_raise(q, NIC_RX);
}

/**
 * nic_irq_on() - enable an interrupt of a queue
 * @q: the queue
 * @cause: which one
 *
 * Frames that arrived while the interrupt was disabled raise no interrupt. So look at the
 * ring after this call.
 *
 * Context: any.
 */
void nic_irq_on(struct nic_queue *q, enum nic_cause cause)
{
	/*
	 * The fault "late": show the delayed frames to the driver now. The interrupt is still
	 * disabled, so these frames raise no interrupt.
	 */
	if (unlikely(READ_ONCE(q->rx_late)) && cause == NIC_RX)
		nic_rx_show_late(q);
	/*
	 * Write the enable register before the caller reads the ring's index.
	 * Pairs with smp_mb() in nic_moderate() (irq-on.litmus, owned-look.litmus) and
	 * in nic_rx_put_off() (put-off.litmus).
	 */
	smp_store_mb(q->irq_on[cause], true);
	/*
	 * Show a frame that was delayed after the check above. The interrupt is enabled now,
	 * so this frame raises an interrupt like any other frame.
	 */
	if (unlikely(READ_ONCE(q->rx_late)) && cause == NIC_RX)
		nic_rx_show_late(q);
}
EXPORT_SYMBOL_GPL(nic_irq_on);

/**
 * nic_irq_off() - disable an interrupt of a queue
 * @q: the queue
 * @cause: which one
 *
 * An interrupt that was raised before this call may still arrive.
 *
 * Context: any.
 */
void nic_irq_off(struct nic_queue *q, enum nic_cause cause)
{
	WRITE_ONCE(q->irq_on[cause], false);
}
EXPORT_SYMBOL_GPL(nic_irq_off);

/**
 * nic_irq_cause() - read the cause register of a queue, and clear it
 * @q: the queue
 *
 * Context: any but NMI; the top half.
 * Return: bits of enum nic_cause; 0 if the interrupt is not from this queue.
 */
unsigned int nic_irq_cause(struct nic_queue *q)
{
	/*
	 * Acknowledge the interrupt before reading its causes: a cause that is set later
	 * then raises the line again (cause.litmus).
	 */
	irq_line_read(q->line, UINT_MAX);
	return atomic_xchg(&q->cause, 0);
}
EXPORT_SYMBOL_GPL(nic_irq_cause);

/**
 * nic_irq_moderate() - set how long an interrupt is delayed
 * @q: the queue
 * @cause: which one
 * @usecs: delay in microseconds; 0: until there are @frames events
 * @frames: number of events that ends the delay; 0: only @usecs ends it; 1: no delay. If
 *	@usecs and @frames are both 0, there is no interrupt at all
 *
 * Context: process.
 */
void nic_irq_moderate(struct nic_queue *q, enum nic_cause cause,
		      unsigned int usecs, unsigned int frames)
{
	struct nic_moderation *m = &q->moderation[cause];

	raw_spin_lock_irq(m->lock);
	m->usecs = usecs;
	m->frames = frames;
	raw_spin_unlock_irq(m->lock);
}

/**
 * nic_irq_trigger() - raise an interrupt without an event
 * @q: the queue
 * @cause: the cause that the interrupt reports
 *
 * Real NICs have a register for this. A driver that does all its work in the top half uses
 * this register to make the top half run.
 *
 * Context: any.
 */
void nic_irq_trigger(struct nic_queue *q, enum nic_cause cause)
{
	nic_irq_raise(q, cause);
}

static void nic_event(struct nic *nic, unsigned int event)
{
	atomic_or(event, &nic->events);
	irq_line_raise(nic->event_line);
}

/**
 * nic_event_cause() - read the event register of the NIC, and clear it
 * @nic: the NIC
 *
 * Context: any but NMI.
 * Return: NIC_EVENT_* bits.
 */
unsigned int nic_event_cause(struct nic *nic)
{
	irq_line_read(nic->event_line, UINT_MAX);
	return atomic_xchg(&nic->events, 0);
}

/* The wire ---------------------------------------------------------------- */

static bool nic_rx_full(const struct nic_queue *q)
{
	/*
	 * Acquire: the driver has read the slot, or filled in the descriptor. Pairs with
	 * nic_rx_pop() (rx-tail.litmus) and nic_rx_post() (rx-posted.litmus).
	 */
	return q->rx_head + q->rx_late == smp_load_acquire(&q->rx_posted);
}

/*
 * The fault "late": if a frame arrives while the interrupt is disabled, the ring's index does
 * not count this frame yet. nic_irq_on() counts it later, at the worst moment: after the
 * driver's last look at the ring, and before the interrupt is enabled.
 * Called with q->lock held, after the frame was stored. Returns whether the frame is
 * delayed.
 */
static bool nic_rx_put_off(struct nic_queue *q)
{
	if (READ_ONCE(q->irq_on[NIC_RX]) || !nic_fault_hits(&q->nic->late))
		return false;
	WRITE_ONCE(q->rx_late, q->rx_late + 1);
	/*
	 * Write rx_late before reading the register. Pairs with smp_store_mb() in
	 * nic_irq_on(): either this code sees the interrupt enabled, or nic_irq_on() sees
	 * the frame (put-off.litmus).
	 */
	smp_mb();
	if (!READ_ONCE(q->irq_on[NIC_RX])) {
		nic_count(&q->counters.rx_late);
		return true;
	}
	WRITE_ONCE(q->rx_late, q->rx_late - 1);
	return false;
}

/* A frame arrives at @q. Any context but NMI. */
static void nic_receive(struct nic_queue *q, const struct nic_outgoing *out)
{
	struct nic_rx_desc *d;
	unsigned long flags;
	bool raise = false;

	/* Senders may run on several CPUs, and one may be netpoll in an interrupt. */
	raw_spin_lock_irqsave(&q->lock, flags);
	if (!q->rx_open) {
		nic_count(&q->counters.rx_halted);
	} else if (out->len > q->rings.slot_len) {
		nic_count(&q->counters.rx_too_long);
	} else if (nic_rx_full(q)) {
		nic_count(&q->counters.rx_missed);
	} else {
		d = &q->rings.rx[(q->rx_head + q->rx_late) & (q->rings.rx_size - 1)];
		d->flags = nic_store(out, d->data);
		d->len = out->len;
		nic_count(&q->counters.rx_frames);
		raise = !nic_rx_put_off(q) && nic_rx_show(q, 1);
	}
	raw_spin_unlock_irqrestore(&q->lock, flags);

	if (raise)
		nic_irq_raise(q, NIC_RX);
}

/**
 * nic_transmit() - put a frame on the wire
 * @q: the queue that sends it. The queue with the same number receives it at the other end,
 *	so that a flow keeps its queue and its order
 * @out: the frame
 *
 * Context: any but NMI; one caller at a time per queue.
 */
void nic_transmit(struct nic_queue *q, const struct nic_outgoing *out)
{
	struct nic *peer;

	nic_count(&q->counters.tx_frames);
	rcu_read_lock();
	peer = rcu_dereference(q->nic->peer);
	if (peer && READ_ONCE(peer->on) && !READ_ONCE(peer->no_carrier) &&
	    !READ_ONCE(q->nic->no_carrier))
		nic_receive(&peer->queue[q->index % READ_ONCE(peer->num_queues)], out);
	else
		nic_count(&q->counters.tx_lost);
	rcu_read_unlock();
}

/**
 * nic_tx_send() - put on the wire a frame that DMA has already moved to the NIC
 * @q: the queue that sends it
 * @data: the frame
 * @len: its length
 *
 * Context: any but NMI; one caller at a time per queue.
 */
void nic_tx_send(struct nic_queue *q, const void *data, unsigned int len)
{
	struct nic_outgoing out = { .head = data, .head_len = len, .len = len };

	nic_transmit(q, &out);
}

/**
 * nic_tx_doorbell() - tell the NIC that there are new descriptors in the TX
 * ring
 * @q: the queue
 *
 * Context: any but NMI; one caller at a time per queue.
 */
void nic_tx_doorbell(struct nic_queue *q)
{
	unsigned int packets = 0;
	unsigned long flags;
	bool raise;

	if (READ_ONCE(q->tx_halted))
		return;

	while (q->tx_done != q->tx_head) {
		unsigned int pieces = nic_transmit_packet(q, q->tx_done);

		/* Release: the memory has been read, see nic_tx_sent() (tx-done.litmus). */
		smp_store_release(&q->tx_done, q->tx_done + pieces);
		packets++;
	}
	if (!packets)
		return;
	/* Count all frames at once, under tx_lock and not under the receivers' lock. */
	raw_spin_lock_irqsave(&q->tx_lock, flags);
	raise = nic_moderate(q, NIC_TX, packets);
	raw_spin_unlock_irqrestore(&q->tx_lock, flags);
	if (raise)
		nic_irq_raise(q, NIC_TX);
}

/**
 * nic_link_up() - is there a running NIC at the other end?
 * @nic: the NIC
 *
 * Context: any.
 */
bool nic_link_up(struct nic *nic)
{
	struct nic *peer;
	bool up;

	rcu_read_lock();
	peer = rcu_dereference(nic->peer);
	up = peer && READ_ONCE(nic->on) && READ_ONCE(peer->on) &&
	     !READ_ONCE(nic->no_carrier) && !READ_ONCE(peer->no_carrier);
	rcu_read_unlock();
	return up;
}

/* Reports a change of the link to both ends. */
void nic_link_changed(struct nic *nic)
{
	struct nic *peer;

	nic_event(nic, NIC_EVENT_LINK);
	rcu_read_lock();
	peer = rcu_dereference(nic->peer);
	if (peer)
		nic_event(peer, NIC_EVENT_LINK);
	rcu_read_unlock();
}

/**
 * nic_connect() - connect two NICs with a wire
 * @a: one
 * @b: the other
 *
 * Context: process.
 */
void nic_connect(struct nic *a, struct nic *b)
{
	rcu_assign_pointer(a->peer, b);
	rcu_assign_pointer(b->peer, a);
}

/**
 * nic_disconnect() - remove the wire
 * @nic: a NIC at one end of the wire
 *
 * When this function has returned, no frame is on the wire. The caller must exclude other
 * callers.
 *
 * Context: process, may sleep.
 */
void nic_disconnect(struct nic *nic)
{
	struct nic *peer = rcu_dereference_protected(nic->peer, true);

	if (!peer)
		return;
	RCU_INIT_POINTER(nic->peer, NULL);
	RCU_INIT_POINTER(peer->peer, NULL);
	nic_event(peer, NIC_EVENT_LINK);
	synchronize_rcu();
}

/* Starting and stopping --------------------------------------------------- */

/**
 * nic_rings_free() - free the memory of a pair of rings
 * @r: result of nic_rings_alloc(), even if nic_rings_alloc() failed; or zero
 *
 * Context: process, may sleep.
 */
void nic_rings_free(struct nic_rings *r)
{
	kvfree(r->packet_memory);
	kvfree(r->rx);
	kvfree(r->tx);
	kvfree(r->staging);
	memset(r, 0, sizeof(*r));
}

/**
 * nic_rings_alloc() - allocate the memory for a pair of rings
 * @r: gets the memory
 * @rx_size: descriptors of the RX ring, a power of two
 * @tx_size: descriptors of the TX ring, a power of two
 * @slot_len: longest frame
 * @packet_memory: true: frames are stored on the NIC; false: the driver posts
 *  buffers
 *
 * No queue uses the rings before nic_install().
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int nic_rings_alloc(struct nic_rings *r, unsigned int rx_size, unsigned int tx_size,
		    unsigned int slot_len, bool packet_memory)
{
	unsigned int i;

	memset(r, 0, sizeof(*r));
	r->rx_size = rx_size;
	r->tx_size = tx_size;
	r->slot_len = ALIGN(slot_len, 16);
	r->rx = kvcalloc(rx_size, sizeof(*r->rx), GFP_KERNEL);
	r->tx = kvcalloc(tx_size, sizeof(*r->tx), GFP_KERNEL);
	r->staging = kvcalloc(NIC_DMA_SEGS, r->slot_len, GFP_KERNEL);
	if (packet_memory)
		r->packet_memory = kvcalloc(rx_size, r->slot_len, GFP_KERNEL);
	if (!r->rx || !r->tx || !r->staging || (packet_memory && !r->packet_memory)) {
		nic_rings_free(r);
		return -ENOMEM;
	}
	if (packet_memory) {
		for (i = 0; i < rx_size; i++)
			r->rx[i].data = r->packet_memory + (size_t)i * r->slot_len;
		r->posted = rx_size;
	}
	return 0;
}

/**
 * nic_install() - give a queue new rings
 * @q: the queue, halted; its interrupts are disabled, and the driver does not access its
 *  rings
 * @r: the new rings; returns the old rings of the queue
 *
 * The contents of the old rings are dropped: received frames are counted (rx_discarded).
 *
 * Context: process, may sleep.
 */
void nic_install(struct nic_queue *q, struct nic_rings *r)
{
	unsigned int cause;

	/*
	 * Receivers arm the timer with q->lock held, and only if rx_open is true. rx_open is
	 * false now, and the driver does not send. So no code arms a timer any more.
	 */
	for (cause = 0; cause < NIC_CAUSES; cause++) {
		hrtimer_cancel(&q->moderation[cause].timer);
		q->moderation[cause].armed = false;
		q->moderation[cause].held = 0;
	}
	raw_spin_lock_irq(&q->lock);
	WRITE_ONCE(q->counters.rx_discarded, q->counters.rx_discarded +
		   q->rx_head + q->rx_late - q->rx_tail);
	swap(q->rings, *r);
	q->rx_head = 0;
	WRITE_ONCE(q->rx_late, 0);
	q->rx_tail = 0;
	q->rx_posted = q->rings.posted;
	q->tx_head = 0;
	q->tx_done = 0;
	q->tx_tail = 0;
	raw_spin_unlock_irq(&q->lock);
	/*
	 * Clear the causes that were raised but not read, because they belong to the old
	 * rings.
	 */
	irq_line_read(q->line, UINT_MAX);
	irq_line_read(q->dma_line, UINT_MAX);
	atomic_set(&q->cause, 0);
	atomic_set(&q->dma_cause, 0);
}

/**
 * nic_halt() - stop receivers, transmitters and DMA
 * @nic: the NIC
 *
 * The contents of the rings stay. A running transfer is aborted. Interrupts
 * that were raised before may still arrive.
 *
 * Context: process.
 */
void nic_halt(struct nic *nic)
{
	unsigned int i, cause;

	for (i = 0; i < nic->num_queues; i++) {
		struct nic_queue *q = &nic->queue[i];

		raw_spin_lock_irq(&q->lock);
		q->rx_open = false;
		raw_spin_unlock_irq(&q->lock);
		WRITE_ONCE(q->tx_halted, true);
		for (cause = 0; cause < NIC_CAUSES; cause++)
			nic_irq_off(q, cause);
		nic_rx_show_late(q);
		nic_dma_enable(&q->dma_rx, false);
		nic_dma_enable(&q->dma_tx, false);
	}
}

/**
 * nic_resume() - restart a halted NIC, and clear its errors
 * @nic: the NIC
 *
 * Descriptors that were posted are sent at the next doorbell.
 *
 * Context: process.
 */
void nic_resume(struct nic *nic)
{
	unsigned int i;

	for (i = 0; i < nic->num_queues; i++) {
		struct nic_queue *q = &nic->queue[i];

		nic_dma_enable(&q->dma_rx, true);
		nic_dma_enable(&q->dma_tx, true);
		WRITE_ONCE(q->tx_halted, false);
		raw_spin_lock_irq(&q->lock);
		q->rx_open = true;
		raw_spin_unlock_irq(&q->lock);
	}
	if (!nic->on) {
		WRITE_ONCE(nic->on, true);
		nic_link_changed(nic);
	}
}

/**
 * nic_fail() - fault: a bus error
 * @nic: the NIC
 *
 * The NIC stops as after nic_halt(), and reports the error with an event. It does not
 * report which transfers and descriptors are stuck.
 *
 * Context: process.
 */
void nic_fail(struct nic *nic)
{
	unsigned int i;

	if (!READ_ONCE(nic->on))
		return;
	for (i = 0; i < nic->num_queues; i++) {
		struct nic_queue *q = &nic->queue[i];

		raw_spin_lock_irq(&q->lock);
		q->rx_open = false;
		raw_spin_unlock_irq(&q->lock);
		WRITE_ONCE(q->tx_halted, true);
		nic_dma_enable(&q->dma_rx, false);
		nic_dma_enable(&q->dma_tx, false);
	}
	nic_event(nic, NIC_EVENT_ERROR);
}

/**
 * nic_stop() - switch a NIC off
 * @nic: the NIC, halted
 *
 * Context: process.
 */
void nic_stop(struct nic *nic)
{
	WRITE_ONCE(nic->on, false);
	nic_link_changed(nic);
}

/* Making and destroying --------------------------------------------------- */

static struct irq_line *nic_line(struct nic *nic, const char *what, int index)
{
	char name[32];

	if (index < 0)
		snprintf(name, sizeof(name), "%s-%s", nic->name, what);
	else
		snprintf(name, sizeof(name), "%s-%s%d", nic->name, what, index);
	return irq_line_create(name, IRQ_LINE_EDGE);
}

/*
 * If a line was not created, its pointer is NULL or an ERR_PTR. irq_line_destroy() accepts
 * both.
 */
static void nic_queue_destroy(struct nic_queue *q)
{
	irq_line_destroy(q->line);
	irq_line_destroy(q->dma_line);
	q->line = NULL;
	q->dma_line = NULL;
}

static int nic_queue_create(struct nic_queue *q)
{
	q->line = nic_line(q->nic, "rx", q->index);
	if (IS_ERR(q->line))
		return PTR_ERR(q->line);
	q->dma_line = nic_line(q->nic, "dma", q->index);
	return PTR_ERR_OR_ZERO(q->dma_line);
}

/**
 * nic_add_lines() - create interrupt lines for more pairs of rings
 * @nic: the NIC; it may be running
 * @queues: the new total, 1 to NIC_QUEUES
 *
 * Context: process, may sleep.
 * Return: 0, or the error of irq_line_create(). After an error nothing has changed.
 */
int nic_add_lines(struct nic *nic, unsigned int queues)
{
	unsigned int i;
	int err;

	for (i = nic->num_queues; i < queues; i++) {
		err = nic_queue_create(&nic->queue[i]);
		if (err) {
			nic_remove_lines(nic, nic->num_queues);
			return err;
		}
	}
	return 0;
}

/**
 * nic_remove_lines() - remove the interrupt lines of pairs of rings
 * @nic: the NIC
 * @queues: the first pair to remove. This pair and all later pairs are not in use, and
 *  their interrupts have been freed
 *
 * Context: process, may sleep.
 */
void nic_remove_lines(struct nic *nic, unsigned int queues)
{
	for (; queues < NIC_QUEUES; queues++)
		nic_queue_destroy(&nic->queue[queues]);
}

/**
 * nic_set_queues() - set how many pairs of rings are in use
 * @nic: the NIC, halted or switched off; it has interrupt lines for @queues
 * @queues: 1 to NIC_QUEUES
 *
 * The NIC at the other end may have read the old number, and may still send a frame to a
 * removed queue. A removed queue is halted, so it drops the frame. nic_resume() does not
 * start a removed queue.
 *
 * Context: process.
 */
void nic_set_queues(struct nic *nic, unsigned int queues)
{
	WRITE_ONCE(nic->num_queues, queues);
}

static void nic_queue_init(struct nic *nic, unsigned int index)
{
	struct nic_queue *q = &nic->queue[index];
	unsigned int cause;

	q->nic = nic;
	q->index = index;
	raw_spin_lock_init(&q->lock);
	raw_spin_lock_init(&q->tx_lock);
	nic_dma_init(q);
	for (cause = 0; cause < NIC_CAUSES; cause++) {
		struct nic_moderation *m = &q->moderation[cause];

		m->lock = cause == NIC_TX ? &q->tx_lock : &q->lock;
		m->queue = q;
		m->cause = cause;
		hrtimer_setup(&m->timer, nic_moderation_timer, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_PINNED_HARD);
	}
}

/**
 * nic_create() - create a NIC
 * @queues: pairs of rings in use
 * @dma_ns: duration of a DMA transfer
 *
 * Context: process, may sleep.
 * Return: the NIC, or an ERR_PTR: -ENOMEM, or the error of irq_line_create().
 */
struct nic *nic_create(unsigned int queues, u32 dma_ns)
{
	struct nic *nic = kvzalloc(sizeof(*nic), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!nic)
		return ERR_PTR(-ENOMEM);
	nic->id = ida_alloc(&nic_ids, GFP_KERNEL);
	if (nic->id < 0) {
		err = nic->id;
		goto err_free;
	}
	snprintf(nic->name, sizeof(nic->name), "nd%d", nic->id);
	nic->dma_ns = dma_ns;
	for (i = 0; i < NIC_QUEUES; i++)
		nic_queue_init(nic, i);

	nic->event_line = nic_line(nic, "event", -1);
	if (IS_ERR(nic->event_line)) {
		err = PTR_ERR(nic->event_line);
		goto err_id;
	}
	err = nic_add_lines(nic, queues);
	if (err)
		goto err_line;
	nic_set_queues(nic, queues);
	nic_debugfs_add(nic);
	return nic;

err_line:
	irq_line_destroy(nic->event_line);
err_id:
	ida_free(&nic_ids, nic->id);
err_free:
	kvfree(nic);
	return ERR_PTR(err);
}

/**
 * nic_destroy() - destroy a NIC
 * @nic: the NIC, switched off and disconnected
 *
 * Context: process, may sleep.
 */
void nic_destroy(struct nic *nic)
{
	/* Remove the files first, because a user may be writing a fault. */
	nic_debugfs_del(nic);
	nic_remove_lines(nic, 0);
	irq_line_destroy(nic->event_line);
	ida_free(&nic_ids, nic->id);
	kvfree(nic);
}

int nic_init(void)
{
	nic_debugfs_init();
	return 0;
}

void nic_exit(void)
{
	nic_debugfs_exit();
	ida_destroy(&nic_ids);
}
