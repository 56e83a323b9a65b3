// SPDX-License-Identifier: GPL-2.0
// rule: napi_disable() waits until no code owns a NAPI instance; without napi_disable() the poll may run after its device is gone.
// found: no napi_disable() anywhere for the instance that {name}() sets up
// read: napi_dummy_netdev/README.md
// pair: napi_not_disabled
// judge: never
// ended-by: napi_disable bench_napi_close bench_napi_remove

@napi_not_disabled@
identifier g = {%napi_add%};
position p;
@@
g@p(...)

@script:python@
p << napi_not_disabled.p; g << napi_not_disabled.g;
@@
see("napi_not_disabled", p, name=g)
