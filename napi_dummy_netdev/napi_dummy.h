/* SPDX-License-Identifier: GPL-2.0 */
/*
 * napi_dummy_netdev: a network driver that chains every bottom half there is.
 *
 * Read strategies/napi.c first, then strategies/workqueue.c: the same device, once
 * where a poll can copy the frame itself, once where it would have to sleep for
 * a DMA transfer.
 */
#ifndef _NAPI_DUMMY_H
#define _NAPI_DUMMY_H

#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "nic/nic.h"

#define NAPI_DUMMY_KIND		"napi_dummy"
#define NAPI_DUMMY_MIN_MTU	68
#define NAPI_DUMMY_MAX_MTU	9000
#define NAPI_DUMMY_READY_MAX	256	/* frames between producer and poll */
/* Filled for one transfer, by two at a time perhaps; and one transfer comes back. */
#define NAPI_DUMMY_STOCK	(2 * NIC_DMA_SEGS + 2)
#define NAPI_DUMMY_STRATEGIES	8

struct napi_dummy_adapter;
struct napi_dummy_queue;
struct netdev_stat_ops;
struct page_pool;

/**
 * struct napi_dummy_strategy - how received frames travel from ring to stack
 * @name: ethtool private flag and module parameter
 * @owner: module, for a strategy of another module than this
 * @top_half: handler of the queue's interrupt; its dev_id is the queue
 * @thread: threaded handler of that interrupt, or NULL
 * @dma_done: handler of the DMA controller's interrupt; NULL: it wakes who waits
 *	in napi_dummy_dma_wait()
 * @poll: NAPI poll, or NULL
 * @start: before the first interrupt; process context, may sleep, may be NULL
 * @stop: kills the bottom half. No interrupt comes any more, NAPI is disabled,
 *	the DMA controller stands; process context, may sleep, may be NULL
 * @kick: look at the ring, and enable the interrupts when it is empty. Called
 *	when nobody else would: after start, reset, refill, and when the list of
 *	ready frames has room again. Softirq or process context
 * @watch: now and then, from the delayed work; process context, may be NULL
 * @xmit: ndo_start_xmit of a device that transmits through a worker (private flag
 *	"tx-work"): bottom halves off, TX lock held. NULL: that of tx_work.c
 * @tx_work: that worker, of the queue's tx_work; NULL: that of tx_work.c. @xmit asks
 *	for it, and so has @kick to do; the driver waits for it
 * @pool_in_poll: only the poll takes buffers from the pool
 */
struct napi_dummy_strategy {
	const char *name;
	struct module *owner;
	irq_handler_t top_half;
	irq_handler_t thread;
	irq_handler_t dma_done;
	int (*poll)(struct napi_struct *napi, int budget);
	int (*start)(struct napi_dummy_queue *q);
	void (*stop)(struct napi_dummy_queue *q);
	void (*kick)(struct napi_dummy_queue *q);
	void (*watch)(struct napi_dummy_queue *q);
	netdev_tx_t (*xmit)(struct napi_dummy_queue *q, struct sk_buff *skb);
	work_func_t tx_work;
	bool pool_in_poll;
};

/* A buffer in the host's memory; not @pooled: it came from the page allocator. */
struct napi_dummy_buf {
	struct page *page;
	bool pooled;
};

/* One writer at a time: the strategy's receiver, the transmitter's completion. */
struct napi_dummy_stats {
	struct u64_stats_sync syncp;
	u64_stats_t packets;
	u64_stats_t bytes;
};

/* Bits of napi_dummy_queue.state */
enum {
	NAPI_DUMMY_HELD,	/* the producer waits for room in the ready list */
	NAPI_DUMMY_OWNED,	/* somebody works on the RX ring (tasklet) */
};

