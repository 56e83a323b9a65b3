// SPDX-License-Identifier: GPL-2.0
// rule: An interrupt without a top half needs IRQF_ONESHOT, or request_threaded_irq() refuses it.
// found: no handler and no IRQF_ONESHOT
// read: demo_threaded_irq/README.md
// pair: irq_null_handler
// judge: no_oneshot

@irq_no_oneshot@
expression irq, dev, flags;
identifier thread;
position p;
@@
(
request_threaded_irq@p(irq, NULL, thread, flags, ...)
|
devm_request_threaded_irq@p(dev, irq, NULL, thread, flags, ...)
)

@script:python@
p << irq_no_oneshot.p; flags << irq_no_oneshot.flags;
@@
see("irq_no_oneshot", p, flags=flags)
