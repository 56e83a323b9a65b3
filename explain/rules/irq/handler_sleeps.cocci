// SPDX-License-Identifier: GPL-2.0
// rule: A hard IRQ handler may not sleep; a threaded interrupt or a work item may.
// found: {name}() may sleep
// read: demo_threaded_irq/README.md
// pair: irq_sleep_hard
// in: irq_handler irq_work
// unless: waits_for_own_irq

@handler_sleeps@
identifier g = {%sleeps%};
position p;
@@
g@p(...)

@script:python@
p << handler_sleeps.p; g << handler_sleeps.g;
@@
see("handler_sleeps", p, name=g)
