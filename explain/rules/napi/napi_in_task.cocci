// SPDX-License-Identifier: GPL-2.0
// rule: A task must disable BH around napi_schedule(): then local_bh_enable() runs the softirq, which otherwise waits for the next interrupt or for ksoftirqd.
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
