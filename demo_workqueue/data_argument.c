// SPDX-License-Identifier: GPL-2.0
/*
 * data_argument: a work item that should carry its argument in work->data.
 * This file does not compile:
 *
 *	error: incompatible types when assigning to type 'atomic_long_t' ...
 *	error: cannot convert to a pointer type
 *
 * The field is an atomic_long_t and belongs to the workqueue code
 * (include/linux/workqueue.h). With a cast the file would compile. But the kernel keeps its
 * own pointer to a pool_workqueue here, and would use the driver's pointer as a pool_workqueue.
 * If DATA_ARGUMENT_FIXED is defined, the correct code is compiled instead. This file is not
 * part of Kbuild: selftests/modpost.sh builds both versions.
 */
#include <linux/module.h>
#include <linux/workqueue.h>

struct adapter {
	struct work_struct work;
	int budget;
};

static struct adapter demo;

static void adapter_poll(struct adapter *adapter)
{
	pr_debug("budget %d\n", adapter->budget);
}

#ifndef DATA_ARGUMENT_FIXED
static void adapter_work(struct work_struct *work)
{
	struct adapter *adapter = (struct adapter *)work->data;

	adapter_poll(adapter);
}

static void adapter_queue(struct adapter *adapter)
{
	INIT_WORK(&adapter->work, adapter_work);
	adapter->work.data = adapter;
	schedule_work(&adapter->work);
}
#else
static void adapter_work(struct work_struct *work)
{
	struct adapter *adapter = from_work(adapter, work, work);

	adapter_poll(adapter);
}

static void adapter_queue(struct adapter *adapter)
{
	INIT_WORK(&adapter->work, adapter_work);
	schedule_work(&adapter->work);
}
#endif

static int __init data_argument_init(void)
{
	demo.budget = 64;
	adapter_queue(&demo);
	return 0;
}
module_init(data_argument_init);

static void __exit data_argument_exit(void)
{
	cancel_work_sync(&demo.work);
}
module_exit(data_argument_exit);

MODULE_DESCRIPTION("An argument in work->data: does not compile");
MODULE_LICENSE("GPL");
