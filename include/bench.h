/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that a lesson needs: devices with an interrupt, on their own bus.
 *
 * A lesson is a driver on the bus /sys/bus/bench. When the module of a lesson is loaded, it
 * creates the device, as a device tree does for real hardware. Then the driver core binds
 * the driver to the device. The device counts events in a register, and raises its
 * interrupt. The driver makes four calls:
 *
 *	bench_read_events()	read and clear the event register
 *	bench_raise()		top half: the bottom half is requested
 *	bench_run()		bottom half: it begins
 *	bench_done()		the driver has finished some events
 *
 * The testbench shows the results in debugfs, in the folder of the device: counts in
 * "account", contexts in "top" and "bottom". The last three calls only record data for
 * these files: the driver works without them.
 */
#ifndef _BENCH_H
#define _BENCH_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "irq_line.h"

struct bh_probe_last;
struct dentry;
struct tracepoint;

/* Kinds of bottom half; also the values of the field "mechanism" in the tracepoints. */
enum bh_mechanism {
	BH_HARDIRQ,
	BH_SOFTIRQ,
	BH_TASKLET,
	BH_TASKLET_HI,
	BH_IRQ_POLL,
	BH_TIMER,
	BH_HRTIMER,
	BH_NAPI,
	BH_RCU,
	BH_BH_WORK,
	BH_WORK,
	BH_IRQ_THREAD,
	BH_MECHANISMS
};

/**
 * enum bench_trigger - how a device drives its interrupt
 * @BENCH_EDGE: one pulse per event; while a pulse is latched, later pulses coalesce into it
 * @BENCH_LEVEL: asserted while the event register is not zero
 */
enum bench_trigger {
	BENCH_EDGE = IRQ_LINE_EDGE,
	BENCH_LEVEL = IRQ_LINE_LEVEL,
};

/* Probes ------------------------------------------------------------------- */

/**
 * struct bh_probe - records when and where one bottom half is requested and runs
 * @name: name of its folder in the device's debugfs folder
 * @line: interrupt line, whose name the tracepoints show
 * @mechanism: kind of bottom half
 * @irq: Linux interrupt number, for the tracepoints
 * @last: the request that waits for a run, and the last run
 * @dir: debugfs folder
 *
 * The top half and the bottom half of a driver have one probe each, see bench_raise() and
 * bench_run(). A driver with a second bottom half creates one more probe with
 * devm_bh_probe_init().
 */
struct bh_probe {
	const char *name;
	struct irq_line *line;
	enum bh_mechanism mechanism;
	unsigned int irq;
	struct bh_probe_last *last;
	struct dentry *dir;
};

int bh_probe_init(struct bh_probe *probe, struct irq_line *line,
		  const char *name, enum bh_mechanism mechanism);
void bh_probe_destroy(struct bh_probe *probe);
void bh_probe_raise(struct bh_probe *probe);
void bh_probe_run(struct bh_probe *probe);
struct tracepoint *bh_find_tracepoint(const char *name);

/* Devices ------------------------------------------------------------------ */

/**
 * struct bh_counters - the account of a device, its debugfs file "account"
 * @events: events that the driver has read
 * @top_halves: number of times a top half requested the bottom half
 * @bottom_halves: number of times the bottom half ran
 * @handled: events that the driver has finished
 *
 * When no event is pending, @events equals @handled. If events coalesce, there are fewer
 * runs, but never fewer events.
 */
struct bh_counters {
	atomic64_t events;
	atomic64_t top_halves;
	atomic64_t bottom_halves;
	atomic64_t handled;
};

struct bench_driver;

#define BENCH_FILES_MAX	8	/* debugfs files of a driver, including "command" */

/**
 * struct bench_device - a simulated device with one interrupt
 * @dev: the device; drvdata is the state of its driver
 * @irq: its interrupt, for request_irq()
 * @id: its index in bench_driver.devices, 0 if there is only one device
 * @line: its interrupt line; irq_line_raise() raises an event
 *
 * Only the testbench uses the other members.
 */
struct bench_device {
	struct device dev;
	unsigned int irq;
	unsigned int id;
	struct irq_line *line;

	struct bench_driver *drv;
	struct bh_counters counters;
	struct bh_probe top;
	struct bh_probe bottom;
	struct dentry *files[BENCH_FILES_MAX];
	struct mutex command_lock;	/* one command at a time */
	int probe_err;
	s64 lost;
	struct completion released;
};

