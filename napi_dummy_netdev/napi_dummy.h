/* SPDX-License-Identifier: GPL-2.0 */
/*
 * napi_dummy_netdev: a network driver that uses every kind of bottom half.
 *
 * Read strategies/napi.c first, then strategies/workqueue.c. In napi.c the poll copies the
 * frames itself. In workqueue.c the poll would have to sleep for a DMA transfer, so a
 * worker makes the transfer. Then read strategies/ring.c, for a NIC that works like nearly
 * every NIC today.
 */
#ifndef _NAPI_DUMMY_H
#define _NAPI_DUMMY_H

#include <linux/bpf.h>
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/log2.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <net/xdp.h>

#include "compat.h"
#include "nic/nic.h"

#define NAPI_DUMMY_KIND		"napi_dummy"
#define NAPI_DUMMY_MIN_MTU	68
#define NAPI_DUMMY_MAX_MTU	9000
#define NAPI_DUMMY_READY_MAX	256	/* frames between producer and poll */
/*
 * The stock is filled with the buffers for one transfer. It also has room for the buffers
 * that a failed transfer returns, and for two more: napi_dummy_stock_fill() and
 * napi_dummy_refill() may run at the same time, and each may add one buffer too many.
 */
#define NAPI_DUMMY_STOCK	(2 * NIC_DMA_SEGS + 2)
#define NAPI_DUMMY_STRATEGIES	8
/* Room before the frame, for headers that XDP and the stack add. */
#define NAPI_DUMMY_HEADROOM	(XDP_PACKET_HEADROOM + NET_IP_ALIGN)
/* Frames up to this length are copied, so that a short frame does not occupy a page. */
#define NAPI_DUMMY_COPYBREAK	256
/* TX descriptors that a packet may need: one for its linear part, and one per fragment. */
#define NAPI_DUMMY_TX_NEED	((unsigned int)MAX_SKB_FRAGS + 1)
/* The smallest TX ring has room for the largest packet and one more piece. */
#define NAPI_DUMMY_TX_MIN	roundup_pow_of_two(NAPI_DUMMY_TX_NEED + 1)
#define NAPI_DUMMY_DMA_TIMEOUT	(HZ / 2)
/* After this many lost transfers in a row, the NIC is reset. */
#define NAPI_DUMMY_DMA_LOSSES	3

struct napi_dummy_adapter;
struct napi_dummy_queue;
struct netdev_stat_ops;
struct page_pool;

/**
 * struct napi_dummy_strategy - how received frames get from the ring to the stack
 * @name: ethtool private flag and module parameter
 * @owner: module, if the strategy belongs to another module
 * @top_half: handler of the queue's interrupt; its dev_id is the queue
 * @thread: threaded handler of that interrupt, or NULL
 * @dma_done: handler of the DMA controller's interrupt; if NULL, a default handler wakes
 *	the task that waits in napi_dummy_dma_wait()
 * @poll: NAPI poll, or NULL
 * @start: prepares the bottom half, before the first interrupt, and again after each
 *	@stop; process context, may sleep, may be NULL
 * @stop: the reverse of @start: kills the bottom half. Called after the driver has
 *	disabled interrupts and NAPI and has stopped the DMA controller. Process context,
 *	may sleep. The pointer may be NULL
 * @kick: makes the strategy look at the ring, and enable the interrupts when the ring is
 *	empty. The driver calls it when nothing else would make the strategy look: after
 *	start, reset and refill, and when the list of ready frames has room again. Softirq
 *	or process context
 * @watch: called twice a second by the delayed work; process context, may be NULL
 * @xmit: ndo_start_xmit of a device that transmits through a worker (private flag
 *	"tx-work"); called with BH disabled and the TX lock held. NULL means the function in
 *	tx_work.c
 * @tx_work: the function of the queue's work item tx_work, which transmits. NULL means the
 *	function in tx_work.c. @xmit and @kick must queue the item, and the driver waits
 *	for it
 * @pool_in_poll: only the poll takes buffers from the pool
 * @posts_buffers: the NIC writes into buffers that the driver posts, and not into packet
 *	memory of its own
 * @xdp: the strategy runs the XDP program
 */
