// SPDX-License-Identifier: GPL-2.0
//
// Facts that help to judge matches of the rules: definitions, calls, returns, and assignments of
// a function's name. lint puts this file before the rules, and runs all of them at once.

@initialize:python@
@@
import json
import sys

def see(what, place, **fields):
    for name, value in fields.items():
        if hasattr(value, "elements"):
            fields[name] = [str(element) for element in value.elements]
        elif not isinstance(value, int):
            fields[name] = str(value)
    for p in place:
        fields.update(what=what, file=p.file, line=int(p.line), function=p.current_element)
        sys.stdout.write(json.dumps(fields) + "\n")

@definition@
identifier f;
parameter list ps;
type T;
position p;
@@
T f@p(ps) { ... }

@script:python@
p << definition.p; f << definition.f; T << definition.T; ps << definition.ps;
@@
see("definition", p, name=f, type=T, parameters=ps)

@call@
identifier g;
expression list es;
position p;
@@
g@p(es)

@script:python@
p << call.p; g << call.g; es << call.es;
@@
see("call", p, name=g, arguments=es)

// The struct of &x->m, if the file shows the type of x
@member_pointer@
identifier g, m;
type T;
T *x;
expression list[n] before;
expression list after;
position p;
@@
g@p(before, &x->m, after)

@script:python@
p << member_pointer.p; g << member_pointer.g; n << member_pointer.n; T << member_pointer.T;
m << member_pointer.m;
@@
see("member", p, name=g, argument=int(n), type=T, member=m)

@back@
expression E;
position p;
@@
return@p E;

@script:python@
p << back.p; E << back.E;
@@
see("return", p, value=E)

@filled@
identifier S, x, m, f;
position p;
@@
struct S x = { .m = f@p, };

@script:python@
p << filled.p; S << filled.S; m << filled.m; f << filled.f;
@@
see("field", p, struct=S, member=m, name=f)

// As in .command = { f, 1, 100 }: the member is itself a struct, which begins with a function.
@nested@
identifier S, x, m, f;
initializer list rest;
position p;
@@
struct S x = { .m = { f@p, rest }, };

@script:python@
p << nested.p; S << nested.S; m << nested.m; f << nested.f;
@@
see("field", p, struct=S, member=m, name=f)

@assigned@
expression E;
identifier m = {function, callback, tx_complete, complete};
identifier f;
position p;
@@
\(E.m = f@p\|E->m = f@p\)

@script:python@
p << assigned.p; E << assigned.E; m << assigned.m; f << assigned.f;
@@
see("assigned", p, object=E, member=m, name=f)

@declared@
declarer name module_init, module_exit;
identifier f;
position p;
@@
(
module_init(f@p);
|
module_exit(f@p);
)

@script:python@
p << declared.p; f << declared.f;
@@
see("declared", p, name=f)
