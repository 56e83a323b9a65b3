// SPDX-License-Identifier: GPL-2.0
/*
 * lab_device: what the lab devices can do besides interrupting, see lab_device.h. It also
 * contains what the grading needs: counts that the driver cannot fake, events at the worst
 * moment, and an interrupt that is already taken.
 *
 * It extends the devices of the testbench. A notifier on the testbench's bus gives each
 * new device a struct lab_device as its platform data. It also creates the debugfs files
 * "device", "hold", "late", "budget", "miss", "no_memory" and "locks" for the
 * device.
 */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/hashtable.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/notifier.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/tracepoint.h>
#include <linux/wait.h>

#include "lab_device.h"

#define LAB_LATE_MAX	1000
#define LAB_FILES	7

/**
 * struct lab_device - the additional data of a testbench device
 * @list: entry in lab_devices
 * @bdev: the device
 * @files: debugfs files
 * @squatted: this module has taken the device's interrupt, see squat
 * @lock: protects the counts down to @polled
 * @key: turns an event's number into its datum, so that a driver cannot guess the datum
 * @read: events read one by one
 * @handed_in: events handed in
 * @next: number of the next event to be handed in
 * @lost: events that were left out when a later one was handed in
 * @repeated: events handed in that were handed in before, or were never read
 * @transfers: transfers over the slow bus
 * @transferred: events that these transfers covered
 * @bus_read: events read from the event register over the slow bus
 * @atomic: transfers begun where the caller must not sleep
 * @overlapping: transfers begun while another one was running
 * @busy: a transfer is running
 * @polls: NAPI polls of the driver
 * @over_budget: polls that returned more than their budget
 * @miscounted: polls that did not return how many events they handed in
 * @polled: @handed_in at the end of the last poll
 * @enabled_early: times the driver enabled the interrupt although its poll was still scheduled
 * @napi: NAPI instance of the driver, NULL before the first poll has ended
 * @weight: budget of the polls that follow, 0 to leave it as it is
 * @miss: schedule the poll once more while it runs
 * @copied_by: PID of the task whose last copy was interrupted, see lab_device_copy()
 * @late: events to raise right before the interrupt is enabled
 * @held: while true, transfers do not end
 * @wait: wait queue for the end of @held
 */
struct lab_device {
	struct list_head list;
	struct bench_device *bdev;
	struct dentry *files[LAB_FILES];
	bool squatted;

	spinlock_t lock;	/* protects the counts */
	u32 key;
	u32 read;
	u32 handed_in;
	u32 next;
	u32 lost;
	u32 repeated;
	u32 transfers;
	u32 transferred;
	u32 bus_read;
	u32 atomic;
	u32 overlapping;
	bool busy;
	u32 polls;
	u32 over_budget;
	u32 miscounted;
	u32 polled;
	u32 enabled_early;
	struct napi_struct *napi;
	u8 weight;

	bool miss;
	pid_t copied_by;
	atomic_t late;
	bool held;
	wait_queue_head_t wait;
};

static LIST_HEAD(lab_devices);
static DEFINE_SPINLOCK(lab_devices_lock);	/* protects lab_devices; also taken in softirqs */

static struct lab_device *to_lab_device(const struct bench_device *bdev)
{
	return dev_get_platdata(&bdev->dev);
}

/* Functions for drivers: the slow bus -------------------------------------- */

/* Returns whether the caller may sleep, as far as the kernel's counters can tell. */
static bool lab_may_sleep(void)
{
	return !in_interrupt() && !irqs_disabled() && preemptible();
}

static void lab_bus_take(struct lab_device *lab)
{
	bool may_sleep = lab_may_sleep();
	unsigned long flags;

	spin_lock_irqsave(&lab->lock, flags);
	lab->transfers++;
	lab->atomic += !may_sleep;
	lab->overlapping += lab->busy;
	lab->busy = true;
	spin_unlock_irqrestore(&lab->lock, flags);

	/* If the user forgets to end the hold, the transfer continues after a minute. */
	wait_event_timeout(lab->wait, !READ_ONCE(lab->held), 60 * HZ);
	usleep_range(1000, 2000);
}

