# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Reading the kernel log: what is in it since a mark, and what of that nobody expected.
# Shared by the tests here and by the grading of the labs.

# kmsg_mark - what follows in the kernel log is about the next test
kmsg_mark() {
	_marks=$((${_marks:-0} + 1))
	_mark="bottom_halves: test $$ mark $_marks,"
	echo "<6>$_mark" >/dev/kmsg
	_taint=$(cat /proc/sys/kernel/tainted)
}

# kmsg_since - the kernel log from the last mark on
kmsg_since() {
	dmesg --decode --notime | without_known | sed "1,/$_mark/d"
}

# without_known - the log without what is known and explained; lib.sh has one for KCSAN
without_known() {
	cat
}

# What the kernel may say of itself without anything being wrong: that it loads
# modules from outside its tree, and that an emulated CPU is slow. For that the debug
# kernel blames its own work items (those of a module have the module behind their name).
allowed='loading out-of-tree module taints kernel
module verification failed: signature
hrtimer: interrupt took
perf: interrupt took too long
workqueue: [a-zA-Z0-9_.]+ hogged CPU
clocksource: .*(watchdog|skew|unstable)
TSC (found )?unstable
sched: DL replenish lagged too much'

# unexpected - of the log since the mark, warnings and worse by level, and
# reports that come at any level; and a taint that is not for loading modules
unexpected() {
	kmsg_since | grep -E \
		'^[a-z]+ *:(emerg|alert|crit|err|warn) *:|BUG:|WARNING:|INFO: .*(stall|blocked|lock)|Oops|huh, entered|nobody cared|bad: scheduling' |
		grep -vE "$allowed"
	_now=$(cat /proc/sys/kernel/tainted)
	# 4096: out of tree, 8192: unsigned. Both are what our modules are.
	if [ $((_now & ~(_taint | 4096 | 8192))) -ne 0 ]; then
		echo "tainted: $_taint before, $_now now"
	fi
}
