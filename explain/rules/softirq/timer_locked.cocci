// SPDX-License-Identifier: GPL-2.0
// rule: Nobody waits for a timer with a lock held that its callback takes: each waits for the other.
// found: {name}() with {lock} held; the callback {item}() takes it
// read: demo_softirq/README.md
// pair: timer_lock_sync
// judge: timer_takes_lock

@timer_locked exists@
type T;
T *x;
identifier m, g = {%timer_delete_sync%}, l = {%spin_lock%}, u = {%spin_unlock%};
position p;
@@
(
l(&x->m)
|
spin_lock_irqsave(&x->m, ...)
)
... when != u(&x->m)
    when != spin_unlock_irqrestore(&x->m, ...)
g@p(...)

@script:python@
p << timer_locked.p; g << timer_locked.g; T << timer_locked.T; m << timer_locked.m;
@@
see("timer_locked", p, name=g, type=T, member=m)
