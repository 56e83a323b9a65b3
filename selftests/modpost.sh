#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A module cannot create its own softirq. own_softirq.c tries to do so: it compiles, but modpost
# fails, because open_softirq() and raise_softirq() are not exported. If these two calls are
# removed, the same file links, so nothing else is wrong with the file.
#
# A driver cannot store an argument in work->data. data_argument.c tries to do so, and does not
# compile. The same file compiles if it uses container_of() instead.

. ./lib.sh

lab=${BH_LAB:-$(cd .. && pwd)}
KDIR=${KDIR:-/lib/modules/$(uname -r)/build}
for _file in demo_softirq/own_softirq.c demo_workqueue/data_argument.c; do
	[ -e "$lab/$_file" ] || skip_all "no lessons next to this folder"
done
[ -e "$KDIR/Makefile" ] || skip_all "no kernel to build against: set KDIR"
command -v make >/dev/null || skip_all "needs make and a compiler"

work=$(mktemp -d)
trap 'rm -rf "$work" "$log"' EXIT

# build NAME FILE SED-SCRIPT - build an edited FILE.c as a separate module
build() {
	mkdir -p "$work/$1"
	sed "$3" "$lab"/demo_*/"$2.c" >"$work/$1/$2.c"
	cat >"$work/$1/Kbuild" <<-END
	include $lab/include/Kbuild.probes
	ccflags-y := -I$lab/include \$(compat-flags)
	obj-m := $2.o
	END
	make -C "$KDIR" M="$work/$1" modules >"$work/$1.log" 2>&1
}

compiles() {
	[ -e "$work/as_is/own_softirq.o" ]
}

does_not_link() {
	[ "$built" -ne 0 ] && ! [ -e "$work/as_is/own_softirq.ko" ]
}

# undefined SYMBOL - true if modpost reported SYMBOL as undefined. The pattern matches the wording
# of kernel 7.3 and the wording of older kernels.
undefined() {
	grep -qE "ERROR: modpost: .*[\"']$1['\"].* undefined!" "$work/as_is.log"
}

links_without() {
	build without own_softirq '/^\t\(open\|raise\)_softirq(/d' &&
	[ -e "$work/without/own_softirq.ko" ]
}

# The next functions check that the compiler reports two errors in data_argument.c, and no others.
does_not_compile() {
	[ "$data_built" -ne 0 ] && ! [ -e "$work/data/data_argument.o" ]
}

says_why() {
	grep -q "data_argument.c:.*error: $*" "$work/data.log"
}

says_nothing_else() {
	[ "$(grep -c ': error: ' "$work/data.log")" = 2 ]
}

compiles_with_container_of() {
	build data_fixed data_argument '1i #define DATA_ARGUMENT_FIXED' &&
	[ -e "$work/data_fixed/data_argument.ko" ]
}

plan 10
build as_is own_softirq ''
built=$?
sed 's/^/# /' "$work/as_is.log"
ktap_test_result "own_softirq.c compiles" compiles
ktap_test_result "it does not link" does_not_link
ktap_test_result "modpost names open_softirq" undefined open_softirq
ktap_test_result "modpost names raise_softirq" undefined raise_softirq
ktap_test_result "without the two calls it links" links_without
build data data_argument ''
data_built=$?
sed 's/^/# /' "$work/data.log"
ktap_test_result "data_argument.c does not compile" does_not_compile
ktap_test_result "gcc: a pointer is not an atomic_long_t" says_why \
	"incompatible types when assigning to type .atomic_long_t"
ktap_test_result "gcc: an atomic_long_t is not a pointer" says_why \
	"cannot convert to a pointer type"
ktap_test_result "nothing else is wrong with it" says_nothing_else
ktap_test_result "with container_of() it compiles" compiles_with_container_of
ktap_finished
