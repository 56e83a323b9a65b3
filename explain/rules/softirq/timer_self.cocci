// SPDX-License-Identifier: GPL-2.0
// rule: timer_delete_sync() waits for the callback, so the callback may not call it.
// found: {name}() waits for the timer callback that calls it
// read: demo_softirq/README.md
// pair: timer_delete_self
// in: timer
// object: 0

@timer_self@
identifier g = {%timer_delete_sync%};
position p;
@@
g@p(...)

@script:python@
p << timer_self.p; g << timer_self.g;
@@
see("timer_self", p, name=g)

// A call in an "if": the condition may be false when the callback calls this function.
@timer_self_if exists@
identifier timer_self.g;
position timer_self.p, q;
@@
if (...) { <+... g@p@q(...) ...+> }

@script:python@
q << timer_self_if.q; g << timer_self.g;
@@
see("timer_self_if", q, name=g)
