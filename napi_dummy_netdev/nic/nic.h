/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The simulated NIC, as its driver sees it. It knows frames, descriptors,
 * interrupts and DMA, but not sk_buff, NAPI or net_device.
 *
 * A NIC has up to NIC_QUEUES pairs of rings. A descriptor of the RX ring is a place for
 * one frame. There are two kinds of RX rings. With packet memory, the places are on the
 * NIC, and the driver copies the frames out, or lets the queue's DMA controller do it.
 * With posted buffers, the driver posts buffers in the host's memory, and the NIC itself
 * writes into them. A packet to be sent is in the host's memory, in one or several pieces.
 * Each piece has a descriptor of the TX ring.
 */
#ifndef _NAPI_DUMMY_NIC_H
#define _NAPI_DUMMY_NIC_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/hrtimer.h>
#include <linux/spinlock.h>
#include <linux/time64.h>
#include <linux/types.h>

struct dentry;
struct irq_line;

#define NIC_QUEUES		8
#define NIC_RING_MIN		8
#define NIC_RING_MAX		4096
#define NIC_DMA_SEGS		32
#define NIC_DMA_NS_MAX		NSEC_PER_SEC	/* longest duration of a transfer */
#define NIC_HEADER_MAX		256	/* longest header that the NIC can repeat */

/* Causes of a queue's interrupt; each has an enable register. */
enum nic_cause {
	NIC_RX,
	NIC_TX,
	NIC_CAUSES
};

/* Events of the NIC as a whole, bits of nic_event_cause(). */
#define NIC_EVENT_LINK		BIT(0)
#define NIC_EVENT_ERROR		BIT(1)

/* Flags of a received frame */
#define NIC_RX_CSUM_OK		BIT(0)	/* its TCP or UDP checksum was verified */

/* A received frame. */
struct nic_frame {
	void *data;
	unsigned int len;
	unsigned int flags;
};

/* Descriptor of an RX ring: a place for a frame, and the NIC's data about the frame. */
struct nic_rx_desc {
	void *data;
	u16 len;
	u16 flags;
};

/**
 * struct nic_offload - what the NIC does to a packet before it sends it
 * @csum_start: the checksum covers the bytes from here to the end of the frame;
 *  0: no checksum
 * @csum_offset: where to store the checksum, from @csum_start
 * @mss: split it into frames with this much payload each; 0: do not split
 * @header: length of the header, which is everything before the payload; each frame repeats
 *  it
 * @network: offset of the IP header
 * @transport: offset of the TCP header
 */
struct nic_offload {
	u16 csum_start;
	u16 csum_offset;
	u16 mss;
	u16 header;
	u16 network;
	u16 transport;
};

/**
 * struct nic_tx_desc - descriptor of a TX ring: a piece of a packet
 * @data: the piece, in the host's memory
 * @len: bytes
 * @pieces: number of pieces of the packet; valid in the packet's first descriptor
 * @offload: what the NIC does to the packet; valid in the first descriptor
 */
struct nic_tx_desc {
	const void *data;
	unsigned int len;
	unsigned int pieces;
	struct nic_offload offload;
};

/**
 * struct nic_rings - the memory of a pair of rings
 * @rx_size: descriptors of the RX ring, a power of two
 * @tx_size: descriptors of the TX ring, a power of two
 * @slot_len: longest frame
 * @rx: RX descriptors
 * @packet_memory: memory on the NIC, one slot per RX descriptor; NULL: the driver posts
 *	buffers
 * @posted: RX descriptors that have a place for a frame
 * @tx: TX descriptors
 * @staging: memory on the NIC for NIC_DMA_SEGS frames to be sent
 *
 * The driver allocates and fills new rings while the queue still uses its old rings: see
 * nic_install().
 */
struct nic_rings {
	unsigned int rx_size;
	unsigned int tx_size;
	unsigned int slot_len;
	struct nic_rx_desc *rx;
	u8 *packet_memory;
	unsigned int posted;
	struct nic_tx_desc *tx;
	u8 *staging;
};

/* One part of a DMA transfer: what to copy where. */
struct nic_dma_seg {
	void *dst;
	const void *src;
	unsigned int len;
};

/**
 * struct nic_dma - one channel of a DMA controller
 * @queue: the queue it belongs to
 * @cause: bit of nic_dma_cause() that reports its completion
 * @lock: protects everything below
 * @timer: ends the transfer after its duration
 * @enabled: transfers may be started; read without the lock as a hint
 * @busy: a transfer is running
 * @status: status of the last transfer: see nic_dma_status()
 * @transfers: number of transfers started; never reset
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
	unsigned long transfers;
	unsigned int segs;
	struct nic_dma_seg seg[NIC_DMA_SEGS];
};

#define NIC_DMA_RX		BIT(0)
#define NIC_DMA_TX		BIT(1)

/**
 * struct nic_moderation - how long an interrupt is delayed
 * @lock: protects what follows. For RX it is the queue's lock, which is held anyway while a
 *	frame is stored; for TX it is the queue's tx_lock
 * @usecs: the longest delay after the first event; if 0, the delay lasts until there are
 *	@frames events
 * @frames: the number of events that ends the delay; if 0, only @usecs ends the delay
 * @held: number of delayed events
 * @raised: number of interrupts raised
 * @armed: the timer runs
 * @timer: ends the delay
 */
