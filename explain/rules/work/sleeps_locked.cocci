// SPDX-License-Identifier: GPL-2.0
// rule: Code that holds a spinlock may not sleep.
// found: {sleeper}() may sleep, and a spinlock is held since line {since}
// read: demo_workqueue/README.md
// pair: work_sleeps_locked
// judge: sleeps

// The judge checks the calls up to the unlock, including the driver's own functions.
@sleeps_locked@
identifier l = {%spin_lock%, spin_lock_irqsave};
position p;
@@
l@p(...)

@script:python@
p << sleeps_locked.p; l << sleeps_locked.l;
@@
see("sleeps_locked", p, name=l)