struct napi_dummy_strategy {
	const char *name;
	struct module *owner;
	irq_handler_t top_half;
	irq_handler_t thread;
	irq_handler_t dma_done;
	int (*poll)(struct napi_struct *napi, int budget);
	void (*start)(struct napi_dummy_queue *q);
	void (*stop)(struct napi_dummy_queue *q);
	void (*kick)(struct napi_dummy_queue *q);
	void (*watch)(struct napi_dummy_queue *q);
	netdev_tx_t (*xmit)(struct napi_dummy_queue *q, struct sk_buff *skb);
	work_func_t tx_work;
	bool pool_in_poll;
	bool posts_buffers;
	bool xdp;
};

/* A buffer in the host's memory; if not @pooled, it came from the page allocator. */
struct napi_dummy_buf {
	struct page *page;
	bool pooled;
};

/**
 * struct napi_dummy_tx_slot - the driver's data for a TX descriptor
 * @skb: the packet, if this is the packet's last descriptor; otherwise NULL
 * @buf: the buffer, if XDP sends the frame
 * @packets: number of frames that the NIC makes from the packet
 * @bytes: bytes of all these frames
 */
struct napi_dummy_tx_slot {
	struct sk_buff *skb;
	struct napi_dummy_buf buf;
	unsigned int packets;
	unsigned int bytes;
};

/**
 * struct napi_dummy_rings - all memory of a queue
 * @nic: the memory for the NIC, until nic_install() gives it to the NIC
 * @pool: pool of buffers; only one context takes from it, and the strategy decides which
 * @order: page order of these buffers
 * @rx: the posted buffers, one per RX descriptor; NULL if the strategy posts none
 * @tx: one slot per TX descriptor; written under the TX lock, taken back by the poll
 * @xdp_rxq: the queue, as an XDP program sees it
 */
struct napi_dummy_rings {
	struct nic_rings nic;
	struct page_pool *pool;
	unsigned int order;
	struct napi_dummy_buf *rx;
	struct napi_dummy_tx_slot *tx;
	struct xdp_rxq_info xdp_rxq;
};

/*
 * Counters of one direction of a queue. Only one context at a time writes them: the one that
 * receives, or the one that completes the transmission.
 */
struct napi_dummy_stats {
	struct u64_stats_sync syncp;
	u64_stats_t packets;
	u64_stats_t bytes;
};

/* Bits of napi_dummy_queue.state */
enum {
	NAPI_DUMMY_HELD,	/* the producer waits for room in the ready list */
	NAPI_DUMMY_OWNED,	/* the RX ring has an owner (strategies/tasklet.c) */
	NAPI_DUMMY_STARTED,	/* between start() and stop() of the strategy */
};

/**
 * struct napi_dummy_queue - a queue pair, and everything that works on it
 * @napi: its NAPI instance
 * @rx_work: worker of strategies/workqueue.c
 * @tx_work: transmits, if the transmitter must sleep for its DMA
 * @refill_work: gets memory if the bottom half found none
 * @tasklet: tasklet of strategies/tasklet.c
 * @adapter: back pointer
 * @hw: the NIC's part
 * @state: NAPI_DUMMY_* bits
 * @placed: the driver has placed the interrupts on a CPU, and must not move them again;
 *  RTNL
 * @rings: memory of the queue; changed under RTNL while the queue is stopped
 * @spare: memory for a change, allocated under RTNL before the change; otherwise zero
 * @stock: spare buffers; protected by @stock_lock
 * @dma_buf: target of the current transfer; used by the owner of the transfer
 * @dma_losses: transfers lost in a row; used by the owner of the transfer
 * @ready: frames in the host's memory, for the poll to deliver; ready.lock
 * @batch: ready frames that the poll has taken; used only by the poll
 * @rx_done: completed when the RX transfer has ended
 * @xdp_posted: the poll has posted frames but not rung the doorbell; used only by
 *  the poll
 * @backlog: packets waiting for @tx_work; backlog.lock
 * @tx_pending: number of packets that were added to @backlog and are not completed yet
 * @tx_losses: transfers lost in a row; used by the transmitting context
 * @tx_done: completed when the TX transfer has ended
 *
 * A callback gets a pointer to one of these members. With container_of() it finds this
 * struct, and so everything that it works on. For this reason a worker needs no argument
 * other than its work_struct.
 */
