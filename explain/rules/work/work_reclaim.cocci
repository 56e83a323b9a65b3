// SPDX-License-Identifier: GPL-2.0
// rule: An item on a WQ_MEM_RECLAIM queue may wait only for queues that have WQ_MEM_RECLAIM too.
// found: {name}() waits for an item on a queue without WQ_MEM_RECLAIM ({queue})
// read: demo_workqueue/README.md
// pair: work_reclaim_flush
// in: work
// judge: reclaim

@work_reclaim@
identifier g = {%cancel_work%};
position p;
@@
g@p(...)

@script:python@
p << work_reclaim.p; g << work_reclaim.g;
@@
see("work_reclaim", p, name=g)

@work_reclaim_queue@
expression E, N;
expression flags;
position p;
@@
(
E =@p alloc_workqueue(N, flags, ...)
|
E =@p alloc_ordered_workqueue(N, flags, ...)
)

@script:python@
p << work_reclaim_queue.p; E << work_reclaim_queue.E; flags << work_reclaim_queue.flags;
@@
see("work_reclaim_queue", p, queue=E.replace(" ", "").split(">")[-1].split(".")[-1], flags=flags)
