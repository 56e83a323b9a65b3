#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# fail_nth.sh [MODULE...] - tests whether the modules survive failed memory allocations. It tests
# three kinds of actions: insmod of each correct module, changes that users make to the network
# driver, and reads and writes of debugfs files. In each action, every memory allocation fails once.
# If MODULEs are given, it tests only insmod and the debugfs files of these modules. The program
# fail_nth (fail_nth.c) tests one action.
#
# The test needs /proc/self/fail-nth, which the debug kernel has. It writes a table of all
# allocations, with the result of each failure, to /share/fail_nth.txt.

. ./lib.sh

need_modules bh_testbench napi_dummy_netdev
[ -e /proc/self/fail-nth ] || skip_all "no /proc/self/fail-nth here: KERNEL=debug has it"

kmemleak=/sys/kernel/debug/kmemleak
table=/share/fail_nth.txt
[ -w /share ] || table=$log.table
trap 'rm -f "$log" "$log".*; [ ! -e /sys/module/napi_dummy_netdev ] || rmmod napi_dummy_netdev' EXIT

# The program fail_nth has already checked the kernel log after each action. This function does not
# check the log again, because that would print megabytes of call traces. It looks only at the
# taint.
unexpected() {
	_now=$(cat /proc/sys/kernel/tainted)
	[ $((_now & ~(_taint | 4096 | 8192))) -eq 0 ] || echo "tainted: $_taint before, $_now now"
}

# By default the kernel's fault injection never fails three kinds of allocations: single pages, high
# memory, and allocations that may wait. Here, let these allocations fail too. Only the checkers'
# own allocations must not fail: a checker that gets no memory stops checking.
arm() {
	echo N >/sys/kernel/debug/failslab/ignore-gfp-wait &&
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait &&
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem &&
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order || return
	for _cache in /sys/kernel/slab/*; do
		case ${_cache##*/} in
		kmemleak_*|debug_objects_cache) echo 0 >"$_cache/failslab" ;;
		*) echo 1 >"$_cache/failslab" ;;
		esac || return
	done
	echo Y >/sys/kernel/debug/failslab/cache-filter
	# fail_nth reads the call traces from the kernel log. Do not print them on the console as
	# well: that would take most of the time.
	dmesg -n 4
}

# fails ACTION... - run fail_nth with these arguments, and add its output to the table
fails() {
	echo "== $*" >>"$table"
	./fail_nth "$@" >"$log.nth"
	_rc=$?
	cat "$log.nth" >>"$table"
	[ $_rc -eq 0 ] || { tail -n 40 "$log.nth"; return $_rc; }
}

# check_fails DESCRIPTION ACTION... - call fails() as a test, and print how many allocations the
# actions made
check_fails() {
	_what=$1
	shift
	check "$_what" fails "$@"
	ktap_print_msg "$(tail -n 1 "$log.nth")"
}

# insmod_fails MODULE ACTION - test ACTION (insmod or insmod-all) for a MODULE that is not loaded
insmod_fails() {
	check_fails "insmod $1" "$2" "$(modinfo -n "$1")" -- rmmod "$1"
}

# sample FILE - print a text that the test can write to FILE. If the effect of this text must be
# undone, also print a second text, which undoes it. Print nothing for files that the test does
# not write to
sample() {
	case ${1##*/} in
	raise|spurious)	echo 1 ;;
	rate)		echo 100 off ;;
	command)	read -r _min _ <"$1" && echo "$_min" ;;
	dma_ns)		echo 20000 ;;
	fault)		echo link_flap ;;
	esac
}

# files_of FOLDER - test each read and write that the debugfs files below FOLDER allow
files_of() {
	for _file in $(find "$1" -type f | sort); do
		_mode=$(stat -c %a "$_file")
		case $_mode in
		*[4567]00) check_fails "read ${_file#/sys/kernel/debug/}" read "$_file" ;;
		esac
		# shellcheck disable=SC2046 # words
		set -- $(sample "$_file")
		[ $# -eq 0 ] || check_fails "write ${_file#/sys/kernel/debug/}" write "$_file" "$1" \
			${2:+-- write "$_file" "$2"}
	done
}

lesson() {
	insmod_fails "$1" insmod
	modprobe "$1" || return
	for _device in $(devices_of "$1"); do
		files_of "$bench/$_device"
	done
	rmmod "$1"
}

# The action "flags" sets ethtool's private flags. Each flag is one bit of a number: 1 is tx-work, 2
# is the strategy napi, 4 is ring, 8 is workqueue, and so on.
driver() {
	insmod_fails napi_dummy_netdev insmod
	modprobe napi_dummy_netdev || return
	check_fails "ip link add" add left right -- del left
	check_fails "another strategy" flags nd1 4 -- flags nd1 2
	for _strategy in napi ring workqueue; do
		ethtool --show-priv-flags nd1 | grep -q "^$_strategy *: on" ||
			ethtool --set-priv-flags nd1 $_strategy on
		check_fails "$_strategy: up" up nd1 -- down nd1
		ip link set nd0 up && ip link set nd1 up
		check_fails "$_strategy: rings" rings nd1 512 512 -- rings nd1 256 256
		check_fails "$_strategy: more channels" channels nd1 3 -- channels nd1 2
		check_fails "$_strategy: fewer channels" channels nd1 1 -- channels nd1 2
		check_fails "$_strategy: MTU" mtu nd1 4000 -- mtu nd1 1500
		[ $_strategy = workqueue ] || check_fails "$_strategy: XDP" xdp nd1
		ip link set nd1 down
	done
	ip link set nd1 up
	files_of /sys/kernel/debug/napi_dummy/nd1
	check "the network driver can be unloaded" rmmod napi_dummy_netdev
}

# kmemleak reports an object only if the object is older than five seconds, so wait first. A scan
# may miss a pointer; so the test fails only if the third scan still finds lost objects. The report
# says where each object was allocated.
nothing_leaked() {
	sleep 6
	for _scan in 1 2 3; do
		echo scan >$kmemleak
		grep -q 'unreferenced object' $kmemleak || return 0
	done
	grep -A 30 'unreferenced object' $kmemleak
	return 1
}

nothing_left() {
	rmmod bh_testbench && ! [ -e "$bench" ] && ! [ -e /sys/bus/bench ] &&
	! grep -w bench /proc/interrupts
}

ktap_print_header
: >"$table"
check "faults are armed" arm
sysctl -qw net.ipv6.conf.default.disable_ipv6=1
if [ $# -eq 0 ]; then
	insmod_fails bh_testbench insmod-all
	modprobe bh_testbench
	driver
	# shellcheck disable=SC2046 # words
	set -- bh_latency bh_busy $(bench_drivers)
else
	modprobe bh_testbench
fi
for module; do
	lesson "$module"
done
check "kmemleak finds nothing leaked" nothing_leaked
check "nothing is left" nothing_left
# The number of tests depends on the modules, so it is known only at the end.
ktap_set_plan $((KTAP_TESTNO - 1))
ktap_finished