struct napi_dummy_queue {
	struct napi_struct napi;
	struct work_struct rx_work;
	struct work_struct tx_work;
	struct work_struct refill_work;
	struct tasklet_struct tasklet;
	struct napi_dummy_adapter *adapter;
	struct nic_queue *hw;
	unsigned int index;
	unsigned long state;
	bool placed;

	struct napi_dummy_rings rings;
	struct napi_dummy_rings spare;

	spinlock_t stock_lock;	/* protects @stock and @stocked */
	struct napi_dummy_buf stock[NAPI_DUMMY_STOCK];
	unsigned int stocked;
	struct napi_dummy_buf dma_buf[NIC_DMA_SEGS];
	unsigned int dma_frames;
	unsigned int dma_losses;
	unsigned long dma_since;
	struct sk_buff_head ready;
	struct sk_buff_head batch;
	struct completion rx_done;
	bool xdp_posted;

	struct sk_buff_head backlog;
	atomic_t tx_pending;
	unsigned int tx_losses;
	struct completion tx_done;

	struct napi_dummy_stats rx;
	struct napi_dummy_stats tx;
	/* Each counter is written by one context, and may be read by any. */
	unsigned long irqs;
	unsigned long polls;
	unsigned long rx_dropped;
	unsigned long alloc_failed;
	unsigned long refills;
	unsigned long rx_dma_lost;
	unsigned long tx_dma_lost;
	unsigned long tx_dropped;
	unsigned long tx_stops;
	unsigned long tx_wakes;
	unsigned long xdp_dropped;
	unsigned long xdp_sent;
	char irq_name[IFNAMSIZ + 8];
	char dma_name[IFNAMSIZ + 8];
};

/* Settings that can be changed while the device runs. A change needs new memory. */
struct napi_dummy_params {
	unsigned int rx_size;
	unsigned int tx_size;
	unsigned int queues;
	unsigned int mtu;
};

/**
 * struct napi_dummy_adapter - a network device; netdev_priv()
 * @netdev: back pointer
 * @nic: the NIC
 * @peer: device at the other end of the wire; written under RTNL
 * @strategy: changed under RTNL while the device is down
 * @xdp_prog: changed under RTNL, at any time
 * @num_queues: number of queues of the NIC when it is created
 * @dma_ns: duration of a DMA transfer when the NIC is created
 * @tx_by_work: transmit through the worker; changed like @strategy
 * @running: true between open and stop; RTNL
 * @rx_size: descriptors of each RX ring; RTNL
 * @tx_size: descriptors of each TX ring; RTNL
 * @moderation: interrupt moderation, by enum nic_cause; RTNL
 * @events: NIC_EVENT_* bits that the event interrupt's top half passes to its thread
 * @reset_work: sleeps, takes RTNL
 * @watch_work: polls for things that raise no interrupt
 * @polled: the NIC's counters when @watch_work last read them; protected by @polled_lock
 */
struct napi_dummy_adapter {
	struct net_device *netdev;
	struct nic *nic;
	struct net_device __rcu *peer;
	const struct napi_dummy_strategy *strategy;
	struct bpf_prog __rcu *xdp_prog;
	unsigned int num_queues;
	u32 dma_ns;
	bool tx_by_work;
	bool running;
	unsigned int rx_size;
	unsigned int tx_size;
	struct {
		unsigned int usecs;
		unsigned int frames;
	} moderation[NIC_CAUSES];

