// SPDX-License-Identifier: GPL-2.0
// rule: A hard IRQ handler runs with interrupts off, and must enable neither interrupts nor BH.
// found: {name}() enables what must stay disabled here: interrupts or BH
// read: demo_threaded_irq/README.md
// pair: irq_enables_irqs irq_unlocks_bh
// in: irq_handler

@handler_enables@
identifier g = {spin_unlock_irq, spin_unlock_bh, local_irq_enable, local_bh_enable, write_unlock_irq, write_unlock_bh, read_unlock_bh};
position p;
@@
g@p(...)

@script:python@
p << handler_enables.p; g << handler_enables.g;
@@
see("handler_enables", p, name=g)
