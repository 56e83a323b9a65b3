// SPDX-License-Identifier: GPL-2.0
// rule: devm frees an interrupt after remove(), so until then the handler can schedule what remove() has ended.
// found: {ends}() in remove(), before devm frees the interrupt whose handler {top}() schedules this
// read: demo_tasklet/README.md
// pair: devm_irq_outlives
// judge: devm_outlives

@devm_irq_outlives@
identifier top;
position p;
@@
(
devm_request_irq@p(..., top, ...)
|
devm_request_threaded_irq@p(..., top, ...)
)

@script:python@
p << devm_irq_outlives.p; top << devm_irq_outlives.top;
@@
see("devm_irq_outlives", p, top=top)
