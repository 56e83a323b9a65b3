// SPDX-License-Identifier: GPL-2.0
// rule: napi_disable() waits for the poll, so the poll may not call it.
// found: {name}() waits for the poll that calls it
// read: napi_dummy_netdev/README.md
// in: napi
// object: 0

@poll_disables_itself@
identifier g = {napi_disable, napi_disable_locked, netif_napi_del};
position p;
@@
g@p(...)

@script:python@
p << poll_disables_itself.p; g << poll_disables_itself.g;
@@
see("poll_disables_itself", p, name=g)

// A call in an "if": the condition may be false when the callback calls this function.
@poll_disables_itself_if exists@
identifier poll_disables_itself.g;
position poll_disables_itself.p, q;
@@
if (...) { <+... g@p@q(...) ...+> }

@script:python@
q << poll_disables_itself_if.q; g << poll_disables_itself.g;
@@
see("poll_disables_itself_if", q, name=g)
