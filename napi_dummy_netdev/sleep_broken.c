// SPDX-License-Identifier: GPL-2.0
/*
 * napi_dummy_sleep_broken: adds the strategy "sleep" to napi_dummy_netdev, after
 * asking whether this is a machine that may break.
 */
#include <linux/module.h>

#ifdef CONFIG_X86
#include <asm/cpufeature.h>
#endif

#include "napi_dummy.h"

static bool force;
module_param(force, bool, 0);
MODULE_PARM_DESC(force, "load a broken strategy outside a virtual machine too");

/* On other architectures nobody tells: take it for a real machine. */
static bool sleep_broken_in_guest(void)
{
#ifdef CONFIG_X86
	return boot_cpu_has(X86_FEATURE_HYPERVISOR);
#else
	return false;
#endif
}

static int __init sleep_broken_init(void)
{
	if (!force && !sleep_broken_in_guest()) {
		pr_err("%s: refused: this is broken on purpose and this is no virtual machine; force=1 loads it all the same\n",
		       KBUILD_MODNAME);
		return -EPERM;
	}
	pr_warn("%s: broken on purpose: with the strategy \"sleep\" the first frame makes NET_RX sleep\n",
		KBUILD_MODNAME);
	return napi_dummy_register_strategy(&napi_dummy_sleep);
}
module_init(sleep_broken_init);

static void __exit sleep_broken_exit(void)
{
	/* No device uses it: each that does holds a reference to this module. */
	napi_dummy_unregister_strategy(&napi_dummy_sleep);
}
module_exit(sleep_broken_exit);

MODULE_DESCRIPTION("Broken on purpose: a NAPI poll that sleeps for its DMA");
MODULE_LICENSE("GPL");