static void lab_bus_release(struct lab_device *lab, unsigned int events, unsigned int read)
{
	unsigned long flags;

	spin_lock_irqsave(&lab->lock, flags);
	lab->transferred += events;
	lab->bus_read += read;
	lab->busy = false;
	spin_unlock_irqrestore(&lab->lock, flags);
}

/**
 * lab_device_transfer() - move the data of some events over the slow bus
 * @bdev: the device
 * @events: number of events
 *
 * Context: process. It sleeps, for 1 to 2 ms. Start only one transfer per device at a time.
 */
void lab_device_transfer(struct bench_device *bdev, unsigned int events)
{
	struct lab_device *lab = to_lab_device(bdev);

	lab_bus_take(lab);
	lab_bus_release(lab, events, 0);
}
EXPORT_SYMBOL_GPL(lab_device_transfer);

/**
 * lab_device_slow_read_events() - bench_read_events() of a device behind the slow bus
 * @bdev: the device
 *
 * Context: process. It sleeps, for 1 to 2 ms. Start only one transfer per device at a time.
 * Return: events since the last call. 0 means that the device did not interrupt.
 */
unsigned int lab_device_slow_read_events(struct bench_device *bdev)
{
	struct lab_device *lab = to_lab_device(bdev);
	unsigned int events;

	lab_bus_take(lab);
	events = bench_read_events(bdev);
	lab_bus_release(lab, events, events);
	return events;
}
EXPORT_SYMBOL_GPL(lab_device_slow_read_events);

/* For drivers: a copy that is interrupted in the middle --------------------- */

/*
 * Raises an event, and waits until its interrupt has been handled. If another CPU handles
 * it, also waits until that CPU has finished the event. If the caller holds the driver's lock,
 * that CPU cannot finish the event, so the wait ends after 10 ms.
 */
static void lab_interrupt(struct bench_device *bdev)
{
	s64 handled = atomic64_read(&bdev->counters.handled);
	bool latched = true;
	int i;

	irq_line_raise(bdev->line);
	for (i = 0; i < 1000 && latched && !irqs_disabled(); i++) {
		cpu_relax();
		if (irq_get_irqchip_state(bdev->irq, IRQCHIP_STATE_PENDING, &latched))
			break;
	}
	for (i = 0; i < 2000 && atomic64_read(&bdev->counters.handled) == handled; i++)
		udelay(5);
}

/**
 * lab_device_copy() - memcpy(), and an event happens in the middle of it
 * @bdev: the device
 * @to: destination
 * @from: source
 * @len: bytes
 *
 * If a task makes a second copy right after the first one, no event happens in the second
 * copy. So a reader that copies again after an event comes to an end.
 *
 * Context: any but NMI. If interrupts are on, the event interrupts the copy.
 */
void lab_device_copy(struct bench_device *bdev, void *to, const void *from,
		     unsigned int len)
{
	struct lab_device *lab = to_lab_device(bdev);
	bool again = READ_ONCE(lab->copied_by) == current->pid;

	WRITE_ONCE(lab->copied_by, again ? 0 : current->pid);
	memcpy(to, from, len / 2);
	if (!again)
		lab_interrupt(bdev);
	memcpy(to + len / 2, from + len / 2, len - len / 2);
}
EXPORT_SYMBOL_GPL(lab_device_copy);

/* Functions for drivers: events that have a datum -------------------------- */

/**
 * lab_device_waiting() - are there events that were not read yet?
 * @bdev: the device
 *
 * This function changes nothing in the device. Do not use it together with
 * bench_read_events(), which takes all events at once.
 *
 * Context: any but NMI.
 */
