// SPDX-License-Identifier: GPL-2.0
/*
 * What the twins of a pair need and none should repeat. The order of set-up
 * and teardown here is the order of every driver: the line is requested last
 * and freed first, so that no interrupt finds a bottom half half-made.
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/module.h>

#ifdef CONFIG_X86
#include <asm/cpufeature.h>
#endif

#include "bh_pair.h"

/* On other architectures nobody tells: take it for a real machine. */
static bool bh_pair_in_guest(void)
{
#ifdef CONFIG_X86
	return boot_cpu_has(X86_FEATURE_HYPERVISOR);
#else
	return false;
#endif
}

/**
 * bh_pair_admit() - the gate: what breaks the kernel belongs in a virtual machine
 * @name: of the module
 * @breaks: one line that says what is about to happen
 * @force: load it outside a virtual machine too
 *
 * For a broken module that is no struct bh_pair, which asks by itself.
 *
 * Return: 0, and the log was told; or -EPERM.
 */
int bh_pair_admit(const char *name, const char *breaks, bool force)
{
	if (!force && !bh_pair_in_guest()) {
		pr_err("%s: refused: this is broken on purpose and this is no virtual machine; force=1 loads it all the same\n",
		       name);
		return -EPERM;
	}
	pr_warn("%s: %s\n", name, breaks);
	return 0;
}
EXPORT_SYMBOL_GPL(bh_pair_admit);

static int bh_pair_command(void *data, u64 n)
{
	struct bh_pair *pair = data;
	int err;

	err = mutex_lock_interruptible(&pair->door_lock);
	if (err)
		return err;
	err = pair->command(pair, n);
	mutex_unlock(&pair->door_lock);
	return err;
}
DEFINE_DEBUGFS_ATTRIBUTE(bh_pair_command_fops, NULL, bh_pair_command, "%llu\n");

/* Nobody is left who could handle it. */
static void bh_pair_say_lost(const struct bh_pair *pair)
{
	s64 events = atomic64_read(&pair->counters.events);
	s64 handled = atomic64_read(&pair->counters.handled);

	if (handled != events)
		pr_warn("%s: %lld of %lld events lost\n", pair->name,
			events - handled, events);
}

/**
 * __bh_pair_register() - set a twin up; use bh_pair_register()
 * @pair: the twin, filled in down to @mechanism
 * @force: load a broken twin outside a virtual machine too
 * @owner: module of the twin
 *
 * Makes the line, counters ("account") and probe ("probe"), calls setup(),
 * requests the interrupt, opens the file "command".
 *
 * Context: process, may sleep.
 * Return: 0, -EPERM if a broken twin was refused, what setup() returned, or
 *	the error of irq_line_create(), bh_probe_init(), request_threaded_irq().
 */
int __bh_pair_register(struct bh_pair *pair, bool force, struct module *owner)
{
	int err;

	if (pair->breaks) {
		err = bh_pair_admit(pair->name, pair->breaks, force);
		if (err)
			return err;
	}
	pair->line = __irq_line_create(pair->name, pair->flow, owner);
	if (IS_ERR(pair->line))
		return PTR_ERR(pair->line);
	pair->irq = irq_line_irq(pair->line);
	bh_counters_init(&pair->counters, pair->line);
	err = bh_probe_init(&pair->probe, pair->line, "probe", pair->mechanism);
	if (err)
		goto err_line;

	if (pair->setup) {
		err = pair->setup(pair);
		if (err)
			goto err_probe;
	}
	err = request_threaded_irq(pair->irq, pair->handler, pair->thread_fn,
				   pair->irqflags, pair->name, pair);
	if (err)
		goto err_setup;
	/* The file's functions lie in the bench, which outlives it. */
	mutex_init(&pair->door_lock);
	if (pair->command)
		pair->door = debugfs_create_file_unsafe("command", 0200,
							irq_line_dir(pair->line),
							pair,
							&bh_pair_command_fops);
	return 0;

err_setup:
	if (pair->teardown)
		pair->teardown(pair);
err_probe:
	bh_probe_destroy(&pair->probe);
err_line:
	irq_line_destroy(pair->line);
	return err;
}
EXPORT_SYMBOL_GPL(__bh_pair_register);

/**
 * bh_pair_unregister() - take a twin down
 * @pair: the twin
 *
 * Tells the log if events were lost.
 *
 * Context: process, may sleep.
 */
void bh_pair_unregister(struct bh_pair *pair)
{
	/* No more commands: waits for one under way. */
	debugfs_remove(pair->door);
	/* Source off: no events, and after free_irq() no handler runs. */
	irq_line_stop(pair->line);
	free_irq(pair->irq, pair);
	/* Then the bottom half, which nobody can ask for any more. */
	if (pair->teardown)
		pair->teardown(pair);
	bh_pair_say_lost(pair);
	/* Only now may go what it used. */
	bh_probe_destroy(&pair->probe);
	irq_line_destroy(pair->line);
}
EXPORT_SYMBOL_GPL(bh_pair_unregister);
