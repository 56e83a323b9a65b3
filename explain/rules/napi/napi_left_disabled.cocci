// SPDX-License-Identifier: GPL-2.0
// rule: Each napi_disable() needs its napi_enable(), on the error paths too.
// found: returns with NAPI disabled
// read: napi_dummy_netdev/README.md
// pair: napi_not_enabled
// judge: inside_if

@napi_left_disabled exists@
expression E;
position p;
@@
napi_disable(E);
<... when != napi_enable(E)
if (...) { ... when != napi_enable(E)
  return@p ...;
}
...>
napi_enable(E);

@script:python@
p << napi_left_disabled.p;
@@
see("napi_left_disabled", p)
