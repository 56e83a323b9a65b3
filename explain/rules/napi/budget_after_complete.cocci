// SPDX-License-Identifier: GPL-2.0
// rule: A poll that has completed no longer owns its instance, and must return less than its budget.
// found: returns its whole budget after {name}()
// read: napi_dummy_netdev/README.md
// pair: napi_complete_budget

// An "if" that completes, and has a return in its own block
@budget_after_complete_own@
position q;
@@
if@q (<+... \(napi_complete\|napi_complete_done\)(...) ...+>) { <+... return ...; ...+> }

@budget_after_complete@
identifier f, n, b, g = {%napi_complete%};
position p, q != budget_after_complete_own.q;
statement S;
@@
f(struct napi_struct *n, int b)
{
... when any
if@q (<+... g(...) ...+>) S
return@p b;
}

@script:python@
p << budget_after_complete.p; g << budget_after_complete.g;
@@
see("budget_after_complete", p, name=g)

@budget_after_complete_plain exists@
identifier f, n, b, g = {%napi_complete%};
position p;
expression E;
@@
f(struct napi_struct *n, int b)
{
... when any
g(...);
... when != return ...;
    when != b = E
    when != b -= E
    when != b--
return@p b;
}

@script:python@
p << budget_after_complete_plain.p; g << budget_after_complete_plain.g;
@@
see("budget_after_complete", p, name=g)