/**
 * struct napi_dummy_queue - a queue pair, and everything that works on it
 * @napi: its NAPI instance
 * @rx_work: worker of strategies/workqueue.c
 * @tx_work: worker of the transmitter, when that sleeps for its DMA
 * @refill_work: gets memory where the bottom half could not
 * @tasklet: of strategies/tasklet.c
 * @adapter: back pointer
 * @hw: the NIC's part
 * @state: NAPI_DUMMY_* bits
 * @pool: buffers; taken by one context only, which one the strategy decides
 * @stock: spare buffers; @stock_lock
 * @dma_buf: where the transfer under way goes to; owned by whoever started it
 * @ready: frames in the host's memory, for the poll to deliver; ready.lock
 * @rx_done: the RX transfer ended
 * @tx_skb: packets by TX descriptor; written under the TX lock, taken by the poll
 * @backlog: packets waiting for @tx_work; backlog.lock
 * @tx_pending: packets from @backlog to their completion
 * @tx_done: the TX transfer ended
 *
 * A callback gets here with container_of() from the member it was given. That
 * answers how arguments travel to a worker: they do not, the work_struct lies in
 * the struct that has them all.
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

	struct page_pool *pool;
	unsigned int order;
	spinlock_t stock_lock;	/* protects stock and stocked */
	struct napi_dummy_buf stock[NAPI_DUMMY_STOCK];
	unsigned int stocked;
	struct napi_dummy_buf dma_buf[NIC_DMA_SEGS];
	unsigned int dma_frames;
	unsigned long dma_since;
	struct sk_buff_head ready;
	struct completion rx_done;

	struct sk_buff **tx_skb;
	struct sk_buff_head backlog;
	atomic_t tx_pending;
	struct completion tx_done;

	struct napi_dummy_stats rx;
	struct napi_dummy_stats tx;
	/* Written by one context each, read by anybody. */
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
	char irq_name[IFNAMSIZ + 8];
	char dma_name[IFNAMSIZ + 8];
};

/**
 * struct napi_dummy_adapter - a network device; netdev_priv()
 * @netdev: back pointer
 * @nic: the NIC
 * @peer: device at the other end of the wire; written under RTNL
 * @strategy: changed under RTNL while the device is down
 * @num_queues: of the NIC, when it is made
 * @dma_ns: likewise
 * @tx_by_work: transmit through the worker; likewise
 * @running: between open and stop; RTNL
 * @rx_size: slots a ring; RTNL
 * @tx_size: descriptors a ring; RTNL
 * @moderation: interrupt moderation, by enum nic_cause; RTNL
 * @events: NIC_EVENT_* from the event interrupt's top half to its thread
 * @reset_work: sleeps, takes RTNL
 * @watch_work: polls what makes no interrupt
 * @polled: counters of the NIC as of the last poll, under @polled_lock
 */
struct napi_dummy_adapter {
	struct net_device *netdev;
	struct nic *nic;
	struct net_device __rcu *peer;
	const struct napi_dummy_strategy *strategy;
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
	spinlock_t polled_lock;		/* protects polled */
	struct nic_counters polled;

	struct napi_dummy_queue queue[NIC_QUEUES];
};

/* A counter with one writer: no lock, no torn value. */
static inline void napi_dummy_count(unsigned long *counter)
{
	WRITE_ONCE(*counter, *counter + 1);
}

/* The core's queue, to stop and to wake. */
static inline struct netdev_queue *napi_dummy_txq(const struct napi_dummy_queue *q)
{
	return netdev_get_tx_queue(q->adapter->netdev, q->index);
}

/* Wake at a quarter: often enough to keep the NIC busy, rarely enough. */
static inline unsigned int napi_dummy_tx_low(const struct napi_dummy_queue *q)
{
	return max(q->adapter->tx_size / 4, 1U);
}

extern struct workqueue_struct *napi_dummy_wq;

/* main.c */
int napi_dummy_register_strategy(const struct napi_dummy_strategy *s);
void napi_dummy_unregister_strategy(const struct napi_dummy_strategy *s);
unsigned int napi_dummy_strategy_count(void);
const struct napi_dummy_strategy *napi_dummy_strategy_at(unsigned int i);
int napi_dummy_set_strategy(struct napi_dummy_adapter *a,
			    const struct napi_dummy_strategy *s);

