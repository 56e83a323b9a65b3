// SPDX-License-Identifier: GPL-2.0
// rule: Of a delayed work item that still waits for its timer, flush_work() and cancel_work_sync() see nothing: flush_delayed_work(), cancel_delayed_work_sync().
// found: {name}() on the work of a delayed work item
// read: demo_workqueue/README.md
// pair: delayed_not_cancelled
// judge: delayed

@delayed_flushed_as_work@
identifier g = {flush_work, cancel_work_sync, cancel_work, disable_work_sync};
position p;
@@
g@p(...)

@script:python@
p << delayed_flushed_as_work.p; g << delayed_flushed_as_work.g;
@@
see("delayed_flushed_as_work", p, name=g)
