// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/bus/bench: the devices and drivers of the lessons.
 *
 * When the module of a lesson is loaded, it registers its driver and creates its devices,
 * and the driver core binds them. A user can unbind a device and bind it again through
 * sysfs, even while the device interrupts. If a driver forgets to undo something, the bus
 * detects this after the unbinding, when devm has released everything else.
 */
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/dmi.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "bench.h"
#include "compat.h"
#include "testbench.h"

static struct device *bench_root;	/* parent of all devices, /sys/devices/bench */

/* Functions for drivers ---------------------------------------------------- */

/**
 * bench_read_events() - read and clear the event register of a device
 * @bdev: the device
 *
 * An event that happens during the call is either in the returned number, or stays
 * in the register and interrupts again. Reading also deasserts a level line.
 *
 * Context: any but NMI; usually the top half.
 * Return: events since the last call. 0 means that the device did not interrupt.
 */
unsigned int bench_read_events(struct bench_device *bdev)
{
	unsigned int events = irq_line_read(bdev->line, UINT_MAX);

	atomic64_add(events, &bdev->counters.events);
	return events;
}
EXPORT_SYMBOL_GPL(bench_read_events);

/**
 * bench_set_mechanism() - probe() tells which kind of bottom half the driver has
 * @bdev: the device
 * @mechanism: the kind, unless the driver itself names a kind in bench_driver.mechanism
 *
 * The functions bench_..._setup() call this function. The probe of the bottom half stays
 * until the device is destroyed, so it also keeps its record when the driver is bound
 * again.
 *
 * Context: process, may sleep; call it before the interrupt is requested.
 * Return: 0, or the error of bh_probe_init().
 */
int bench_set_mechanism(struct bench_device *bdev, enum bh_mechanism mechanism)
{
	if (bdev->bottom.last || mechanism == BH_HARDIRQ)
		return 0;
	return bh_probe_init(&bdev->bottom, bdev->line, "bottom", mechanism);
}
EXPORT_SYMBOL_GPL(bench_set_mechanism);

/**
 * bench_raise() - the top half requests the bottom half now
 * @bdev: the device
 *
 * Call it directly before tasklet_schedule(), queue_work(), or the return of IRQ_WAKE_THREAD.
 * If a request coalesces with an earlier request, the time of the earlier request counts.
 *
 * Context: any but NMI. It takes only raw spinlocks, one at a time.
 */
void bench_raise(struct bench_device *bdev)
{
	bh_probe_run(&bdev->top);
	atomic64_inc(&bdev->counters.top_halves);
	if (bdev->bottom.last)
		bh_probe_raise(&bdev->bottom);
}
EXPORT_SYMBOL_GPL(bench_raise);

/**
 * bench_run() - the bottom half begins
 * @bdev: the device
 *
 * Call it as the first statement of a bottom half. If the driver has no bottom half, the top
 * half does everything, and must call this function itself.
 *
 * Context: any but NMI. It takes only raw spinlocks, one at a time.
 */
void bench_run(struct bench_device *bdev)
{
	if (bdev->bottom.last) {
		bh_probe_run(&bdev->bottom);
		atomic64_inc(&bdev->counters.bottom_halves);
	} else {
		bh_probe_run(&bdev->top);
		atomic64_inc(&bdev->counters.top_halves);
	}
}
EXPORT_SYMBOL_GPL(bench_run);

/**
 * bench_done() - the driver has finished some events
 * @bdev: the device
 * @events: number of events
 *
 * Context: any but NMI. This function takes no lock.
 */
void bench_done(struct bench_device *bdev, unsigned int events)
{
	atomic64_add(events, &bdev->counters.handled);
}
EXPORT_SYMBOL_GPL(bench_done);

static void bench_destroy_probe(void *probe)
{
	bh_probe_destroy(probe);
}

/**
 * devm_bh_probe_init() - prepare a probe for a second bottom half of a device
 * @bdev: the device
 * @probe: the probe, which is in the driver's own struct
 * @name: name of its folder in the device's debugfs folder; the string must
 *  stay valid
 * @mechanism: kind of bottom half
 *
 * The probe is destroyed after remove(), when no code may use it any more.
 *
 * Context: process, may sleep.
 * Return: 0, or the error of bh_probe_init().
 */
int devm_bh_probe_init(struct bench_device *bdev, struct bh_probe *probe,
		       const char *name, enum bh_mechanism mechanism)
{
	int err = bh_probe_init(probe, bdev->line, name, mechanism);

	if (err)
		return err;
	return devm_add_action_or_reset(&bdev->dev, bench_destroy_probe, probe);
}
EXPORT_SYMBOL_GPL(devm_bh_probe_init);

