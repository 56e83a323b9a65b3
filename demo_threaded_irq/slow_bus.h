/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The slow bus (I2C, SPI, a DMA engine) behind which the device stands: a
 * transfer sleeps, so only a task may ask for one. Writing 1 to the debugfs
 * file "hold" makes transfers hang, 0 lets them go: time to look around while
 * an interrupt thread sleeps.
 */
#ifndef _SLOW_BUS_H
#define _SLOW_BUS_H

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/wait.h>

struct slow_bus {
	wait_queue_head_t wait;
	bool held;
	bool closed;			/* the driver leaves: holds no more */
};

static inline void slow_bus_transfer(struct slow_bus *bus)
{
	/* A hold that was forgotten ends by itself, before hung_task barks. */
	wait_event_timeout(bus->wait,
			   !READ_ONCE(bus->held) || READ_ONCE(bus->closed),
			   60 * HZ);
	usleep_range(500, 1000);
}

static inline void slow_bus_open(struct slow_bus *bus)
{
	WRITE_ONCE(bus->closed, false);
}

/* From now on a transfer is not held: free_irq() waits for who asked for it. */
static inline void slow_bus_close(struct slow_bus *bus)
{
	WRITE_ONCE(bus->closed, true);
	wake_up_all(&bus->wait);
}

static int slow_bus_hold_get(void *data, u64 *val)
{
	struct slow_bus *bus = data;

	*val = READ_ONCE(bus->held);
	return 0;
}

static int slow_bus_hold_set(void *data, u64 val)
{
	struct slow_bus *bus = data;

	if (val > 1)
		return -EINVAL;
	WRITE_ONCE(bus->held, val);
	wake_up_all(&bus->wait);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(slow_bus_hold_fops, slow_bus_hold_get,
			 slow_bus_hold_set, "%llu\n");

static inline void slow_bus_init(struct slow_bus *bus, struct dentry *dir)
{
	init_waitqueue_head(&bus->wait);
	debugfs_create_file("hold", 0600, dir, bus, &slow_bus_hold_fops);
}

#endif /* _SLOW_BUS_H */
