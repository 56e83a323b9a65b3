// SPDX-License-Identifier: GPL-2.0
// rule: napi_disable() waits for the poll, so the poll may not call it.
// found: {name}() waits for the poll that calls it
// read: napi_dummy_netdev/README.md
// in: napi
// object: 0

@disable_self@
identifier g = {napi_disable, napi_disable_locked, netif_napi_del};
position p;
@@
g@p(...)

@script:python@
p << disable_self.p; g << disable_self.g;
@@
see("disable_self", p, name=g)
