// SPDX-License-Identifier: GPL-2.0
// rule: A handler returns IRQ_NONE if its device did not interrupt, so that the kernel can detect a stuck interrupt.
// found: {top}() never returns IRQ_NONE
// read: demo_threaded_irq/README.md
// pair: irq_always_handled
// judge: always_handled

@irq_always_handled@
expression irq, dev, flags;
identifier top;
position p;
@@
(
request_irq@p(irq, top, flags, ...)
|
devm_request_irq@p(dev, irq, top, flags, ...)
|
request_threaded_irq@p(irq, top, NULL, flags, ...)
)

@script:python@
p << irq_always_handled.p; flags << irq_always_handled.flags; top << irq_always_handled.top;
@@
see("irq_always_handled", p, flags=flags, top=top)

// A handler that finds its device idle, but returns IRQ_HANDLED
@irq_always_handled_idle@
expression E;
position p;
@@
if (!E) { ... return@p IRQ_HANDLED; }

@script:python@
p << irq_always_handled_idle.p;
@@
see("irq_always_handled_idle", p)
