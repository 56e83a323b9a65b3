// SPDX-License-Identifier: GPL-2.0
// rule: Each tasklet_disable() needs its tasklet_enable(), on the error paths too: a disabled tasklet that is scheduled keeps its CPU busy.
// found: returns with the tasklet disabled
// read: demo_tasklet/README.md
// pair: tasklet_left_disabled
// judge: inside_if

@tasklet_left_disabled exists@
expression E;
position p;
@@
tasklet_disable(E);
<... when != tasklet_enable(E)
if (...) { ... when != tasklet_enable(E)
  return@p ...;
}
...>
tasklet_enable(E);

@script:python@
p << tasklet_left_disabled.p;
@@
see("tasklet_left_disabled", p)