bool lab_device_waiting(struct bench_device *bdev)
{
	return irq_line_waiting(bdev->line);
}
EXPORT_SYMBOL_GPL(lab_device_waiting);

/**
 * lab_device_read() - read the oldest event that was not read yet
 * @bdev: the device
 * @datum: returns the datum of the event
 *
 * Context: any but NMI.
 * Return: true if there was such an event.
 */
bool lab_device_read(struct bench_device *bdev, u32 *datum)
{
	struct lab_device *lab = to_lab_device(bdev);
	unsigned long flags;
	bool any;

	/*
	 * Take and number the event in one step, so that the numbers have the order of
	 * reading.
	 */
	spin_lock_irqsave(&lab->lock, flags);
	any = irq_line_read(bdev->line, 1);
	if (any)
		*datum = lab->read++ ^ lab->key;
	spin_unlock_irqrestore(&lab->lock, flags);
	atomic64_add(any, &bdev->counters.events);
	return any;
}
EXPORT_SYMBOL_GPL(lab_device_read);

/**
 * lab_device_hand_in() - the driver has finished an event
 * @bdev: the device
 * @datum: datum of the event
 *
 * Hand in each event once, in the order of reading. This function calls bench_done() for
 * the event.
 *
 * Context: any but NMI.
 */
void lab_device_hand_in(struct bench_device *bdev, u32 datum)
{
	struct lab_device *lab = to_lab_device(bdev);
	u32 number = datum ^ lab->key;
	unsigned long flags;
	bool accepted;

	spin_lock_irqsave(&lab->lock, flags);
	accepted = number >= lab->next && number < lab->read;
	if (accepted) {
		lab->lost += number - lab->next;
		lab->next = number + 1;
		lab->handed_in++;
	} else {
		lab->repeated++;
	}
	spin_unlock_irqrestore(&lab->lock, flags);
	bench_done(bdev, accepted);
	/*
	 * As if another interrupt came now. This is only for a driver that is in its poll, so that
	 * its NAPI instance exists.
	 */
	if (in_serving_softirq() && READ_ONCE(lab->miss) && lab->napi) {
		WRITE_ONCE(lab->miss, false);
		napi_schedule(lab->napi);
	}
}
EXPORT_SYMBOL_GPL(lab_device_hand_in);

/**
 * lab_device_irq_enable() - set the device's interrupt enable bit
 * @bdev: the device
 *
 * If the device has an edge line, an event that arrived while the bit was clear does not
 * interrupt, even when the bit is set again.
 *
 * Context: any but NMI.
 */
void lab_device_irq_enable(struct bench_device *bdev)
{
	struct lab_device *lab = to_lab_device(bdev);
	int late = atomic_xchg(&lab->late, 0);
	unsigned long flags;

	/*
	 * If napi_complete_done() has returned true, the poll is not scheduled, and cannot be
	 * before the interrupt is enabled.
	 */
	spin_lock_irqsave(&lab->lock, flags);
	lab->enabled_early += in_serving_softirq() && lab->napi &&
			      test_bit(NAPI_STATE_SCHED, &lab->napi->state);
	spin_unlock_irqrestore(&lab->lock, flags);
	/*
	 * This is the worst moment for the next events: the driver has already checked for
	 * events, and the bit is still clear.
	 */
	while (late-- > 0)
		irq_line_raise(bdev->line);
	irq_line_set_irq_enabled(bdev->line, true);
}
EXPORT_SYMBOL_GPL(lab_device_irq_enable);

/**
 * lab_device_irq_disable() - clear the device's interrupt enable bit
 * @bdev: the device
 *
 * While the bit is clear, events wait in the device, and the device does not interrupt.
 *
 * Context: any but NMI.
 */
void lab_device_irq_disable(struct bench_device *bdev)
{
	irq_line_set_irq_enabled(bdev->line, false);
}
EXPORT_SYMBOL_GPL(lab_device_irq_disable);

