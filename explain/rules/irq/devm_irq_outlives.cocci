// SPDX-License-Identifier: GPL-2.0
// rule: devm frees an interrupt only after remove(). Until then the handler can schedule a bottom half that remove() has already stopped.
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

// A call in an "if" does not count, because drivers often have a flag for an idle device.
@devm_irq_outlives_if exists@
identifier g = {tasklet_schedule, tasklet_hi_schedule, schedule_work, queue_work, schedule_delayed_work, queue_delayed_work, mod_timer};
position p;
@@
if (...) { <+... g@p(...) ...+> }

@script:python@
p << devm_irq_outlives_if.p; g << devm_irq_outlives_if.g;
@@
see("devm_irq_outlives_if", p, name=g)
