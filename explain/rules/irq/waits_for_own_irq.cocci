// SPDX-License-Identifier: GPL-2.0
// rule: disable_irq(), synchronize_irq() and free_irq() wait for the handler, so the handler may not call them; disable_irq_nosync() does not wait.
// found: {name}() waits for the handler that calls it
// read: demo_threaded_irq/README.md
// pair: irq_disable_self
// in: irq_handler irq_thread
// judge: own_irq

@waits_for_own_irq@
identifier g = {disable_irq, synchronize_irq, free_irq};
position p;
@@
g@p(...)

@script:python@
p << waits_for_own_irq.p; g << waits_for_own_irq.g;
@@
see("waits_for_own_irq", p, name=g)