/* Memory of the driver ------------------------------------------------------ */

#define LAB_BLOCKS	4096

struct lab_block {
	struct hlist_node node;
	const void *ptr;
};

static struct module *lab_driver;	/* the driver of the devices, NULL if there are none */
static bool lab_no_memory;
static atomic_t lab_atomic_allocations;	/* allocations that may sleep, where they must not */

/* The blocks that the driver has allocated with kmalloc(), and that were not freed. */
static struct lab_block lab_block[LAB_BLOCKS];
static DEFINE_HASHTABLE(lab_blocks, 10);
static HLIST_HEAD(lab_blocks_unused);
static unsigned int lab_allocated;
static DEFINE_RAW_SPINLOCK(lab_blocks_lock);	/* protects these four */

/**
 * lab_device_no_memory() - does every allocation of the driver fail now?
 *
 * Context: any.
 */
bool lab_device_no_memory(void)
{
	return READ_ONCE(lab_no_memory);
}
EXPORT_SYMBOL_GPL(lab_device_no_memory);

/* Called after every kmalloc() in the system. If all of lab_block is in use, it records nothing. */
static void lab_kmalloc(void *unused, unsigned long caller, const void *ptr, size_t requested,
			size_t allocated, gfp_t flags, int node)
{
	struct module *driver = READ_ONCE(lab_driver);
	struct lab_block *block;
	unsigned long irqflags;

	if (!driver || !within_module(caller, driver))
		return;
	if (gfpflags_allow_blocking(flags) && (in_interrupt() || irqs_disabled()))
		atomic_inc(&lab_atomic_allocations);
	raw_spin_lock_irqsave(&lab_blocks_lock, irqflags);
	block = hlist_entry_safe(lab_blocks_unused.first, struct lab_block, node);
	if (ptr && block) {
		hlist_del(&block->node);
		block->ptr = ptr;
		hash_add(lab_blocks, &block->node, (unsigned long)ptr);
		lab_allocated++;
	}
	raw_spin_unlock_irqrestore(&lab_blocks_lock, irqflags);
}

/* Called before every kfree() in the system. */
static void lab_kfree(void *unused, unsigned long caller, const void *ptr)
{
	struct lab_block *block;
	unsigned long irqflags;

	if (!READ_ONCE(lab_allocated))
		return;
	raw_spin_lock_irqsave(&lab_blocks_lock, irqflags);
	hash_for_each_possible(lab_blocks, block, node, (unsigned long)ptr) {
		if (block->ptr != ptr)
			continue;
		hash_del(&block->node);
		hlist_add_head(&block->node, &lab_blocks_unused);
		lab_allocated--;
		break;
	}
	raw_spin_unlock_irqrestore(&lab_blocks_lock, irqflags);
}

/* Locks of the driver -------------------------------------------------------- */

#define LAB_LOCKS	16

/* How a lock was taken: bits of struct lab_lock.used */
enum lab_lock_use {
	LAB_IN_TOP_HALF,
	LAB_IRQS_ON,		/* not in a hard interrupt, interrupts on */
	LAB_IRQS_OFF,		/* not in a hard interrupt, interrupts off */
};

static struct lab_lock {
	const void *lock;
	unsigned long used;
} lab_locks[LAB_LOCKS];

static void lab_lock(unsigned long ip, unsigned long caller, struct ftrace_ops *ops,
		     struct ftrace_regs *regs);

/* The functions that disable interrupts have an ops of their own. */
static struct ftrace_ops lab_lock_ops[2] = {
	{ .func = lab_lock, .flags = FTRACE_OPS_FL_RECURSION | FTRACE_OPS_FL_SAVE_REGS },
	{ .func = lab_lock, .flags = FTRACE_OPS_FL_RECURSION | FTRACE_OPS_FL_SAVE_REGS },
};

