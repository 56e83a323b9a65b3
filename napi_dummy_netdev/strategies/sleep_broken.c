// SPDX-License-Identifier: GPL-2.0
/*
 * napi_dummy_sleep_broken: adds the strategy "sleep" to napi_dummy_netdev, but only in the
 * project's VM, or with the parameter "force".
 */
#include "bench.h"
#include "napi_dummy.h"

static bool force;
module_param(force, bool, 0);
MODULE_PARM_DESC(force, "load a broken strategy outside the project's VM too");

static int __init sleep_broken_init(void)
{
	int err;

	err = bench_admit(KBUILD_MODNAME,
			  "broken on purpose: with the strategy \"sleep\" the first frame makes NET_RX sleep",
			  force);
	if (err)
		return err;
	return napi_dummy_register_strategy(&napi_dummy_sleep);
}
module_init(sleep_broken_init);

static void __exit sleep_broken_exit(void)
{
	/*
	 * No device uses the strategy any more: a device holds a reference to the module of its
	 * strategy.
	 */
	napi_dummy_unregister_strategy(&napi_dummy_sleep);
}
module_exit(sleep_broken_exit);

MODULE_DESCRIPTION("Broken on purpose: a NAPI poll that sleeps for its DMA");
MODULE_LICENSE("GPL");
