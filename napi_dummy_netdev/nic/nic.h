/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The simulated NIC, as its registers show it. It knows frames, descriptors,
 * interrupts and DMA, and nothing of sk_buff, NAPI or net_device.
 *
 * A NIC has up to NIC_QUEUES pairs of rings. Frames that arrive are stored in
 * packet memory on the NIC, one a slot of the RX ring; the driver copies them
 * out itself or has the queue's DMA controller do it. A frame to be sent lies in
 * the host's memory, a descriptor of the TX ring points to it.
 */
#ifndef _NAPI_DUMMY_NIC_H
#define _NAPI_DUMMY_NIC_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/hrtimer.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct dentry;
struct irq_line;

#define NIC_QUEUES		8
#define NIC_RING_MIN		8
#define NIC_RING_MAX		4096
#define NIC_DMA_SEGS		32

/* What an interrupt of a queue is about; each has an enable register. */
enum nic_cause {
	NIC_RX,
	NIC_TX,
	NIC_CAUSES
};

/* Events of the NIC as a whole, bits of nic_event_cause(). */
#define NIC_EVENT_LINK		BIT(0)
#define NIC_EVENT_ERROR		BIT(1)

struct nic_frame {
	const void *data;
	unsigned int len;
};

/* One copy of a DMA transfer. */
struct nic_dma_seg {
	void *dst;
	const void *src;
	unsigned int len;
};

/**
 * struct nic_dma - one channel of a DMA controller
 * @queue: the queue it belongs to
 * @cause: bit of nic_dma_cause() that tells of its completion
 * @lock: protects everything below
 * @timer: the transfer takes time
 * @enabled: transfers may be started; read without the lock as a hint
 * @busy: a transfer is under way
 * @status: of the last transfer: -EINPROGRESS, 0 or -ECANCELED
 * @transfers: started, ever-growing
 * @segs: number of @seg in use
 * @seg: what to copy; the driver fills it in while the channel is idle
 */
struct nic_dma {
	struct nic_queue *queue;
	unsigned int cause;
	raw_spinlock_t lock;
	struct hrtimer timer;
	bool enabled;
	bool busy;
	int status;
	u64 transfers;
	unsigned int segs;
	struct nic_dma_seg seg[NIC_DMA_SEGS];
};

#define NIC_DMA_RX		BIT(0)
#define NIC_DMA_TX		BIT(1)

/**
 * struct nic_moderation - when an interrupt is held back
 * @usecs: for how long after the first event, 0: not at all
 * @frames: until so many events are held back, 0: any number
 * @held: events held back
 * @armed: the timer runs
 * @timer: ends the holding back
 */
struct nic_moderation {
	unsigned int usecs;
	unsigned int frames;
	unsigned int held;
	bool armed;
	struct hrtimer timer;
	struct nic_queue *queue;
	enum nic_cause cause;
};

/* Ever-growing counters of the NIC; nobody resets them. */
struct nic_counters {
	u64 tx_frames;		/* put on the wire */
	u64 tx_lost;		/* put on the wire, nobody at the other end */
	u64 rx_frames;		/* stored in the ring */
	u64 rx_missed;		/* arrived, ring was full */
	u64 rx_too_long;	/* arrived, longer than a slot */
	u64 rx_halted;		/* arrived while the queue was halted */
	u64 rx_discarded;	/* stored, but the NIC was switched off */
	u64 rx_late;		/* stored, and shown at the worst moment */
	u64 interrupts;		/* raised */
};

/**
 * struct nic_queue - a pair of rings with what belongs to it
 * @nic: the NIC
 * @line: interrupt of the rings
 * @dma_line: interrupt of the DMA controller
 * @irq_on: interrupt enable registers. Written by the driver, read by the NIC
 *	without a lock: see nic_irq_on()
 * @cause: bits of enum nic_cause, read to clear
 * @dma_cause: channels that completed, read to clear
 * @lock: protects @rx_open, the producer's side of the RX ring, @moderation and
 *	@counters but the counters of TX
 * @rx_open: frames are taken off the wire
 * @rx_head: frames stored, counted on and on; written by the NIC
 * @rx_tail: frames the driver has taken; written by the driver
 * @rx_late: frames stored of which @rx_head does not tell yet; a fault, else 0
 * @rx_mem: packet memory, a slot a frame
 * @rx_len: length of the frame in each slot
 * @tx_halted: the transmitter stands still
 * @tx_head: descriptors posted; written by the driver
 * @tx_done: descriptors sent; written by the NIC
 * @tx_tail: descriptors the driver has taken back; written by the driver
 * @tx: descriptors
 */
struct nic_queue {
	struct nic *nic;
	unsigned int index;
	struct irq_line *line;
	struct irq_line *dma_line;
	bool irq_on[NIC_CAUSES];
	atomic_t cause;
	atomic_t dma_cause;

	raw_spinlock_t lock ____cacheline_aligned_in_smp;
	bool rx_open;
	unsigned int rx_head;
	unsigned int rx_late;
	unsigned int rx_size;
	u8 *rx_mem;
	u16 *rx_len;
	struct nic_moderation moderation[NIC_CAUSES];
	struct nic_counters counters;

	unsigned int rx_tail ____cacheline_aligned_in_smp;
	bool tx_halted;
	unsigned int tx_head;
	unsigned int tx_done;
	unsigned int tx_tail;
	unsigned int tx_size;
	struct nic_frame *tx;

	struct nic_dma dma_rx;
	struct nic_dma dma_tx;
	u8 *staging;		/* on the NIC: NIC_DMA_SEGS frames to be sent */
};

