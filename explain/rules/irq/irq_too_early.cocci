// SPDX-License-Identifier: GPL-2.0
// rule: From request_irq() on the handler may run, so what it schedules is set up before.
// found: {name}() comes before the set-up of what {top}() schedules (line {later})
// read: demo_threaded_irq/README.md
// pair: irq_too_early
// judge: too_early

@irq_too_early@
identifier g = {request_irq, devm_request_irq, request_threaded_irq, devm_request_threaded_irq};
position p;
@@
g@p(...)

@script:python@
p << irq_too_early.p; g << irq_too_early.g;
@@
see("irq_too_early", p, name=g)
