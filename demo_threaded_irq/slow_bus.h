/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A slow bus (I2C, SPI, a DMA engine) between driver and device. A transfer sleeps, so only
 * a task may start it. Write 1 to the debugfs file "hold" to make transfers wait, and 0 to
 * let them continue. While "hold" is 1, you can watch the IRQ thread that is waiting.
 *
 * The driver embeds a struct slow_bus, stores it as drvdata, and uses slow_bus_files as
 * its .files.
 */
#ifndef _SLOW_BUS_H
#define _SLOW_BUS_H

#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/wait.h>

#include "bench.h"

struct slow_bus {
	wait_queue_head_t wait;
	bool held;
	bool closed;			/* the driver is being removed: do not hold transfers */
};

static inline void slow_bus_init(struct slow_bus *bus)
{
	init_waitqueue_head(&bus->wait);
}

/* Process context, sleeps. */
static inline void slow_bus_transfer(struct slow_bus *bus)
{
	/*
	 * If the user forgets to write 0, the transfer continues before the hung-task
	 * detector reports the task.
	 */
	wait_event_timeout(bus->wait,
			   !READ_ONCE(bus->held) || READ_ONCE(bus->closed),
			   60 * HZ);
	usleep_range(500, 1000);
}

/*
 * From now on no transfer is held. Call this before free_irq(), which waits for the thread.
 * This function can be a devm action, so it takes a void pointer.
 */
static inline void slow_bus_close(void *bus)
{
	struct slow_bus *b = bus;

	WRITE_ONCE(b->closed, true);
	wake_up_all(&b->wait);
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
		return -ERANGE;
	WRITE_ONCE(bus->held, val);
	wake_up_all(&bus->wait);
	return 0;
}
DEFINE_SIMPLE_ATTRIBUTE(slow_bus_hold_fops, slow_bus_hold_get, slow_bus_hold_set, "%llu\n");

static const struct bench_file slow_bus_files[] __maybe_unused = {
	{ "hold", &slow_bus_hold_fops },
	{ }
};

#endif /* _SLOW_BUS_H */
