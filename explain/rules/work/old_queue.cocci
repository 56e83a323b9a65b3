// SPDX-License-Identifier: GPL-2.0
// rule: create_workqueue() and its variants are deprecated, and always add WQ_MEM_RECLAIM: use alloc_workqueue() or alloc_ordered_workqueue().
// found: {name}() is deprecated
// read: demo_workqueue/README.md

@old_queue@
identifier g = {create_workqueue, create_singlethread_workqueue, create_freezable_workqueue};
position p;
@@
g@p(...)

@script:python@
p << old_queue.p; g << old_queue.g;
@@
see("old_queue", p, name=g)
