// SPDX-License-Identifier: GPL-2.0
// rule: Before a driver is gone, it must cancel or flush its work item and wait for it; cancel_work() does not wait.
// found: nothing waits for this work item
// read: demo_workqueue/README.md
// pair: work_not_cancelled
// judge: never
// ended-by: cancel_work_sync cancel_delayed_work_sync flush_work flush_delayed_work disable_work_sync disable_delayed_work_sync bench_work_remove flush_rcu_work
// ended-all-by: destroy_workqueue flush_workqueue drain_workqueue flush_scheduled_work devm_work_autocancel devm_delayed_work_autocancel __flush_workqueue

@work_not_cancelled@
identifier g = {INIT_WORK, INIT_DELAYED_WORK, INIT_DEFERRABLE_WORK, bench_work_setup, bench_work_probe};
position p;
@@
g@p(...)

@script:python@
p << work_not_cancelled.p; g << work_not_cancelled.g;
@@
see("work_not_cancelled", p, name=g)
