/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a NAPI lesson needs besides bench.h: a net_device that goes nowhere and a
 * NAPI instance. The event register stands for the ring: each event is a frame.
 * The top half masks the device and schedules NAPI, the poll takes frames.
 */
#ifndef _BENCH_NAPI_H
#define _BENCH_NAPI_H

#include <linux/netdevice.h>

#include "bench.h"

/**
 * struct bench_napi - the NAPI side of a device; embedded, or by itself
 * @bdev: the device
 * @netdev: a net_device that is never registered, since NAPI needs one
 * @napi: the NAPI instance
 * @irqflags: for request_irq(); 0 as a rule, set before bench_napi_open()
 * @late: frames that will arrive at the worst moment, see bench_napi_late()
 */
struct bench_napi {
	struct bench_device *bdev;
	struct net_device *netdev;
	struct napi_struct napi;
	unsigned long irqflags;
	atomic_t late;
};

int bench_napi_init(struct bench_napi *nic, struct bench_device *bdev,
		    int (*poll)(struct napi_struct *, int));
void bench_napi_destroy(struct bench_napi *nic);
int bench_napi_open(struct bench_napi *nic, irq_handler_t top);
void bench_napi_close(struct bench_napi *nic);
int bench_napi_setup(struct bench_napi *nic, struct bench_device *bdev,
		     irq_handler_t top, int (*poll)(struct napi_struct *, int));

int bench_napi_probe(struct bench_device *bdev, irq_handler_t top,
		     int (*poll)(struct napi_struct *, int));
void bench_napi_remove(struct bench_device *bdev);

bool bench_napi_frames_waiting(struct bench_napi *nic);
int bench_napi_receive(struct bench_napi *nic, int budget);
void bench_napi_irq_disable(struct bench_napi *nic);
void bench_napi_irq_enable(struct bench_napi *nic);

/* The device's side: for .command, and for a poll that is to meet the worst moment. */
int bench_napi_burst(struct bench_device *bdev, unsigned int n);
int bench_napi_late(struct bench_device *bdev, unsigned int n);
void bench_napi_worst_moment(struct bench_napi *nic);

#endif /* _BENCH_NAPI_H */