/* Broken modules load only in the project's VM ----------------------------- */

/*
 * vm/run gives its VM this mark. The hypervisor bit would not be enough, because cloud
 * instances and WSL2 set it too.
 */
#define BENCH_VM_MARK	"bottom-halves-lab"

/*
 * On x86 the mark is a string of the firmware. QEMU's arm64 machine has no firmware, so there
 * the mark is a parameter of the kernel. QEMU's device tree has the parameters in /chosen.
 */
static bool bench_in_lab_vm(void)
{
	const char *words;

	if (dmi_find_device(DMI_DEV_TYPE_OEM_STRING, BENCH_VM_MARK, NULL))
		return true;
	return IS_ENABLED(CONFIG_OF) &&
	       !of_property_read_string(of_chosen, "bootargs", &words) &&
	       strstr(words, "lab.mark=" BENCH_VM_MARK);
}

/**
 * bench_admit() - may a module that breaks the kernel load here?
 * @name: name of the module
 * @breaks: one line that says what will happen
 * @force: allow loading anywhere
 *
 * The bus calls this for a driver with "breaks". A broken module that has no bench_driver must
 * call this function itself.
 *
 * Context: process.
 * Return: 0 (and the log says what will happen), or -EPERM.
 */
int bench_admit(const char *name, const char *breaks, bool force)
{
	if (!force && !bench_in_lab_vm()) {
		pr_err("%s: refused: this module is broken on purpose, and this is not the project's virtual machine (vm/run); force=1 loads it anyway\n",
		       name);
		return -EPERM;
	}
	pr_warn("%s: %s\n", name, breaks);
	return 0;
}
EXPORT_SYMBOL_GPL(bench_admit);

/* debugfs files that exist while a driver is bound ------------------------- */

static int bench_command_show(struct seq_file *seq, void *unused)
{
	struct bench_device *bdev = seq->private;

	seq_printf(seq, "%u to %u\n", bdev->drv->command.min, bdev->drv->command.max);
	return 0;
}

static ssize_t bench_command_write(struct file *file, const char __user *ubuf,
				   size_t len, loff_t *ppos)
{
	struct seq_file *seq = file->private_data;
	struct bench_device *bdev = seq->private;
	unsigned int n;
	int err;

	err = kstrtouint_from_user(ubuf, len, 0, &n);
	if (err)
		return err;
	if (n < bdev->drv->command.min || n > bdev->drv->command.max)
		return -ERANGE;
	err = mutex_lock_interruptible(&bdev->command_lock);
	if (err)
		return err;
	err = bdev->drv->command.run(bdev, n);
	mutex_unlock(&bdev->command_lock);
	return err ?: len;
}
DEFINE_SHOW_STORE_ATTRIBUTE(bench_command);

static void bench_create_files(struct bench_device *bdev)
{
	const struct bench_file *file = bdev->drv->files;
	struct dentry *dir = irq_line_dir(bdev->line);
	unsigned int n = 0;
	umode_t mode;

	if (bdev->drv->command.run)
		bdev->files[n++] = debugfs_create_file("command", 0600, dir, bdev,
						       &bench_command_fops);
	for (; file && file->name && n < BENCH_FILES_MAX; file++) {
		mode = (file->fops->read ? 0400 : 0) | (file->fops->write ? 0200 : 0);
		bdev->files[n++] = debugfs_create_file(file->name, mode, dir,
						       dev_get_drvdata(&bdev->dev), file->fops);
	}
}

/* Removes the files, and waits for their readers and writers. */
static void bench_remove_files(struct bench_device *bdev)
{
	unsigned int i;

	for (i = 0; i < BENCH_FILES_MAX; i++) {
		debugfs_remove(bdev->files[i]);
		bdev->files[i] = NULL;
	}
}

/* The bus ------------------------------------------------------------------ */

static int bench_bus_match(BUS_MATCH_ARGS)
{
	return to_bench_device(dev)->drv == container_of(drv, struct bench_driver, driver);
}

/* The last step of unbinding: remove() has returned, and devm has released everything else. */
static void bench_unbound(void *data)
{
	struct bench_device *bdev = data;
	s64 events = atomic64_read(&bdev->counters.events);
	s64 lost = events - atomic64_read(&bdev->counters.handled) - bdev->lost;

	irq_line_check_freed(bdev->line);
	if (lost)
		pr_warn("%s: %lld of %lld events lost\n", dev_name(&bdev->dev), lost,
			events);
	bdev->lost += lost;
}