struct nic_moderation {
	raw_spinlock_t *lock;
	unsigned int usecs;
	unsigned int frames;
	unsigned int held;
	unsigned long raised;
	bool armed;
	struct hrtimer timer;
	struct nic_queue *queue;
	enum nic_cause cause;
};

/*
 * Counters of the NIC that only grow; nothing resets them. Each counter is one word, so
 * that one access reads it. On 32-bit kernels it wraps, as registers do.
 */
struct nic_counters {
	unsigned long tx_frames;	/* put on the wire */
	unsigned long tx_lost;		/* put on the wire, but no NIC at the other end */
	unsigned long rx_frames;	/* stored in the ring */
	unsigned long rx_missed;	/* arrived, ring was full */
	unsigned long rx_too_long;	/* arrived, longer than a slot */
	unsigned long rx_halted;	/* arrived while the queue was halted */
	unsigned long rx_discarded;	/* stored, and dropped with its ring */
	unsigned long rx_late;		/* stored, and made visible at the worst moment */
};

/* The counter has one writer at a time. With WRITE_ONCE() no reader sees a half-written value. */
static inline void nic_count(unsigned long *counter)
{
	WRITE_ONCE(*counter, *counter + 1);
}

/**
 * struct nic_queue - a pair of rings with everything that belongs to it
 * @nic: the NIC
 * @line: interrupt of the rings
 * @dma_line: interrupt of the DMA controller
 * @irq_on: interrupt enable registers. Written by the driver, read by the NIC
 *	without a lock: see nic_irq_on()
 * @cause: bits of enum nic_cause, read to clear
 * @dma_cause: channels that completed, read to clear
 * @lock: protects @rx_open, the producer's side of the RX ring, the moderation of RX and
 *	the counters of RX
 * @tx_lock: protects the moderation of TX
 * @rx_open: frames are received from the wire
 * @rx_head: number of frames stored, never reset; written by the NIC
 * @rx_late: frames stored that @rx_head does not count yet; 0 unless the fault "late" was
 *	requested
 * @rings: rings of this queue; changed only while it is halted
 * @moderation: moderation of each interrupt cause, by enum nic_cause
 * @counters: counters; those of TX are written by the only context that transmits
 * @rx_posted: number of places for frames, never reset; written by the driver
 * @rx_tail: frames that the driver has taken; written by the driver
 * @tx_halted: the transmitter has stopped
 * @tx_head: descriptors posted; written by the driver
 * @tx_done: descriptors sent; written by the NIC
 * @tx_tail: descriptors that the driver has taken back; written by the driver
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
	raw_spinlock_t tx_lock;
	bool rx_open;
	unsigned int rx_head;
	unsigned int rx_late;
	struct nic_rings rings;
	struct nic_moderation moderation[NIC_CAUSES];
	struct nic_counters counters;

	unsigned int rx_posted ____cacheline_aligned_in_smp;
	unsigned int rx_tail;
	bool tx_halted;
	unsigned int tx_head;
	unsigned int tx_done;
	unsigned int tx_tail;

	struct nic_dma dma_rx;
	struct nic_dma dma_tx;
};

/**
 * struct nic - a NIC
 * @name: name of the NIC, its interrupt lines and its debugfs folder
 * @id: number in @name
 * @peer: NIC at the other end of the wire; RCU
 * @on: the driver has started the NIC
 * @no_carrier: fault: the link is down
 * @event_line: interrupt for @events
 * @events: NIC_EVENT_*, read to clear
 * @num_queues: pairs of rings in use
 * @dma_ns: duration of a transfer, without the copying
 * @lose_dma: fault: this many transfers will never complete
 * @fail_alloc: fault: this many allocations of buffers will fail in the driver
 * @fail_setup: fault: the driver's allocation for rings with this number will
 *  fail
 * @late: fault: this many frames will arrive at the worst moment
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
	unsigned int num_queues;
	u32 dma_ns;
	atomic_t lose_dma;
	atomic_t fail_alloc;
	atomic_t fail_setup;
	atomic_t late;
	struct dentry *dir;
	struct nic_queue queue[NIC_QUEUES];
};

int nic_init(void);
void nic_exit(void);

struct nic *nic_create(unsigned int queues, u32 dma_ns);
void nic_destroy(struct nic *nic);
int nic_add_lines(struct nic *nic, unsigned int queues);
void nic_remove_lines(struct nic *nic, unsigned int queues);
void nic_set_queues(struct nic *nic, unsigned int queues);
void nic_connect(struct nic *a, struct nic *b);
void nic_disconnect(struct nic *nic);

int nic_rings_alloc(struct nic_rings *r, unsigned int rx_size, unsigned int tx_size,
		    unsigned int slot_len, bool packet_memory);
void nic_rings_free(struct nic_rings *r);
void nic_install(struct nic_queue *q, struct nic_rings *r);
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

/* offload.c: a packet to be sent, and a received one */

