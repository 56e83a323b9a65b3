// SPDX-License-Identifier: GPL-2.0
// rule: A struct that contains a work item may be freed only after cancel_work_sync() or flush_work().
// found: {name}() frees the old object, but nothing waits for its work item {member}
// read: demo_workqueue/README.md
// pair: work_freed work_freed_queued
// judge: holds_work

@work_freed exists@
type T;
T *o;
expression E, N;
identifier g = {kfree, kfree_sensitive, kvfree, vfree};
position p;
@@
o = E
... when any
E = N
... when any
g@p(o)

@script:python@
p << work_freed.p; g << work_freed.g; T << work_freed.T; E << work_freed.E;
@@
see("work_freed", p, name=g, type=T, old=E)
