// SPDX-License-Identifier: GPL-2.0
// rule: If a softirq also takes a lock, a task must disable BH to take this lock: spin_lock_bh().
// found: {lock} is taken with BH enabled; {other}() takes it in {kind}
// read: demo_softirq/README.md
// pair: lock_no_bh
// in: work kthread kthread_work irq_thread netlink syscall
// judge: lock_unsafe
// against: napi tasklet timer bh_work rcu irq_poll xmit

@lock_no_bh@
identifier g = {spin_lock};
position p;
@@
g@p(...)

@script:python@
p << lock_no_bh.p; g << lock_no_bh.g;
@@
see("lock_no_bh", p, name=g)
