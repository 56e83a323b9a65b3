// SPDX-License-Identifier: GPL-2.0
// rule: Before a driver is gone, it must delete its timer and wait for the callback (timer_shutdown_sync(), timer_delete_sync()).
// found: nothing waits for this timer: no timer_delete_sync() or timer_shutdown_sync()
// read: demo_softirq/README.md
// judge: never
// ended-by: del_timer_sync timer_delete_sync timer_shutdown_sync timer_shutdown del_singleshot_timer_sync try_to_del_timer_sync

@timer_not_deleted@
identifier g = {timer_setup};
position p;
@@
g@p(...)

@script:python@
p << timer_not_deleted.p; g << timer_not_deleted.g;
@@
see("timer_not_deleted", p, name=g)
