// SPDX-License-Identifier: GPL-2.0
// rule: GFP_KERNEL allows the allocator to sleep, so only a task may use it.
// found: {name}() with GFP_KERNEL may sleep
// read: demo_softirq/README.md
// in: napi tasklet timer hrtimer bh_work rcu irq_poll irq_handler irq_work xmit rx_mode tx_timeout urb

@gfp_kernel@
identifier g;
position p;
@@
g@p(..., \(GFP_KERNEL\|GFP_KERNEL_ACCOUNT\|GFP_NOIO\|GFP_NOFS\|GFP_USER\), ...)

@script:python@
p << gfp_kernel.p; g << gfp_kernel.g;
@@
see("gfp_kernel", p, name=g)
