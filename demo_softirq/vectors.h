/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the two files of demo_softirq: driver.c (the driver) and vectors.c (the vectors). */
#ifndef _VECTORS_H
#define _VECTORS_H

#include <linux/hrtimer.h>
#include <linux/irq_poll.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/timer.h>

#include "bench.h"

struct demo;

/**
 * struct vector - one softirq vector, and how a driver uses it
 * @name: name of its row in /proc/softirqs
 * @mechanism: kind of bottom half that the vector runs
 * @start: sets up the bottom half; may be NULL
 * @raise: raises the vector, in hard interrupt context; NULL if no driver can raise it
 * @stop: waits until no callback is pending. Called when no interrupt is requested, so
 *	nothing calls @raise. The last callback may still be running, see demo_stop()
 */
struct vector {
	const char *name;
	enum bh_mechanism mechanism;
	int (*start)(struct demo *demo);
	void (*raise)(struct demo *demo);
	void (*stop)(struct demo *demo);
};

/**
 * struct vector_queue - the device's data for one vector
 * @pending: events read, not yet handled
 * @probe: probe of the callback, in the debugfs folder with the vector's name
 */
struct vector_queue {
	atomic_t pending;
	struct bh_probe probe;
};

/* The driver's state. */
struct demo {
	struct bench_device *bdev;
	struct vector_queue queues[NR_SOFTIRQS];

	/* One object per vector. */
	struct tasklet_struct hi;
	struct timer_list timer;
	atomic_t skb_queued;		/* a packet is on the list of NET_TX */
	struct net_device *netdev;	/* every NAPI instance needs a net_device */
	struct napi_struct napi;
	struct irq_poll irq_poll;
	struct tasklet_struct tasklet;
	struct hrtimer hrtimer;
	struct rcu_head rcu;
	atomic_t rcu_queued;		/* @rcu is on RCU's list of callbacks */
};

extern const struct vector vectors[NR_SOFTIRQS];

int vector_take(struct demo *demo, unsigned int nr, int max);

#endif /* _VECTORS_H */