static int bench_bus_probe(struct device *dev)
{
	struct bench_device *bdev = to_bench_device(dev);
	size_t size = bdev->drv->priv_size;
	int err;

	err = irq_line_reset(bdev->line);
	/* Registered first, so devm calls bench_unbound() last. */
	if (!err)
		err = devm_add_action_or_reset(dev, bench_unbound, bdev);
	/* Allocated before probe(), so devm frees it after everything that probe() registers. */
	if (!err && size) {
		dev_set_drvdata(dev, devm_kzalloc(dev, size, GFP_KERNEL));
		err = dev_get_drvdata(dev) ? 0 : -ENOMEM;
	}
	if (!err)
		err = bdev->drv->probe(bdev);
	if (!err)
		bench_create_files(bdev);
	bdev->probe_err = err;
	return err;
}

static void bench_bus_remove(struct device *dev)
{
	struct bench_device *bdev = to_bench_device(dev);

	/*
	 * Remove the files first, so that no reader and no command finds a driver that is
	 * partly removed.
	 */
	bench_remove_files(bdev);
	if (bdev->drv->remove)
		bdev->drv->remove(bdev);
}

struct bus_type bench_bus_type = {
	.name	= "bench",
	.match	= bench_bus_match,
	.probe	= bench_bus_probe,
	.remove	= bench_bus_remove,
};
EXPORT_SYMBOL_GPL(bench_bus_type);

/* Devices ------------------------------------------------------------------ */

static int bench_account_show(struct seq_file *seq, void *unused)
{
	struct bench_device *bdev = seq->private;
	struct bh_counters *c = &bdev->counters;

	seq_printf(seq, "events %lld\n", atomic64_read(&c->events));
	seq_printf(seq, "top_halves %lld\n", atomic64_read(&c->top_halves));
	seq_printf(seq, "bottom_halves %lld\n", atomic64_read(&c->bottom_halves));
	seq_printf(seq, "handled %lld\n", atomic64_read(&c->handled));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bench_account);

static void bench_device_release(struct device *dev)
{
	complete(&to_bench_device(dev)->released);
}

/*
 * Frees a device that bench_device_alloc() has created, perhaps only in part. The driver core
 * does not know the device yet, or no longer knows it.
 */
static void bench_device_free(struct bench_device *bdev)
{
	bh_probe_destroy(&bdev->bottom);
	bh_probe_destroy(&bdev->top);
	irq_line_destroy(bdev->line);
	kfree(bdev);
}

static struct bench_device *bench_device_alloc(struct bench_driver *drv, const char *name)
{
	struct bench_device *bdev = kzalloc(sizeof(*bdev), GFP_KERNEL);
	int err;

	if (!bdev)
		return ERR_PTR(-ENOMEM);
	bdev->drv = drv;
	mutex_init(&bdev->command_lock);
	init_completion(&bdev->released);
	bdev->line = __irq_line_create(name, (enum irq_line_flow)drv->trigger, drv->driver.owner);
	err = PTR_ERR_OR_ZERO(bdev->line);
	if (err)
		goto err_free;
	bdev->irq = irq_line_irq(bdev->line);
	debugfs_create_file("account", 0400, irq_line_dir(bdev->line), bdev,
			    &bench_account_fops);
	err = bh_probe_init(&bdev->top, bdev->line, "top", BH_HARDIRQ);
	if (!err)
		err = bench_set_mechanism(bdev, drv->mechanism);
	if (!err)
		return bdev;

err_free:
	bench_device_free(bdev);
	return ERR_PTR(err);
}

/*
 * Unbinds the driver and destroys the device. Waits until nothing in the kernel refers to
 * the device.
 */
static void bench_device_destroy(struct bench_device *bdev)
{
	device_unregister(&bdev->dev);
	wait_for_completion(&bdev->released);
	bench_device_free(bdev);
}

/*
 * Creates a device and binds @drv to it, in the task of insmod. So insmod gets the error of
 * probe().
 */
