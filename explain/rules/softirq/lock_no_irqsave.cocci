// SPDX-License-Identifier: GPL-2.0
// rule: If a hard IRQ handler also takes a lock, other code must disable interrupts to take this lock: spin_lock_irqsave().
// found: {lock} is taken with interrupts on; {other}() takes it in {kind}
// read: demo_softirq/README.md
// pair: lock_no_irqsave
// in: work kthread kthread_work irq_thread netlink syscall napi tasklet timer bh_work rcu irq_poll xmit rx_mode
// judge: lock_unsafe
// against: irq_handler irq_work

@lock_no_irqsave@
identifier g = {spin_lock, spin_lock_bh};
position p;
@@
g@p(...)

@script:python@
p << lock_no_irqsave.p; g << lock_no_irqsave.g;
@@
see("lock_no_irqsave", p, name=g)
