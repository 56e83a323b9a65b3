// SPDX-License-Identifier: GPL-2.0
// rule: If a top half only wakes the thread, a level interrupt stays asserted, so without IRQF_ONESHOT it comes again at once.
// found: {top}() does not silence the device, and there is no IRQF_ONESHOT
// read: demo_threaded_irq/README.md
// pair: irq_no_oneshot
// judge: only_wakes

@irq_only_wakes@
expression irq, dev, flags;
identifier top, thread;
position p;
@@
(
request_threaded_irq@p(irq, top, thread, flags, ...)
|
devm_request_threaded_irq@p(dev, irq, top, thread, flags, ...)
)

@script:python@
p << irq_only_wakes.p; flags << irq_only_wakes.flags; top << irq_only_wakes.top;
@@
see("irq_only_wakes", p, flags=flags, top=top)
