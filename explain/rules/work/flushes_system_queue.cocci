// SPDX-License-Identifier: GPL-2.0
// rule: Nobody flushes a queue of the system: it waits for the items of all other drivers as well.
// found: {name}() waits for items of other drivers
// read: demo_workqueue/README.md
// pair: work_flush_system

@flushes_system_queue@
identifier g = {flush_workqueue, drain_workqueue};
identifier q = {system_wq, system_highpri_wq, system_long_wq, system_unbound_wq, system_freezable_wq, system_power_efficient_wq, system_percpu_wq, system_dfl_wq};
position p;
@@
g@p(q)

@script:python@
p << flushes_system_queue.p; g << flushes_system_queue.g;
@@
see("flushes_system_queue", p, name=g)

@flushes_system_queue_scheduled@
position p;
@@
flush_scheduled_work@p()

@script:python@
p << flushes_system_queue_scheduled.p;
@@
see("flushes_system_queue", p, name="flush_scheduled_work")
