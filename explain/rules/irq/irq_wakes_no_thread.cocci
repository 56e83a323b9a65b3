// SPDX-License-Identifier: GPL-2.0
// rule: IRQ_WAKE_THREAD needs a thread function, which only request_threaded_irq() takes.
// found: returns IRQ_WAKE_THREAD, but was requested without a thread function
// read: demo_threaded_irq/README.md
// pair: irq_wake_no_thread
// in: irq_handler
// judge: no_thread

@irq_wakes_no_thread@
position p;
@@
return@p IRQ_WAKE_THREAD;

@script:python@
p << irq_wakes_no_thread.p;
@@
see("irq_wakes_no_thread", p)
