// SPDX-License-Identifier: GPL-2.0
// rule: A poll may complete only if it has done less than its budget; otherwise NAPI calls it again.
// found: {name}() without a comparison with the budget
// read: napi_dummy_netdev/README.md
// pair: napi_complete_full
// in: napi
// judge: budget_ignored

// A poll that compares something with its budget
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

@complete_unconditional exists@
identifier f, n, b, g;
expression done;
position p;
@@
f(struct napi_struct *n, int b)
{
... when any
done = g(..., b, ...);
... when != return ...;
napi_complete_done@p(n, done)
... when any
return done;
}

@script:python@
p << complete_unconditional.p;
@@
see("complete_unconditional", p, name="napi_complete_done")
