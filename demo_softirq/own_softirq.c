// SPDX-License-Identifier: GPL-2.0
/*
 * own_softirq: a module that wants a softirq of its own. It compiles, and does
 * not link: modpost, the last step of a module's build, says
 *
 *	ERROR: modpost: "open_softirq" [...] undefined!
 *	ERROR: modpost: "raise_softirq" [...] undefined!
 *
 * since neither is exported. Nor would it help if they were: the vectors are an
 * enum in include/linux/interrupt.h, all ten are taken, and open_softirq()
 * would put this handler in the place of the network's. Not part of Kbuild; to
 * see it fail, see "You cannot have one" in README.md.
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

MODULE_DESCRIPTION("A softirq of one's own: does not link");
MODULE_LICENSE("GPL");