/**
 * struct nic_outgoing - a frame to be sent: a head, and the rest from descriptors
 * @head: the first bytes, in one piece
 * @head_len: number of bytes in @head
 * @q: the queue of the descriptors
 * @desc: index of the descriptor in which the rest begins
 * @offset: offset in that descriptor
 * @len: length of the whole frame
 * @csum_start: as in struct nic_offload
 * @csum_offset: as in struct nic_offload
 */
struct nic_outgoing {
	const void *head;
	unsigned int head_len;
	const struct nic_queue *q;
	unsigned int desc;
	unsigned int offset;
	unsigned int len;
	unsigned int csum_start;
	unsigned int csum_offset;
};

void nic_transmit(struct nic_queue *q, const struct nic_outgoing *out);
unsigned int nic_transmit_packet(struct nic_queue *q, unsigned int first);
unsigned int nic_store(const struct nic_outgoing *out, void *to);

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
bool nic_setup_fails(struct nic *nic);

/* The rings, as the driver sees them; inlined because every frame uses these functions. */

/* Number of frames in the ring. */
static inline unsigned int nic_rx_count(const struct nic_queue *q)
{
	/* Acquire: the contents were written before rx_head (rx-head.litmus). */
	return smp_load_acquire(&q->rx_head) - q->rx_tail;
}

/* Returns a frame of the ring; @i = 0: the oldest frame, @i = 1: the next one, and so on. */
static inline struct nic_frame nic_rx_frame(const struct nic_queue *q,
					    unsigned int i)
{
	const struct nic_rx_desc *d =
		&q->rings.rx[(q->rx_tail + i) & (q->rings.rx_size - 1)];

	return (struct nic_frame) { d->data, d->len, d->flags };
}

/* Packet memory: the driver has read @n frames, and the NIC may use their slots again. */
static inline void nic_rx_pop(struct nic_queue *q, unsigned int n)
{
	WRITE_ONCE(q->rx_tail, q->rx_tail + n);
	/* Release: the NIC must not overwrite what the driver still reads (rx-tail.litmus). */
	smp_store_release(&q->rx_posted, q->rx_posted + n);
}

/* Posted buffers: the driver has taken the oldest frame, with its buffer. */
static inline void nic_rx_take(struct nic_queue *q)
{
	WRITE_ONCE(q->rx_tail, q->rx_tail + 1);
}

/* Posted buffers: number of descriptors without a buffer. */
static inline unsigned int nic_rx_room(const struct nic_queue *q)
{
	return q->rings.rx_size - (q->rx_posted - q->rx_tail);
}

/*
 * Posted buffers: posts one more buffer, of slot_len bytes. Call it only while
 * nic_rx_room() is not 0.
 */
static inline void nic_rx_post(struct nic_queue *q, void *data)
{
	q->rings.rx[q->rx_posted & (q->rings.rx_size - 1)].data = data;
	/* Release: write the descriptor first. Pairs with nic_rx_full() (rx-posted.litmus). */
	smp_store_release(&q->rx_posted, q->rx_posted + 1);
}

/* Number of descriptors that may be posted. Needs no lock. */
static inline unsigned int nic_tx_room(const struct nic_queue *q)
{
	/*
	 * Acquire: the driver has released the memory that the descriptor
	 * pointed to (tx-tail.litmus).
	 */
	unsigned int tail = smp_load_acquire(&q->tx_tail);

	return q->rings.tx_size - (READ_ONCE(q->tx_head) - tail);
}

/* Returns an unposted descriptor: for @i = 0, the one right after the last posted descriptor. */
static inline struct nic_tx_desc *nic_tx_desc(const struct nic_queue *q,
					      unsigned int i)
{
	return &q->rings.tx[(q->tx_head + i) & (q->rings.tx_size - 1)];
}

/*
 * Posts a packet whose @pieces descriptors are filled in. Call it only if nic_tx_room() is
 * large enough, and never twice at the same time. The NIC sees the packet only when the
 * driver calls nic_tx_doorbell().
 */
static inline void nic_tx_post(struct nic_queue *q, unsigned int pieces)
{
	nic_tx_desc(q, 0)->pieces = pieces;
	WRITE_ONCE(q->tx_head, q->tx_head + pieces);
}

/* Number of descriptors that were sent and not yet taken back. */
static inline unsigned int nic_tx_sent(const struct nic_queue *q)
{
	/*
	 * Acquire: the NIC has read the memory that these descriptors point to
	 * (tx-done.litmus).
	 */
	return smp_load_acquire(&q->tx_done) - q->tx_tail;
}

static inline void nic_tx_pop(struct nic_queue *q, unsigned int n)
{
	/* Release: see nic_tx_room() (tx-tail.litmus). */
	smp_store_release(&q->tx_tail, q->tx_tail + n);
}

#endif /* _NAPI_DUMMY_NIC_H */
