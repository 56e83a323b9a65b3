// SPDX-License-Identifier: GPL-2.0
// rule: Called by a task with BH enabled, napi_schedule() raises a softirq that nobody serves soon; local_bh_disable() and local_bh_enable() around it do.
// found: {name}() with BH enabled
// read: napi_dummy_netdev/README.md
// pair: napi_task_bh
// in: work kthread kthread_work ndo_open ndo_stop irq_thread
// judge: bh_enabled

@napi_in_task@
identifier g = {napi_schedule, __napi_schedule};
position p;
@@
g@p(...)

@script:python@
p << napi_in_task.p; g << napi_in_task.g;
@@
see("napi_in_task", p, name=g)
