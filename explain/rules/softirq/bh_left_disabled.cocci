// SPDX-License-Identifier: GPL-2.0
// rule: Each local_bh_disable() needs its local_bh_enable(), on the error paths too.
// found: returns with BH disabled
// read: demo_softirq/README.md
// pair: bh_unbalanced
// judge: inside_if

@bh_left_disabled exists@
position p;
@@
local_bh_disable();
<... when != local_bh_enable()
if (...) { ... when != local_bh_enable()
  return@p ...;
}
...>
local_bh_enable();

@script:python@
p << bh_left_disabled.p;
@@
see("bh_left_disabled", p)
