// SPDX-License-Identifier: GPL-2.0
// rule: A handler that did not find its device at work returns IRQ_NONE, so that the kernel can tell a stuck interrupt.
// found: {top}() never returns IRQ_NONE
// read: demo_threaded_irq/README.md
// pair: irq_always_handled
// judge: always_handled

@always_handled@
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
p << always_handled.p; flags << always_handled.flags; top << always_handled.top;
@@
see("always_handled", p, flags=flags, top=top)
