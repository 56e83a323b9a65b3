// SPDX-License-Identifier: GPL-2.0
// rule: A poll completes only when it has done less than its budget; otherwise it is called again.
// found: {name}() without a look at the budget
// read: napi_dummy_netdev/README.md
// pair: napi_complete_full
// in: napi
// judge: budget_ignored

// Looks at the budget
@complete_unconditional_look@
identifier f, n, b;
expression E;
position p;
@@
f(struct napi_struct *n, int b)
{
<+...
\(E < b@p\|E <= b@p\|E == b@p\|E != b@p\|E >= b@p\|E > b@p\)
...+>
}

@script:python@
p << complete_unconditional_look.p;
@@
see("complete_unconditional_look", p)

@complete_unconditional@
identifier f, n, b, g = {%napi_complete%};
position p;
@@
f(struct napi_struct *n, int b)
{
<+...
g@p(...)
...+>
}

@script:python@
p << complete_unconditional.p; g << complete_unconditional.g; b << complete_unconditional.b;
@@
see("complete_unconditional", p, name=g, budget=b)
