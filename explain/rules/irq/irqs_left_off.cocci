// SPDX-License-Identifier: GPL-2.0
// rule: Each local_irq_save() needs its local_irq_restore(), on the error paths too.
// found: returns with interrupts off
// read: demo_threaded_irq/README.md
// pair: napi_irqs_off
// judge: inside_if

@irqs_left_off exists@
expression E;
position p;
@@
local_irq_save(E);
<... when != local_irq_restore(E)
if (...) { ... when != local_irq_restore(E)
  return@p ...;
}
...>
local_irq_restore(E);

@script:python@
p << irqs_left_off.p;
@@
see("irqs_left_off", p)