static struct bench_device *bench_device_create(struct bench_driver *drv,
						const char *name, unsigned int id)
{
	struct bench_device *bdev = bench_device_alloc(drv, name);
	int err;

	if (IS_ERR(bdev))
		return bdev;
	bdev->id = id;
	device_initialize(&bdev->dev);
	bdev->dev.bus = &bench_bus_type;
	bdev->dev.parent = bench_root;
	bdev->dev.release = bench_device_release;
	/*
	 * device_add() does not say whether the driver was bound. bench_bus_probe() writes the
	 * result to probe_err. If the driver core lacks the memory to call bench_bus_probe(),
	 * probe_err stays -ENOMEM (drivers/base/dd.c:really_probe()).
	 */
	bdev->probe_err = -ENOMEM;
	err = dev_set_name(&bdev->dev, "%s", name);
	if (!err)
		err = device_add(&bdev->dev);
	if (err) {
		put_device(&bdev->dev);
		wait_for_completion(&bdev->released);
		bench_device_free(bdev);
		return ERR_PTR(err);
	}
	err = bdev->probe_err;
	if (!err)
		return bdev;
	bench_device_destroy(bdev);
	return ERR_PTR(err);
}

/* Drivers ------------------------------------------------------------------ */

static unsigned int bench_count_devices(const struct bench_driver *drv)
{
	unsigned int n = 0;

	while (drv->devices && drv->devices[n])
		n++;
	return n ?: 1;
}

static int bench_driver_check(const struct bench_driver *drv)
{
	const struct bench_file *file = drv->files;
	unsigned int n = drv->command.run ? 1 : 0;

	for (; file && file->name; file++)
		n++;
	if (!drv->probe || drv->mechanism >= BH_MECHANISMS || n > BENCH_FILES_MAX ||
	    drv->command.min > drv->command.max)
		return -EINVAL;
	return 0;
}

static void bench_destroy_devices(struct bench_driver *drv, unsigned int n)
{
	while (n--)
		bench_device_destroy(drv->bdevs[n]);
	driver_unregister(&drv->driver);
	kfree(drv->bdevs);
	drv->bdevs = NULL;
}

/**
 * __bench_driver_register() - register a driver; drivers use module_bench_driver()
 * @drv: the driver
 * @force: load a broken module outside the project's VM too
 * @owner: module of the driver
 * @name: name of the driver, and of its device if the driver names no devices
 *
 * It also creates the driver's devices and binds them.
 *
 * Context: process, may sleep.
 * Return: 0, or an error; after an error nothing is left registered. The error of probe(),
 *	-EPERM if a broken module is refused, -EINVAL for a driver that has no probe() or whose
 *	command accepts no number, -EBUSY or -EEXIST if a name is taken, -ENOSPC if there are 64
 *	devices, -ENOMEM.
 */
int __bench_driver_register(struct bench_driver *drv, bool force,
			    struct module *owner, const char *name)
{
	unsigned int n = bench_count_devices(drv);
	struct bench_device *bdev;
	unsigned int i;
	int err;

	err = bench_driver_check(drv);
	if (!err && drv->breaks)
		err = bench_admit(name, drv->breaks, force);
	if (err)
		return err;

	if (!drv->command.max) {
		drv->command.min = 1;
		drv->command.max = 1;
	}
	drv->bdevs = kcalloc(n, sizeof(*drv->bdevs), GFP_KERNEL);
	if (!drv->bdevs)
		return -ENOMEM;
	drv->driver.name = name;
	drv->driver.bus = &bench_bus_type;
	drv->driver.owner = owner;
	drv->driver.mod_name = name;
	/* insmod waits for probe(), whatever driver_async_probe= says. */
	drv->driver.probe_type = PROBE_FORCE_SYNCHRONOUS;
	err = driver_register(&drv->driver);
	if (err) {
		kfree(drv->bdevs);
		return err;
	}
	for (i = 0; i < n; i++) {
		bdev = bench_device_create(drv, drv->devices ? drv->devices[i] : name, i);
		if (IS_ERR(bdev)) {
			bench_destroy_devices(drv, i);
			return PTR_ERR(bdev);
		}
		drv->bdevs[i] = bdev;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(__bench_driver_register);

/**
 * bench_driver_unregister() - unbind a driver and remove its devices
 * @drv: the driver
 *
 * Context: process, may sleep.
 */
void bench_driver_unregister(struct bench_driver *drv)
{
	bench_destroy_devices(drv, bench_count_devices(drv));
}
EXPORT_SYMBOL_GPL(bench_driver_unregister);

int __init bench_bus_init(void)
{
	int err = bus_register(&bench_bus_type);

	if (err)
		return err;
	bench_root = root_device_register("bench");
	if (IS_ERR(bench_root))
		bus_unregister(&bench_bus_type);
	return PTR_ERR_OR_ZERO(bench_root);
}

void bench_bus_exit(void)
{
	root_device_unregister(bench_root);
	bus_unregister(&bench_bus_type);
}