	atomic_t events;
	char event_name[IFNAMSIZ + 8];
	struct work_struct reset_work;
	struct delayed_work watch_work;
	unsigned long resets;
	unsigned long link_changes;
	unsigned long tx_timeouts;
	spinlock_t polled_lock;		/* protects @polled */
	struct nic_counters polled;

	struct napi_dummy_queue queue[NIC_QUEUES];
};

/*
 * The counter has one writer, so no lock is needed. With WRITE_ONCE() no reader sees a
 * half-written value.
 */
static inline void napi_dummy_count(unsigned long *counter)
{
	WRITE_ONCE(*counter, *counter + 1);
}

/* The network core's queue, which can be stopped and woken. */
static inline struct netdev_queue *napi_dummy_txq(const struct napi_dummy_queue *q)
{
	return netdev_get_tx_queue(q->adapter->netdev, q->index);
}

/*
 * Wake the TX queue when a quarter of the ring is free. This wakes it early enough to keep
 * the NIC busy, but not too often. Do not wake it before there is room for the largest
 * packet.
 */
static inline unsigned int napi_dummy_tx_low(const struct napi_dummy_queue *q)
{
	return max(q->hw->rings.tx_size / 4, NAPI_DUMMY_TX_NEED);
}

extern struct workqueue_struct *napi_dummy_wq;

/* netdev.c */
void napi_dummy_setup(struct net_device *dev);
struct net *napi_dummy_get_link_net(const struct net_device *dev);
struct napi_dummy_params napi_dummy_params(const struct napi_dummy_adapter *a);
int napi_dummy_change(struct napi_dummy_adapter *a,
		      const struct napi_dummy_params *new,
		      struct netlink_ext_ack *extack);
void napi_dummy_set_moderation(struct napi_dummy_adapter *a);
void napi_dummy_read_stats(const struct napi_dummy_stats *stats, u64 *packets,
			   u64 *bytes);
void napi_dummy_quiesce(struct napi_dummy_adapter *a);
void napi_dummy_resume(struct napi_dummy_adapter *a);

/* rx.c */
int napi_dummy_rx_alloc(struct napi_dummy_queue *q, struct napi_dummy_rings *r);
void napi_dummy_rx_free(struct napi_dummy_rings *r);
void napi_dummy_stock_empty(struct napi_dummy_queue *q);
void napi_dummy_ready_drop(struct napi_dummy_queue *q);
void napi_dummy_refill(struct work_struct *work);
void napi_dummy_stock_fill(struct napi_dummy_queue *q, gfp_t gfp);
void napi_dummy_buf_free(const struct napi_dummy_rings *r, struct napi_dummy_buf buf);
struct sk_buff *napi_dummy_copy(struct napi_dummy_queue *q, struct nic_frame frame);
struct sk_buff *napi_dummy_take(struct napi_dummy_queue *q, struct nic_frame frame);
void napi_dummy_post(struct napi_dummy_queue *q);
int napi_dummy_dma_begin(struct napi_dummy_queue *q, gfp_t gfp);
int napi_dummy_dma_wait(struct napi_dummy_queue *q);
int napi_dummy_dma_end(struct napi_dummy_queue *q);
int napi_dummy_deliver(struct napi_dummy_queue *q, int budget);
void napi_dummy_rx_account(struct napi_dummy_queue *q, unsigned int packets,
			   unsigned int bytes);
void napi_dummy_poll_done(struct napi_dummy_queue *q);

/* tx.c */
int napi_dummy_tx_alloc(struct napi_dummy_rings *r);
void napi_dummy_tx_free(struct napi_dummy_rings *r);
void napi_dummy_tx_drop_all(struct napi_dummy_queue *q);
netdev_tx_t napi_dummy_xmit(struct sk_buff *skb, struct net_device *dev);
bool napi_dummy_tx_buf(struct napi_dummy_queue *q, struct napi_dummy_buf buf,
		       const void *data, unsigned int len);
