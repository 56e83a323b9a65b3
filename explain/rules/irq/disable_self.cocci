// SPDX-License-Identifier: GPL-2.0
// rule: disable_irq(), synchronize_irq() and free_irq() wait for the handler, so it may not call them; disable_irq_nosync() does not wait.
// found: {name}() waits for the handler that calls it
// read: demo_threaded_irq/README.md
// pair: irq_disable_self
// in: irq_handler irq_thread
// judge: own_irq

@disable_self@
identifier g = {disable_irq, synchronize_irq, free_irq};
position p;
@@
g@p(...)

@script:python@
p << disable_self.p; g << disable_self.g;
@@
see("disable_self", p, name=g)
