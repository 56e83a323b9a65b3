/* SPDX-License-Identifier: GPL-2.0 */
/* demo_softirq: what its two files, driver.c and vectors.c, know of each other. */
#ifndef _VECTORS_H
#define _VECTORS_H

#include <linux/atomic.h>
#include <linux/interrupt.h>

#include "bh_probe.h"

/**
 * struct vector - one row of /proc/softirqs
 * @name: as it stands there
 * @mechanism: by which a module gets called back
 * @start: prepare; may be NULL
 * @raise: from hard interrupt context; NULL where no driver can
 * @stop: wait until no call back is due or running; nobody raises any more
 * @fifo: events taken over from the device, not yet handled
 * @probe: the point of measurement
 */
struct vector {
	const char *name;
	enum bh_mechanism mechanism;
	int (*start)(void);
	void (*raise)(void);
	void (*stop)(void);
	atomic_t fifo;
	struct bh_probe probe;
};

extern struct vector vectors[NR_SOFTIRQS];

int vector_take(struct vector *v, int max);

#endif /* _VECTORS_H */
