// SPDX-License-Identifier: GPL-2.0
// rule: A work item that waits for its own end waits forever.
// found: {name}() waits for the work item that calls it
// read: demo_workqueue/README.md
// pair: work_flush_self
// in: work kthread_work
// object: 0

@work_waits_for_itself@
identifier g = {%cancel_work%};
position p;
@@
g@p(...)

@script:python@
p << work_waits_for_itself.p; g << work_waits_for_itself.g;
@@
see("work_waits_for_itself", p, name=g)

// A call in an "if": the condition may be false when the callback calls this function.
@work_waits_for_itself_if exists@
identifier work_waits_for_itself.g;
position work_waits_for_itself.p, q;
@@
if (...) { <+... g@p@q(...) ...+> }

@script:python@
q << work_waits_for_itself_if.q; g << work_waits_for_itself.g;
@@
see("work_waits_for_itself_if", q, name=g)
