// SPDX-License-Identifier: GPL-2.0
// rule: A handler returns IRQ_NONE, IRQ_HANDLED or IRQ_WAKE_THREAD, never a count or an error code.
// found: returns {value}
// read: demo_threaded_irq/README.md
// pair: irq_bogus_return
// in: irq_handler irq_thread
// judge: bogus_return

@irq_bogus_return@
expression E;
position p;
@@
return@p E;

@script:python@
p << irq_bogus_return.p; E << irq_bogus_return.E;
@@
see("irq_bogus_return", p, value=E)
