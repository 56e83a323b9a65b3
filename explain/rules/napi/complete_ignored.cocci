// SPDX-License-Identifier: GPL-2.0
// rule: napi_complete_done() returns whether the poll may unmask the interrupt; during busy polling it may not.
// found: the result of napi_complete_done() is ignored
// read: napi_dummy_netdev/README.md

// Another call must follow, for example one that unmasks the interrupt.
@complete_ignored exists@
identifier g;
position p;
@@
napi_complete_done@p(...);
... when != return ...;
g(...)

@script:python@
p << complete_ignored.p;
@@
see("complete_ignored", p)
