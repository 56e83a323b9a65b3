# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Functions that read the kernel log. They print all lines after a mark, or only the unexpected
# lines. The tests here and the grading of the labs share this file.

# kmsg_mark - mark the kernel log: the lines after the mark belong to the next test
kmsg_mark() {
	_marks=$((${_marks:-0} + 1))
	_mark="bottom_halves: test $$ mark $_marks,"
	echo "<6>$_mark" >/dev/kmsg
	_taint=$(cat /proc/sys/kernel/tainted)
}

# kmsg_since - print the kernel log from the last mark on
kmsg_since() {
	dmesg --decode --notime | without_known | sed "1,/$_mark/d"
}

# without_known - copy the kernel log from stdin to stdout, without the reports that are known and
# explained. Most kernels have no known reports, so this function copies everything. On the KCSAN
# kernel, lib.sh replaces this function.
without_known() {
	cat
}

# Messages that the kernel may print although nothing is wrong. Some messages say that our modules
# are not from the kernel's source tree; others appear because an emulated CPU is slow. One message
# appears because bpftrace opens /sys/kernel/debug/tracing, and the kernel "newest" reports this
# path as deprecated. On a slow CPU the debug kernel also warns about its own work items ("hogged
# CPU"). If the work item belongs to a module, the warning also contains the module's name. Such a
# warning does not match the pattern, so the test fails.
allowed='loading out-of-tree module taints kernel
module verification failed: signature
hrtimer: interrupt took
perf: interrupt took too long
workqueue: [a-zA-Z0-9_.]+ hogged CPU
clocksource: .*(watchdog|skew|unstable)
TSC (found )?unstable
sched: DL replenish lagged too much
Automounting of tracing to debugfs is deprecated'

# unexpected - print each line since the mark that has the level "warn" or worse, or that reports a
# bug at any level. Also print a new taint, unless it comes from loading our modules.
unexpected() {
	kmsg_since | grep -E \
		'^[a-z]+ *:(emerg|alert|crit|err|warn) *:|BUG:|WARNING:|INFO: .*(stall|blocked|lock)|Oops|huh, entered|nobody cared|bad: scheduling' |
		grep -vE "$allowed"
	_now=$(cat /proc/sys/kernel/tainted)
	# Loading our modules sets two bits of the taint: 4096 (out of tree) and 8192 (unsigned).
	if [ $((_now & ~(_taint | 4096 | 8192))) -ne 0 ]; then
		echo "tainted: $_taint before, $_now now"
	fi
}
