// SPDX-License-Identifier: GPL-2.0
// rule: A function must release its lock on every path that leaves the function.
// found: returns with {name}() held
// read: demo_workqueue/README.md
// pair: work_leaks_lock
// judge: inside_if

@lock_leaked exists@
expression E;
position p;
@@
spin_lock(E);
<... when != spin_unlock(E)
if (...) { ... when != spin_unlock(E)
  return@p ...;
}
...>
spin_unlock(E);

@script:python@
p << lock_leaked.p;
@@
see("lock_leaked", p, name="spin_lock")

@lock_leaked_1 exists@
expression E;
position p;
@@
spin_lock_bh(E);
<... when != spin_unlock_bh(E)
if (...) { ... when != spin_unlock_bh(E)
  return@p ...;
}
...>
spin_unlock_bh(E);

@script:python@
p << lock_leaked_1.p;
@@
see("lock_leaked", p, name="spin_lock_bh")

@lock_leaked_2 exists@
expression E;
position p;
@@
spin_lock_irq(E);
<... when != spin_unlock_irq(E)
if (...) { ... when != spin_unlock_irq(E)
  return@p ...;
}
...>
spin_unlock_irq(E);

@script:python@
p << lock_leaked_2.p;
@@
see("lock_leaked", p, name="spin_lock_irq")
