// SPDX-License-Identifier: GPL-2.0
/*
 * own_softirq: a module that tries to have a softirq of its own. It compiles,
 * but does not link: modpost, the last step of a module's build, prints
 *
 *	ERROR: modpost: "open_softirq" [...] undefined!
 *	ERROR: modpost: "raise_softirq" [...] undefined!
 *
 * because neither function is exported. Exporting the functions would not help: the vectors are
 * an enum in include/linux/interrupt.h, all ten are in use, and open_softirq() does not check
 * whether a vector is free. Here open_softirq() would replace the handler of the network stack.
 * This file is not part of Kbuild. README.md shows how the build fails, in "You cannot have
 * one".
 */
#include <linux/interrupt.h>
#include <linux/module.h>

#include "compat.h"

static void own_softirq(SOFTIRQ_HANDLER_ARGS)
{
}

static int __init own_softirq_init(void)
{
	open_softirq(NET_RX_SOFTIRQ, own_softirq);
	raise_softirq(NET_RX_SOFTIRQ);
	return 0;
}
module_init(own_softirq_init);

MODULE_DESCRIPTION("Bottom halves: a softirq of its own, which does not link");
MODULE_LICENSE("GPL");
