// SPDX-License-Identifier: GPL-2.0
// rule: Nobody waits for a work item with a lock held that the item takes: each waits for the other.
// found: {name}() with {lock} held; the item {item}() takes it
// read: demo_workqueue/README.md
// pair: work_mutex_cancel
// judge: item_takes_mutex

@mutex exists@
type T;
T *x;
identifier m, g = {%cancel_work%};
position p;
@@
mutex_lock(&x->m)
... when != mutex_unlock(&x->m)
g@p(...)

@script:python@
p << mutex.p; g << mutex.g; T << mutex.T; m << mutex.m;
@@
see("mutex", p, name=g, type=T, member=m)
