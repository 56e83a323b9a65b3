// SPDX-License-Identifier: GPL-2.0
// rule: Nobody waits for a work item with a lock held that the item takes: each waits for the other.
// found: {name}() with RTNL held; the item {item}() takes RTNL
// read: demo_workqueue/README.md
// pair: work_rtnl
// in: ndo_stop ndo_open netlink rx_mode
// judge: item_takes_rtnl

@work_rtnl@
identifier g = {%cancel_work%};
position p;
@@
g@p(...)

@script:python@
p << work_rtnl.p; g << work_rtnl.g;
@@
see("work_rtnl", p, name=g)
