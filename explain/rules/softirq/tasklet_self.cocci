// SPDX-License-Identifier: GPL-2.0
// rule: tasklet_disable() and tasklet_kill() wait for the tasklet, so the tasklet may not call them.
// found: {name}() waits for the tasklet that calls it
// read: demo_tasklet/README.md
// pair: tasklet_disable_self tasklet_kill_self
// in: tasklet
// object: 0

@tasklet_self@
identifier g = {tasklet_disable, tasklet_kill, tasklet_unlock_wait, tasklet_disable_in_atomic};
position p;
@@
g@p(...)

@script:python@
p << tasklet_self.p; g << tasklet_self.g;
@@
see("tasklet_self", p, name=g)

// A call in an "if": the condition may be false when the callback calls this function.
@tasklet_self_if exists@
identifier tasklet_self.g;
position tasklet_self.p, q;
@@
if (...) { <+... g@p@q(...) ...+> }

@script:python@
q << tasklet_self_if.q; g << tasklet_self.g;
@@
see("tasklet_self_if", q, name=g)
