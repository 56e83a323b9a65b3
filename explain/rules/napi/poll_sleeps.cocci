// SPDX-License-Identifier: GPL-2.0
// rule: A NAPI poll may not sleep, in threaded mode neither: BH is disabled.
// found: {name}() may sleep
// read: napi_dummy_netdev/README.md
// pair: napi_dummy_sleep napi_threaded_sleep
// in: napi
// unless: poll_disables_itself

@poll_sleeps@
identifier g = {%sleeps%};
position p;
@@
g@p(...)

@script:python@
p << poll_sleeps.p; g << poll_sleeps.g;
@@
see("poll_sleeps", p, name=g)