void napi_dummy_defaults(struct napi_dummy_adapter *a);

/* netdev.c */
void napi_dummy_setup(struct net_device *dev);
int napi_dummy_open(struct net_device *dev);
int napi_dummy_stop(struct net_device *dev);
int napi_dummy_restart(struct net_device *dev);
struct net *napi_dummy_get_link_net(const struct net_device *dev);
void napi_dummy_set_moderation(struct napi_dummy_adapter *a);
void napi_dummy_read_stats(const struct napi_dummy_stats *stats, u64 *packets,
			   u64 *bytes);
void napi_dummy_quiesce(struct napi_dummy_adapter *a);
void napi_dummy_resume(struct napi_dummy_adapter *a);

/* rx.c */
int napi_dummy_rx_alloc(struct napi_dummy_queue *q);
void napi_dummy_rx_free(struct napi_dummy_queue *q);
void napi_dummy_refill(struct work_struct *work);
void napi_dummy_stock_fill(struct napi_dummy_queue *q, gfp_t gfp);
struct sk_buff *napi_dummy_copy(struct napi_dummy_queue *q,
				struct nic_frame frame);
int napi_dummy_dma_begin(struct napi_dummy_queue *q, gfp_t gfp);
int napi_dummy_dma_wait(struct napi_dummy_queue *q);
int napi_dummy_dma_end(struct napi_dummy_queue *q);
int napi_dummy_deliver(struct napi_dummy_queue *q, int budget);
void napi_dummy_rx_account(struct napi_dummy_queue *q, unsigned int packets,
			   unsigned int bytes);
void napi_dummy_poll_done(struct napi_dummy_queue *q);

/* tx.c */
int napi_dummy_tx_alloc(struct napi_dummy_queue *q);
void napi_dummy_tx_free(struct napi_dummy_queue *q);
netdev_tx_t napi_dummy_xmit(struct sk_buff *skb, struct net_device *dev);
void napi_dummy_tx_clean(struct napi_dummy_queue *q, int budget);
void napi_dummy_tx_resume(struct napi_dummy_queue *q);
void napi_dummy_tx_batch(struct napi_dummy_queue *q, struct sk_buff_head *batch);
bool napi_dummy_tx_transfer(struct napi_dummy_queue *q,
			    struct sk_buff_head *batch);
unsigned int napi_dummy_tx_send(struct napi_dummy_queue *q,
				struct sk_buff_head *batch);

/* tx_work.c */
netdev_tx_t napi_dummy_xmit_work(struct napi_dummy_queue *q, struct sk_buff *skb);
void napi_dummy_tx_work(struct work_struct *work);

/* slow.c */
void napi_dummy_reset(struct work_struct *work);
void napi_dummy_watch(struct work_struct *work);
void napi_dummy_read_counters(struct napi_dummy_adapter *a);
void napi_dummy_tx_timeout(struct net_device *dev, unsigned int txqueue);
int napi_dummy_request_event(struct napi_dummy_adapter *a);
void napi_dummy_free_event(struct napi_dummy_adapter *a);

/* ethtool.c, qstats.c */
extern const struct ethtool_ops napi_dummy_ethtool_ops;
extern const struct netdev_stat_ops napi_dummy_stat_ops;	/* where the kernel has any */

extern const struct napi_dummy_strategy napi_dummy_napi;
extern const struct napi_dummy_strategy napi_dummy_workqueue;
extern const struct napi_dummy_strategy napi_dummy_tasklet;
extern const struct napi_dummy_strategy napi_dummy_threaded;
extern const struct napi_dummy_strategy napi_dummy_netif_rx;
extern const struct napi_dummy_strategy napi_dummy_sleep;	/* not in this module */

#endif /* _NAPI_DUMMY_H */
