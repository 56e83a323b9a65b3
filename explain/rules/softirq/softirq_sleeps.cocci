// SPDX-License-Identifier: GPL-2.0
// rule: A tasklet, timer, BH work item or other softirq may not sleep.
// found: {name}() may sleep
// read: demo_softirq/README.md
// pair: sleep_in_softirq
// in: tasklet timer bh_work rcu irq_poll tx_timeout urb

@softirq_sleeps@
identifier g = {%sleeps%};
position p;
@@
g@p(...)

@script:python@
p << softirq_sleeps.p; g << softirq_sleeps.g;
@@
see("softirq_sleeps", p, name=g)