static const char * const lab_lock_functions[2][2] = {
	{ "_raw_spin_lock", "_raw_spin_lock_bh" },
	{ "_raw_spin_lock_irq", "_raw_spin_lock_irqsave" },
};

static bool lab_locks_recorded;
static DEFINE_MUTEX(lab_locks_mutex);	/* protects lab_locks_recorded */

/* Called before a spinlock is taken, in any context. It takes no lock itself. */
static void lab_lock(unsigned long ip, unsigned long caller, struct ftrace_ops *ops,
		     struct ftrace_regs *regs)
{
	bool irqs_off = irqs_disabled() || ops == &lab_lock_ops[1];
	struct module *driver = READ_ONCE(lab_driver);
	struct pt_regs *pt_regs = ftrace_get_regs(regs);
	const void *lock, *was;
	int i;

	if (!driver || !pt_regs || !within_module(caller, driver))
		return;
	lock = (const void *)regs_get_kernel_argument(pt_regs, 0);
	for (i = 0; i < LAB_LOCKS; i++) {
		was = cmpxchg(&lab_locks[i].lock, NULL, lock);
		if (was && was != lock)
			continue;
		set_bit(in_hardirq() ? LAB_IN_TOP_HALF : irqs_off ? LAB_IRQS_OFF : LAB_IRQS_ON,
			&lab_locks[i].used);
		return;
	}
}

/* Unregisters the first @n of lab_lock_ops, and frees the filters of all. */
static void lab_locks_stop(int n)
{
	int i;

	while (n--)
		unregister_ftrace_function(&lab_lock_ops[n]);
	for (i = 0; i < ARRAY_SIZE(lab_lock_ops); i++)
		ftrace_free_filter(&lab_lock_ops[i]);
}

/* Records how the driver takes its locks, or stops. Process context, may sleep. */
static int lab_record_locks(bool on)
{
	int err, i, j;

	guard(mutex)(&lab_locks_mutex);
	if (on == lab_locks_recorded)
		return 0;
	if (!on) {
		lab_locks_stop(ARRAY_SIZE(lab_lock_ops));
		lab_locks_recorded = false;
		return 0;
	}
	/* lab_lock() does not run now. Forget the locks of an earlier driver. */
	memset(lab_locks, 0, sizeof(lab_locks));
	for (i = 0; i < ARRAY_SIZE(lab_lock_ops); i++) {
		for (j = 0, err = 0; !err && j < 2; j++)
			err = ftrace_set_filter(&lab_lock_ops[i],
						(unsigned char *)lab_lock_functions[i][j],
						strlen(lab_lock_functions[i][j]), !j);
		if (!err)
			err = register_ftrace_function(&lab_lock_ops[i]);
		if (err) {
			lab_locks_stop(i);
			return err;
		}
	}
	lab_locks_recorded = true;
	return 0;
}

/* If the top half interrupts code that holds the lock, the top half spins forever. */
static bool lab_lock_deadlocks(unsigned long used)
{
	return used & BIT(LAB_IN_TOP_HALF) && used & BIT(LAB_IRQS_ON);
}

/* The lock does not keep the top half and other code apart. */
static bool lab_lock_one_sided(unsigned long used)
{
	return used == BIT(LAB_IN_TOP_HALF) || used == BIT(LAB_IRQS_OFF);
}

static unsigned int lab_locks_count(bool (*wrong)(unsigned long used))
{
	unsigned int n = 0, i;

	for (i = 0; i < LAB_LOCKS; i++)
		n += wrong(READ_ONCE(lab_locks[i].used));
	return n;
}

static int lab_locks_set(void *data, u64 val)
{
	return val > 1 ? -ERANGE : lab_record_locks(val);
}
DEFINE_DEBUGFS_ATTRIBUTE(lab_locks_fops, NULL, lab_locks_set, "%llu\n");

/* debugfs files ------------------------------------------------------------ */

