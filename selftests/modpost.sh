#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A module cannot own a softirq: own_softirq.c, which opens one, compiles and
# fails at modpost, since the functions are not exported. The same file without
# the two calls links, so nothing else is wrong with it.

. ./lib.sh

lab=${BH_LAB:-$(cd .. && pwd)}
KDIR=${KDIR:-/lib/modules/$(uname -r)/build}
[ -e "$lab/demo_softirq/own_softirq.c" ] || skip_all "no lessons beside this folder"
[ -e "$KDIR/Makefile" ] || skip_all "no kernel to build against: set KDIR"
command -v make >/dev/null || skip_all "needs make and a compiler"

work=$(mktemp -d)
trap 'rm -rf "$work" "$log"' EXIT

# build NAME SED-SCRIPT - own_softirq.c, edited, as a module of its own
build() {
	mkdir -p "$work/$1"
	sed "$2" "$lab/demo_softirq/own_softirq.c" >"$work/$1/own_softirq.c"
	cat >"$work/$1/Kbuild" <<-END
	include $lab/include/Kbuild.probes
	ccflags-y := -I$lab/include \$(compat-flags)
	obj-m := own_softirq.o
	END
	make -C "$KDIR" M="$work/$1" modules >"$work/$1.log" 2>&1
}

compiles() {
	[ -e "$work/as_is/own_softirq.o" ]
}

does_not_link() {
	[ "$built" -ne 0 ] && ! [ -e "$work/as_is/own_softirq.ko" ]
}

undefined() {
	grep -qE "ERROR: modpost: \"$1\" .*undefined!" "$work/as_is.log"
}

links_without() {
	build without '/^\t\(open\|raise\)_softirq(/d' &&
	[ -e "$work/without/own_softirq.ko" ]
}

plan 5
build as_is ''
built=$?
sed 's/^/# /' "$work/as_is.log"
ktap_test_result "own_softirq.c compiles" compiles
ktap_test_result "it does not link" does_not_link
ktap_test_result "modpost names open_softirq" undefined open_softirq
ktap_test_result "modpost names raise_softirq" undefined raise_softirq
ktap_test_result "without the two calls it links" links_without
ktap_finished