void napi_dummy_tx_account(struct napi_dummy_queue *q, unsigned int packets,
			   unsigned int bytes);
void napi_dummy_tx_clean(struct napi_dummy_queue *q, int budget);
void napi_dummy_tx_resume(struct napi_dummy_queue *q);

/* tx_work.c */
void napi_dummy_tx_batch(struct napi_dummy_queue *q, struct sk_buff_head *batch);
bool napi_dummy_tx_transfer(struct napi_dummy_queue *q,
			    struct sk_buff_head *batch);
unsigned int napi_dummy_tx_send(struct napi_dummy_queue *q,
				struct sk_buff_head *batch);
netdev_tx_t napi_dummy_xmit_work(struct napi_dummy_queue *q, struct sk_buff *skb);
void napi_dummy_tx_work(struct work_struct *work);

/* xdp.c */
enum napi_dummy_verdict {
	NAPI_DUMMY_PASS,	/* to the stack */
	NAPI_DUMMY_DROPPED,	/* the buffer stays with the caller */
	NAPI_DUMMY_SENT,	/* the buffer now belongs to the transmitter */
};

enum napi_dummy_verdict napi_dummy_xdp_run(struct napi_dummy_queue *q,
					   struct napi_dummy_buf buf,
					   unsigned int *offset, unsigned int *len);
void napi_dummy_xdp_flush(struct napi_dummy_queue *q);
int napi_dummy_xdp_register(struct napi_dummy_queue *q, struct napi_dummy_rings *r);
void napi_dummy_xdp_unregister(struct napi_dummy_rings *r);
unsigned int napi_dummy_xdp_features(const struct napi_dummy_adapter *a);
int napi_dummy_bpf(struct net_device *dev, struct netdev_bpf *bpf);

/* control/slow.c */
void napi_dummy_reset(struct work_struct *work);
void napi_dummy_watch(struct work_struct *work);
void napi_dummy_read_counters(struct napi_dummy_adapter *a);
void napi_dummy_tx_timeout(struct net_device *dev, unsigned int txqueue);
int napi_dummy_request_event(struct napi_dummy_adapter *a);
void napi_dummy_free_event(struct napi_dummy_adapter *a);

/* control/ethtool.c, control/qstats.c */
extern const struct ethtool_ops napi_dummy_ethtool_ops;
extern const struct netdev_stat_ops napi_dummy_stat_ops;	/* not in old kernels */

/* control/scaffold.c */
int napi_dummy_check_params(void);
unsigned int napi_dummy_pairs(void);
unsigned int napi_dummy_weight(void);
void napi_dummy_defaults(struct napi_dummy_adapter *a);
int napi_dummy_register_strategy(const struct napi_dummy_strategy *s);
void napi_dummy_unregister_strategy(const struct napi_dummy_strategy *s);
unsigned int napi_dummy_flag_count(void);
void napi_dummy_flag_strings(u8 **p);
u32 napi_dummy_get_priv_flags(struct net_device *dev);
int napi_dummy_set_priv_flags(struct net_device *dev, u32 flags);
unsigned int napi_dummy_queue_stat_count(void);
void napi_dummy_queue_strings(u8 **p, unsigned int index);
u64 *napi_dummy_queue_stats(const struct napi_dummy_queue *q, u64 *data);

extern const struct napi_dummy_strategy napi_dummy_napi;
extern const struct napi_dummy_strategy napi_dummy_ring;
extern const struct napi_dummy_strategy napi_dummy_workqueue;
extern const struct napi_dummy_strategy napi_dummy_tasklet;
extern const struct napi_dummy_strategy napi_dummy_threaded;
extern const struct napi_dummy_strategy napi_dummy_netif_rx;
extern const struct napi_dummy_strategy napi_dummy_sleep;	/* not in this module */

#endif /* _NAPI_DUMMY_H */
