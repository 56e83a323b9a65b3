// SPDX-License-Identifier: GPL-2.0
// rule: An skb may not be freed with interrupts off. dev_kfree_skb_irq() and dev_kfree_skb_any() leave the freeing to a softirq.
// found: {name}() in a hard IRQ handler
// read: napi_dummy_netdev/README.md
// in: irq_handler
// judge: skb_freed

@skb_freed_hard@
identifier g = {kfree_skb, dev_kfree_skb, consume_skb, dev_consume_skb, kfree_skb_list};
position p;
@@
g@p(...)

@script:python@
p << skb_freed_hard.p; g << skb_freed_hard.g;
@@
see("skb_freed_hard", p, name=g)
