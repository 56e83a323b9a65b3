// SPDX-License-Identifier: GPL-2.0
// rule: ndo_start_xmit and ndo_set_rx_mode are called with BH disabled, so they may not sleep.
// found: {name}() may sleep
// read: napi_dummy_netdev/README.md
// pair: xmit_sleeps rx_mode_sleeps
// in: xmit rx_mode

@xmit_sleeps@
identifier g = {%sleeps%};
position p;
@@
g@p(...)

@script:python@
p << xmit_sleeps.p; g << xmit_sleeps.g;
@@
see("xmit_sleeps", p, name=g)