static int lab_device_show(struct seq_file *s, void *unused)
{
	struct lab_device *lab = s->private;

	spin_lock_irq(&lab->lock);
	seq_printf(s, "read %u\n", lab->read);
	seq_printf(s, "handed_in %u\n", lab->handed_in);
	seq_printf(s, "lost %u\n", lab->lost);
	seq_printf(s, "repeated %u\n", lab->repeated);
	seq_printf(s, "transfers %u\n", lab->transfers);
	seq_printf(s, "transferred %u\n", lab->transferred);
	seq_printf(s, "bus_read %u\n", lab->bus_read);
	seq_printf(s, "atomic %u\n", lab->atomic);
	seq_printf(s, "overlapping %u\n", lab->overlapping);
	seq_printf(s, "polls %u\n", lab->polls);
	seq_printf(s, "over_budget %u\n", lab->over_budget);
	seq_printf(s, "miscounted %u\n", lab->miscounted);
	seq_printf(s, "enabled_early %u\n", lab->enabled_early);
	seq_printf(s, "allocated %u\n", READ_ONCE(lab_allocated));
	seq_printf(s, "atomic_allocations %u\n", atomic_read(&lab_atomic_allocations));
	seq_printf(s, "deadlocking_locks %u\n", lab_locks_count(lab_lock_deadlocks));
	seq_printf(s, "one_sided_locks %u\n", lab_locks_count(lab_lock_one_sided));
	spin_unlock_irq(&lab->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lab_device);

static int lab_hold_set(void *data, u64 val)
{
	struct lab_device *lab = data;

	if (val > 1)
		return -ERANGE;
	WRITE_ONCE(lab->held, val);
	wake_up_all(&lab->wait);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(lab_hold_fops, NULL, lab_hold_set, "%llu\n");

static int lab_late_get(void *data, u64 *val)
{
	struct lab_device *lab = data;

	*val = atomic_read(&lab->late);
	return 0;
}

static int lab_late_set(void *data, u64 val)
{
	struct lab_device *lab = data;

	if (val > LAB_LATE_MAX)
		return -ERANGE;
	atomic_set(&lab->late, val);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(lab_late_fops, lab_late_get, lab_late_set, "%llu\n");

static int lab_no_memory_set(void *data, u64 val)
{
	if (val > 1)
		return -ERANGE;
	WRITE_ONCE(lab_no_memory, val);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(lab_no_memory_fops, NULL, lab_no_memory_set, "%llu\n");

static int lab_weight_set(void *data, u64 val)
{
	struct lab_device *lab = data;

	if (!val || val > NAPI_POLL_WEIGHT)
		return -ERANGE;
	spin_lock_irq(&lab->lock);
	lab->weight = val;
	spin_unlock_irq(&lab->lock);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(lab_weight_fops, NULL, lab_weight_set, "%llu\n");

static int lab_miss_get(void *data, u64 *val)
{
	struct lab_device *lab = data;

	*val = READ_ONCE(lab->miss);
	return 0;
}

static int lab_miss_set(void *data, u64 val)
{
	struct lab_device *lab = data;

	if (val > 1)
		return -ERANGE;
	WRITE_ONCE(lab->miss, val);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(lab_miss_fops, lab_miss_get, lab_miss_set, "%llu\n");

static void lab_create_files(struct lab_device *lab)
{
	struct dentry *dir = irq_line_dir(lab->bdev->line);

	lab->files[0] = debugfs_create_file("device", 0400, dir, lab, &lab_device_fops);
	/* 0 or 1 */
	lab->files[1] = debugfs_create_file("hold", 0200, dir, lab, &lab_hold_fops);
	/* 0 to LAB_LATE_MAX */
	lab->files[2] = debugfs_create_file("late", 0600, dir, lab, &lab_late_fops);
	/* 1 to 64: the budget of the polls after the next one */
	lab->files[3] = debugfs_create_file("budget", 0200, dir, lab, &lab_weight_fops);
	/* 0 or 1: schedule the poll once more while it runs */
	lab->files[4] = debugfs_create_file("miss", 0600, dir, lab, &lab_miss_fops);
	/* 0 or 1: every allocation of the driver fails */
	lab->files[5] = debugfs_create_file("no_memory", 0200, dir, lab, &lab_no_memory_fops);
	/* 0 or 1: record how the driver takes its locks */
	lab->files[6] = debugfs_create_file("locks", 0200, dir, lab, &lab_locks_fops);
}

/* Removes the files, and waits for their readers and writers. */
static void lab_remove_files(struct lab_device *lab)
{
	int i;

	for (i = 0; i < LAB_FILES; i++)
		debugfs_remove(lab->files[i]);
}

/* Devices come and go ------------------------------------------------------ */

/* Called in device_add(), before a driver is bound. */
static void lab_add(struct bench_device *bdev)
{
	struct lab_device *lab;

	/* A new device begins with memory; lab_device.h also changes the kzalloc() below. */
	WRITE_ONCE(lab_no_memory, false);
	/*
	 * A notifier cannot refuse the device, and the device's driver relies on this data,
	 * so the allocation must not fail.
	 */
	lab = kzalloc(sizeof(*lab), GFP_KERNEL | __GFP_NOFAIL);
	/* The debugfs files need this module's code, so it must not be unloaded. */
	__module_get(THIS_MODULE);
	lab->bdev = bdev;
	lab->key = get_random_u32();
	spin_lock_init(&lab->lock);
	init_waitqueue_head(&lab->wait);
	bdev->dev.platform_data = lab;
	spin_lock_irq(&lab_devices_lock);
	list_add(&lab->list, &lab_devices);
	spin_unlock_irq(&lab_devices_lock);
	WRITE_ONCE(lab_driver, bdev->drv->driver.owner);
	lab_create_files(lab);
}

/*
 * Called in device_del(), after the driver was unbound. Does nothing for a device that was
 * created before this module was loaded.
 */
static void lab_remove(struct bench_device *bdev)
{
	struct lab_device *lab = to_lab_device(bdev);
	bool busy;

	if (!lab)
		return;
	lab_remove_files(lab);
	spin_lock_irq(&lab_devices_lock);
	list_del(&lab->list);
	if (list_empty(&lab_devices))
		WRITE_ONCE(lab_driver, NULL);
	spin_unlock_irq(&lab_devices_lock);
	bdev->dev.platform_data = NULL;

	spin_lock_irq(&lab->lock);
	busy = lab->busy;
	spin_unlock_irq(&lab->lock);
	/*
	 * If the driver did not wait for its transfer, a task still sleeps in this
	 * transfer and will use @lab. So do not free @lab.
	 */
	if (!busy)
		kfree(lab);
	module_put(THIS_MODULE);
}

/* An interrupt that is taken ----------------------------------------------- */

static char *squat;
module_param(squat, charp, 0);
MODULE_PARM_DESC(squat, "name of a device: this module holds its interrupt during probe()");

static irqreturn_t lab_squatter(int irq, void *data)
{
	return IRQ_NONE;
}

/*
 * Called before probe(). The driver's request_irq() then fails with -EBUSY, because no
 * handler has IRQF_SHARED.
 */
static void lab_squat(struct bench_device *bdev)
{
	struct lab_device *lab = to_lab_device(bdev);

	if (lab && squat && !strcmp(squat, dev_name(&bdev->dev)))
		lab->squatted = !request_irq(bdev->irq, lab_squatter, 0, "lab_device", lab);
}

/* Called after probe(), whether probe() succeeded or not. */
static void lab_unsquat(struct bench_device *bdev)
{
	struct lab_device *lab = to_lab_device(bdev);

	if (!lab || !lab->squatted)
		return;
	free_irq(bdev->irq, lab);
	lab->squatted = false;
}

/* -------------------------------------------------------------------------- */

static int lab_bus_notify(struct notifier_block *nb, unsigned long action, void *data)
{
	struct bench_device *bdev = to_bench_device(data);

	switch (action) {
	case BUS_NOTIFY_ADD_DEVICE:
		lab_add(bdev);
		break;
	case BUS_NOTIFY_BIND_DRIVER:
		lab_squat(bdev);
		break;
	case BUS_NOTIFY_BOUND_DRIVER:
	case BUS_NOTIFY_DRIVER_NOT_BOUND:
		lab_unsquat(bdev);
		break;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		/* Its NAPI instance no longer exists. */
		if (to_lab_device(bdev))
			to_lab_device(bdev)->napi = NULL;
		break;
	case BUS_NOTIFY_REMOVED_DEVICE:
		lab_remove(bdev);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block lab_bus_nb = {
	.notifier_call = lab_bus_notify,
};

/*
 * Called after every NAPI poll of any driver, in softirq context, or in a task with BH
 * disabled. A poll counts for each device whose driver contains the poll function.
 */
static void lab_polled(void *unused, struct napi_struct *napi, int work, int budget)
{
	struct lab_device *lab;
	unsigned long flags;

	spin_lock_irqsave(&lab_devices_lock, flags);
	list_for_each_entry(lab, &lab_devices, list) {
		if (!within_module((unsigned long)napi->poll, lab->bdev->drv->driver.owner))
			continue;
		spin_lock(&lab->lock);
		lab->polls++;
		lab->over_budget += work > budget;
		lab->miscounted += work != lab->handed_in - lab->polled;
		lab->polled = lab->handed_in;
		lab->napi = napi;
		if (lab->weight)
			WRITE_ONCE(napi->weight, lab->weight);
		spin_unlock(&lab->lock);
	}
	spin_unlock_irqrestore(&lab_devices_lock, flags);
}

static struct lab_hook {
	const char *name;
	void *fn;
	struct tracepoint *tp;
} lab_hooks[] = {
	{ "napi_poll",	lab_polled },
	{ "kmalloc",	lab_kmalloc },
	{ "kfree",	lab_kfree },
};

/* Unhooks the first @n hooks. */
static void lab_unhook(int n)
{
	while (n--)
		tracepoint_probe_unregister(lab_hooks[n].tp, lab_hooks[n].fn, NULL);
	/* A CPU may still be running one of these functions. */
	tracepoint_synchronize_unregister();
}

static int lab_hook(void)
{
	int err, i;

	for (i = 0; i < ARRAY_SIZE(lab_hooks); i++) {
		lab_hooks[i].tp = bh_find_tracepoint(lab_hooks[i].name);
		err = lab_hooks[i].tp ? tracepoint_probe_register(lab_hooks[i].tp, lab_hooks[i].fn,
								  NULL) : -ENODEV;
		if (err) {
			lab_unhook(i);
			return err;
		}
	}
	return 0;
}

static int __init lab_device_init(void)
{
	int err, i;

	for (i = 0; i < LAB_BLOCKS; i++)
		hlist_add_head(&lab_block[i].node, &lab_blocks_unused);
	err = lab_hook();
	if (err)
		return err;
	err = bus_register_notifier(&bench_bus_type, &lab_bus_nb);
	if (err)
		lab_unhook(ARRAY_SIZE(lab_hooks));
	return err;
}
module_init(lab_device_init);

static void __exit lab_device_exit(void)
{
	/* None of this module's devices is left, because each held a reference to this module. */
	bus_unregister_notifier(&bench_bus_type, &lab_bus_nb);
	lab_unhook(ARRAY_SIZE(lab_hooks));
	lab_record_locks(false);
}
module_exit(lab_device_exit);

MODULE_DESCRIPTION("Bottom halves: what the devices of the labs can do");
MODULE_LICENSE("GPL");
