// SPDX-License-Identifier: GPL-2.0
/*
 * bh_testbench: the simulated hardware of the lessons. It has an interrupt controller
 * (irq_chip.c), interrupt lines on which drivers (irq_line.c) and user space (debugfs.c)
 * raise events, a bus for the lessons' devices (bus.c), and probes that record where a
 * bottom half ran (probe.c).
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "bench.h"
#include "testbench.h"

struct dentry *bh_testbench_dir;

struct bh_tracepoint_search {
	const char *name;
	struct tracepoint *found;
};

static void bh_tracepoint_match(struct tracepoint *tp, void *priv)
{
	struct bh_tracepoint_search *search = priv;

	if (!strcmp(tp->name, search->name))
		search->found = tp;
}

/**
 * bh_find_tracepoint() - find a tracepoint of the kernel by its name
 * @name: name of the tracepoint
 *
 * The kernel exports the functions that register a tracepoint probe, but not the irq and
 * softirq tracepoints themselves.
 *
 * Context: process.
 * Return: the tracepoint, or NULL with a message in the log.
 */
struct tracepoint *bh_find_tracepoint(const char *name)
{
	struct bh_tracepoint_search search = { .name = name };

	for_each_kernel_tracepoint(bh_tracepoint_match, &search);
	if (!search.found)
		pr_err("bh_testbench: this kernel has no tracepoint %s\n", name);
	return search.found;
}
EXPORT_SYMBOL_GPL(bh_find_tracepoint);

static int __init bh_testbench_init(void)
{
	int err;

	bh_testbench_dir = debugfs_create_dir("bh_testbench", NULL);
	err = irq_chip_init();
	if (err)
		goto err_dir;
	err = bh_probe_start();
	if (err)
		goto err_chip;
	err = bench_bus_init();
	if (err)
		goto err_chip;
	return 0;

err_chip:
	irq_chip_exit();
err_dir:
	debugfs_remove(bh_testbench_dir);
	return err;
}
module_init(bh_testbench_init);

static void __exit bh_testbench_exit(void)
{
	/* No line and no driver is left: their modules held a reference to this module. */
	bench_bus_exit();
	irq_chip_exit();
	debugfs_remove(bh_testbench_dir);
}
module_exit(bh_testbench_exit);

MODULE_DESCRIPTION("Bottom halves: simulated devices that interrupt, and probes");
MODULE_LICENSE("GPL");