#define to_bench_device(__dev)	container_of(__dev, struct bench_device, dev)

/* Returns the driver's own struct, whose @__member was passed to bench_..._setup(). */
#define from_bench(__var, __bdev, __member)					\
	container_of(dev_get_drvdata(&(__bdev)->dev), typeof(*(__var)), __member)

extern struct bus_type bench_bus_type;

/**
 * struct bench_file - a debugfs file of a driver, in the folder of its device
 * @name: name of the file
 * @fops: its functions; inode->i_private is the driver's drvdata
 *
 * The testbench creates the file after probe(). Before remove() it removes the file, and
 * waits for readers and writers.
 */
struct bench_file {
	const char *name;
	const struct file_operations *fops;
};

/**
 * struct bench_command - the debugfs file "command" of a driver, in the folder of its device
 * @run: called in process context with the number that is written to the file, one command
 *	at a time
 * @min: smallest number that the file accepts
 * @max: largest number; reading the file prints @min and @max. If @max is 0, the file
 *	accepts only 1
 */
struct bench_command {
	int (*run)(struct bench_device *bdev, unsigned int n);
	unsigned int min;
	unsigned int max;
};

/**
 * struct bench_driver - the driver of a lesson
 * @probe: sets up the bottom half, and requests the interrupt last. Process context
 * @remove: undoes probe() in reverse; may be NULL if devm does everything
 * @priv_size: size of the driver's own struct. The bus allocates it, zeroed, and makes it
 *	the drvdata before probe(). After remove(), when devm has freed everything else, the
 *	bus frees it. 0 if probe() allocates the struct itself, or needs none
 * @trigger: edge (the default) or level
 * @mechanism: kind of bottom half. May be left out if the top half does everything, or if
 *	probe() sets it, as the functions bench_..._setup() do
 * @devices: names of its devices, ended by NULL; if @devices is NULL, there is one device
 *	with the module's name
 * @files: further debugfs files, ended by an empty element; may be NULL
 * @command: the debugfs file "command"; may be left out
 * @breaks: only for a broken module: one line that says what will happen. Such a module
 *	loads only in the project's VM, or with force=1
 * @driver: for the driver core, filled in by the testbench
 */
struct bench_driver {
	int (*probe)(struct bench_device *bdev);
	void (*remove)(struct bench_device *bdev);
	size_t priv_size;
	enum bench_trigger trigger;
	enum bh_mechanism mechanism;
	const char * const *devices;
	const struct bench_file *files;
	struct bench_command command;
	const char *breaks;

	struct device_driver driver;
	struct bench_device **bdevs;
};

int __bench_driver_register(struct bench_driver *drv, bool force,
			    struct module *owner, const char *name);
void bench_driver_unregister(struct bench_driver *drv);
int bench_admit(const char *name, const char *breaks, bool force);

unsigned int bench_read_events(struct bench_device *bdev);
void bench_raise(struct bench_device *bdev);
void bench_run(struct bench_device *bdev);
void bench_done(struct bench_device *bdev, unsigned int events);

int bench_set_mechanism(struct bench_device *bdev, enum bh_mechanism mechanism);
/* For a driver without a bottom half. devm frees the interrupt; its dev_id is @bdev. */
static inline int bench_irq_setup(struct bench_device *bdev, irq_handler_t top)
{
	return devm_request_irq(&bdev->dev, bdev->irq, top, 0, dev_name(&bdev->dev), bdev);
}

int devm_bh_probe_init(struct bench_device *bdev, struct bh_probe *probe,
		       const char *name, enum bh_mechanism mechanism);

/* The driver belongs to the calling module, not to the testbench. */
#define bench_driver_register(__drv)						\
	__bench_driver_register(__drv, force, THIS_MODULE, KBUILD_MODNAME)

/**
 * module_bench_driver() - module_init() and module_exit() of a lesson
 * @__drv: its struct bench_driver
 *
 * If probe() fails, insmod fails with the same error.
 */
#define module_bench_driver(__drv)						\
static bool force;								\
module_param(force, bool, 0);							\
MODULE_PARM_DESC(force, "load a broken module outside the project's VM too");	\
module_driver(__drv, bench_driver_register, bench_driver_unregister)

#endif /* _BENCH_H */