/**
 * struct nic - a NIC
 * @name: of the NIC, on its lines and its debugfs folder
 * @id: number in @name
 * @peer: NIC at the other end of the wire; RCU
 * @on: the driver has started the NIC
 * @no_carrier: fault: the plug is out
 * @event_line: interrupt for @events
 * @events: NIC_EVENT_*, read to clear
 * @slot_len: longest frame that fits a slot
 * @num_queues: pairs of rings that take part
 * @dma_ns: what a transfer takes, without the copying
 * @lose_dma: fault: so many transfers will never complete
 * @fail_alloc: fault: so many allocations of the driver will fail
 * @late: fault: so many frames will come at the worst moment
 * @dir: debugfs folder
 */
struct nic {
	char name[16];
	int id;
	struct nic __rcu *peer;
	bool on;
	bool no_carrier;
	struct irq_line *event_line;
	atomic_t events;
	unsigned int slot_len;
	unsigned int num_queues;
	u32 dma_ns;
	atomic_t lose_dma;
	atomic_t fail_alloc;
	atomic_t late;
	struct dentry *dir;
	struct nic_queue queue[NIC_QUEUES];
};

int nic_init(void);
void nic_exit(void);

struct nic *nic_create(unsigned int queues, u32 dma_ns);
void nic_destroy(struct nic *nic);
int nic_set_queues(struct nic *nic, unsigned int queues);
void nic_connect(struct nic *a, struct nic *b);
void nic_disconnect(struct nic *nic);

int nic_start(struct nic *nic, unsigned int rx_size, unsigned int tx_size,
	      unsigned int slot_len);
void nic_stop(struct nic *nic);
void nic_halt(struct nic *nic);
void nic_resume(struct nic *nic);
bool nic_link_up(struct nic *nic);
void nic_link_changed(struct nic *nic);
unsigned int nic_event_cause(struct nic *nic);
void nic_fail(struct nic *nic);

void nic_irq_on(struct nic_queue *q, enum nic_cause cause);
void nic_irq_off(struct nic_queue *q, enum nic_cause cause);
void nic_irq_moderate(struct nic_queue *q, enum nic_cause cause,
		      unsigned int usecs, unsigned int frames);
void nic_irq_trigger(struct nic_queue *q, enum nic_cause cause);
unsigned int nic_irq_cause(struct nic_queue *q);

void nic_tx_doorbell(struct nic_queue *q);
void nic_tx_send(struct nic_queue *q, const void *data, unsigned int len);

/* dma.c */
void nic_dma_init(struct nic_queue *q);
int nic_dma_add(struct nic_dma *dma, void *dst, const void *src,
		unsigned int len);
int nic_dma_start(struct nic_dma *dma);
int nic_dma_status(struct nic_dma *dma);
void nic_dma_abort(struct nic_dma *dma);
void nic_dma_enable(struct nic_dma *dma, bool enable);
unsigned int nic_dma_cause(struct nic_queue *q);

/* debugfs.c */
void nic_debugfs_init(void);
void nic_debugfs_exit(void);
void nic_debugfs_add(struct nic *nic);
void nic_debugfs_del(struct nic *nic);
bool nic_fault_hits(atomic_t *count);

/* The rings, as the driver sees them; inlined because every frame comes by. */

/* Frames in the ring. */
static inline unsigned int nic_rx_count(const struct nic_queue *q)
{
	/* Acquire: their contents were written before rx_head (rx-head.litmus). */
	return smp_load_acquire(&q->rx_head) - q->rx_tail;
}

/* The frame @i places behind the oldest; it stays until nic_rx_pop(). */
static inline struct nic_frame nic_rx_frame(const struct nic_queue *q,
					    unsigned int i)
{
	unsigned int slot = (q->rx_tail + i) & (q->rx_size - 1);

	return (struct nic_frame) {
		.data = q->rx_mem + (size_t)slot * q->nic->slot_len,
		.len = q->rx_len[slot],
	};
}

/* The driver has taken @n frames: the NIC may have their slots. */
static inline void nic_rx_pop(struct nic_queue *q, unsigned int n)
{
	/* Release: the NIC must not overwrite what is still being read (rx-tail.litmus). */
	smp_store_release(&q->rx_tail, q->rx_tail + n);
}

/* Descriptors that may be posted. Read without a lock by whoever asks. */
static inline unsigned int nic_tx_room(const struct nic_queue *q)
{
	/* Acquire: the driver has let go of what the descriptor pointed to (tx-tail.litmus). */
	unsigned int tail = smp_load_acquire(&q->tx_tail);

	return q->tx_size - (READ_ONCE(q->tx_head) - tail);
}

/* Only while nic_tx_room(); callers are serialised by the driver. */
static inline void nic_tx_post(struct nic_queue *q, const void *data,
			       unsigned int len)
{
	q->tx[q->tx_head & (q->tx_size - 1)] = (struct nic_frame) { data, len };
	WRITE_ONCE(q->tx_head, q->tx_head + 1);
}

/* Descriptors that were sent and not yet taken back. */
static inline unsigned int nic_tx_sent(const struct nic_queue *q)
{
	/* Acquire: the NIC has finished with what they point to (tx-done.litmus). */
	return smp_load_acquire(&q->tx_done) - q->tx_tail;
}

static inline void nic_tx_pop(struct nic_queue *q, unsigned int n)
{
	/* Release: see nic_tx_room() (tx-tail.litmus). */
	smp_store_release(&q->tx_tail, q->tx_tail + n);
}

#endif /* _NAPI_DUMMY_NIC_H */
