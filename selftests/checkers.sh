#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# checkers.sh          - runs last in a VM of the debug kernel. Tests that the kernel's checkers
#                        still work, and that they have reported nothing since boot
# checkers.sh planted  - checks that these tests can fail: a module (test_checkers.ko) makes one
#                        mistake for each checker. After each mistake the checker's test must
#                        fail. The mistakes damage the running kernel
#
# On the KCSAN kernel, both commands look for data races and for nothing else. They ignore the races
# that kcsan/known.tsv lists, because these races are not in our code.

. ./lib.sh

kmemleak=/sys/kernel/debug/kmemleak
[ -d /sys/kernel/debug/bdi ] || mount -t debugfs debugfs /sys/kernel/debug
if [ ! -w "$kcsan" ] && { [ ! -r /proc/lockdep_stats ] || [ ! -w "$kmemleak" ]; }; then
	skip_all "this kernel has no checkers; the kernels debug and kcsan have them"
fi
need_modules bh_testbench

# reported PATTERN - has the kernel logged PATTERN since boot? If it has, print the report
reported() {
	dmesg | grep -E -m 1 -A 40 "$1"
}

# lockdep reports only once, and then turns itself off. It is also off after an oops, after a KASAN
# report, and after the kernel used too many locks.
lockdep_is_alive() {
	grep 'debug_locks:' /proc/lockdep_stats
	! reported 'lockdep is turned off|BUG: MAX_LOCK' &&
	[ "$(awk '/debug_locks:/ { print $2 }' /proc/lockdep_stats)" = 1 ]
}

not_reported() {
	! reported "$1"
}

# whole_log - is the kernel log complete? When the log buffer is full, the kernel drops the oldest
# lines.
whole_log() {
	dmesg | grep -q 'Linux version'
}

# scan - let kmemleak scan the memory twice. kmemleak reports an object only if no scan has found a
# pointer to it, and if its contents were the same in both scans. The object must also be at least
# five seconds old (jiffies_min_age), so wait first.
scan() {
	sleep 6
	echo scan >"$kmemleak" && echo scan >"$kmemleak"
}

# A scan does not see a pointer in a CPU register, and may miss a pointer that the kernel moves
# during the scan. So kmemleak may report an object that is still in use. The next scan finds the
# pointer. So scan again before the test fails.
nothing_leaked() {
	scan
	grep -q 'unreferenced object' "$kmemleak" || return 0
	echo scan >"$kmemleak"
	grep -A 30 'unreferenced object' "$kmemleak" || return 0
	return 1
}

# no_new_race - true if KCSAN has reported no data race, except those that kcsan/known.tsv explains
no_new_race() {
	dmesg --decode --notime | without_known >"$log.races"
	! grep -A 40 'BUG: KCSAN' "$log.races"
}

watched() {
	awk '/setup_watchpoints:/ { print $2 }' "$kcsan"
}

watched_since() {
	[ "$(watched)" -gt "$_watched" ]
}

# kcsan_is_on - true if KCSAN is enabled and still sets up watchpoints
kcsan_is_on() {
	grep -x 'enabled: 1' "$kcsan" || return
	_watched=$(watched)
	await 60 watched_since
}

# This pattern matches two kinds of lines. The first is the title of a lockdep report; the functions
# print_*() in kernel/locking/lockdep.c print these reports. The second is a warning about a fault
# in lockdep itself.
lockdep_says='WARNING: (possible|inconsistent|[A-Z]+-safe|bad|held lock|lock held|Nested|suspicious|.*still has locks)|BUG: Invalid wait context|at kernel/locking/lockdep'
might_sleep_says='BUG: sleeping function|BUG: scheduling while atomic'

findings() {
	check "the kernel log of this VM is complete" whole_log
	check "lockdep still works" lockdep_is_alive
	check "lockdep has reported nothing" not_reported "$lockdep_says"
	check "KASAN has reported nothing" not_reported 'BUG: KASAN'
	check "might_sleep() has reported nothing" not_reported "$might_sleep_says"
	check "DEBUG_OBJECTS has reported nothing" not_reported 'ODEBUG:'
	check "kmemleak finds nothing leaked" nothing_leaked
}

# plant N
plant() {
	echo "$1" >"$bench/test_checkers/command"
}

# noticed N PATTERN TEST... - make mistake N. Then TEST must fail, and print a line with PATTERN
noticed() {
	_n=$1
	_pattern=$2
	shift 2
	plant "$_n" || return
	if "$@" >"$log.noticed"; then
		echo "not noticed: $*"
		return 1
	fi
	cat "$log.noticed"
	grep -q "$_pattern" "$log.noticed"
}

# expect DESCRIPTION COMMAND... - the same as check(), but the kernel log may contain the report of
# the planted mistake
expect() {
	_description=$1
	shift
	("$@") >"$log" 2>&1
	_rc=$?
	sed 's/^/# | /' "$log" | head -n 60
	ktap_test_result "$_description" test $_rc -eq 0
}

mode=${1:-end}
[ ! -w "$kcsan" ] || mode=$mode-kcsan
case $mode in
planted-kcsan)
	trap 'rm -f "$log" "$log.noticed" "$log.races"' EXIT
	modprobe test_checkers force=1 || skip_all "no test_checkers.ko"
	plan 1
	expect "a data race is noticed" \
		noticed 5 'BUG: KCSAN: data-race in test_checkers_race' no_new_race
	;;
end-kcsan)
	trap 'rm -f "$log" "$log.races"' EXIT
	plan 3
	check "the kernel log of this VM is complete" whole_log
	check "KCSAN is on" kcsan_is_on
	check "KCSAN has reported only known data races" no_new_race
	;;
planted)
	trap 'rm -f "$log" "$log.noticed"' EXIT
	modprobe test_checkers force=1 || skip_all "no test_checkers.ko"
	plan 5
	# Test KASAN after lockdep, because a KASAN report turns lockdep off.
	expect "a leak is noticed" noticed 1 test_checkers_leak nothing_leaked
	expect "an inversion of locks is noticed" \
		noticed 2 test_checkers_inversion not_reported "$lockdep_says"
	expect "after its report lockdep is off, and the test notices" eval '! lockdep_is_alive'
	expect "locking a mutex in a softirq is noticed, although the mutex is free" \
		noticed 3 test_checkers_bottom not_reported "$might_sleep_says"
	expect "a use after free is noticed" \
		noticed 4 test_checkers_use_after_free not_reported 'BUG: KASAN'
	;;
end)
	plan 7
	findings
	;;
esac
ktap_finished
