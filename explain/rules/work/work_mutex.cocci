// SPDX-License-Identifier: GPL-2.0
// rule: Nobody waits for a work item with a lock held that the item takes: each waits for the other.
// found: {name}() with {lock} held; the item {item}() takes it
// read: demo_workqueue/README.md
// pair: work_mutex_cancel
// judge: item_takes_mutex

@work_mutex exists@
type T;
T *x;
identifier m, g = {%cancel_work%};
position p;
@@
mutex_lock(&x->m)
... when != mutex_unlock(&x->m)
g@p(...)

@script:python@
p << work_mutex.p; g << work_mutex.g; T << work_mutex.T; m << work_mutex.m;
@@
see("work_mutex", p, name=g, type=T, member=m)
