/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the lab devices can do besides interrupting: data behind a slow bus, and numbered
 * frames. A lab's driver is a bench driver, see bench.h. The driver calls these functions
 * for the device that its probe() got.
 *
 * lab_device.ko counts what it gave to the driver and what it got back. The grading uses
 * these counts, not the driver's own counts.
 */
#ifndef _LAB_DEVICE_H
#define _LAB_DEVICE_H

#include <linux/slab.h>

#include "bench.h"

/* The slow bus: labs 3, 4 and 5 */
void lab_device_transfer(struct bench_device *bdev, unsigned int events);
unsigned int lab_device_slow_read_events(struct bench_device *bdev);

/* Lab 2 */
void lab_device_copy(struct bench_device *bdev, void *to, const void *from,
		     unsigned int len);

/* Events with a datum each: labs 4 and 6 */
bool lab_device_waiting(struct bench_device *bdev);
bool lab_device_read(struct bench_device *bdev, u32 *datum);
void lab_device_hand_in(struct bench_device *bdev, u32 datum);

/* The interrupt enable bit: lab 6 */
void lab_device_irq_enable(struct bench_device *bdev);
void lab_device_irq_disable(struct bench_device *bdev);

/*
 * Memory. The debugfs file "no_memory" makes every kmalloc() and kzalloc() of the driver
 * return NULL.
 */
bool lab_device_no_memory(void);

#ifdef kmalloc
#undef kmalloc
#undef kzalloc
#define kmalloc(...)	(lab_device_no_memory() ? NULL : alloc_hooks(kmalloc_noprof(__VA_ARGS__)))
#define kzalloc(...)	(lab_device_no_memory() ? NULL : alloc_hooks(kzalloc_noprof(__VA_ARGS__)))
#else	/* before 6.10 they were functions */
#define kmalloc(...)	(lab_device_no_memory() ? NULL : kmalloc(__VA_ARGS__))
#define kzalloc(...)	(lab_device_no_memory() ? NULL : kzalloc(__VA_ARGS__))
#endif

#endif /* _LAB_DEVICE_H */
