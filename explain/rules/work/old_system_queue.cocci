// SPDX-License-Identifier: GPL-2.0
// rule: Since 6.17, system_percpu_wq and system_dfl_wq (any CPU) replace system_wq and system_unbound_wq, which warn since 7.2.
// found: {name} is deprecated since 6.17
// read: demo_workqueue/README.md
// pair: work_old_queue
// unless: flushes_system_queue

@old_system_queue@
identifier f, q = {system_wq, system_unbound_wq};
position p;
@@
f(..., q@p, ...)

@script:python@
p << old_system_queue.p; q << old_system_queue.q;
@@
see("old_system_queue", p, name=q)
