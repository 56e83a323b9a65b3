# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Reading the bench from a shell: shared by the tests here and by the guided
# runs (testbench/demo_lib.sh).

bench=/sys/kernel/debug/bh_testbench

_awaits=0

# What is asked here again and again is done by the shell itself: on the debug kernel a
# process takes a tenth of a second and more. Not so in /proc/sys: read takes a byte at a
# time, and of those files only the first read gets anything.

# await SECONDS COMMAND... - poll until the command succeeds, or the time is up.
# The command may await something itself: each has a deadline of its own.
await() {
	_awaits=$((_awaits + 1))
	read -r _up _ </proc/uptime
	eval "_end_$_awaits=$((${_up%.*} + $1))"
	shift
	until "$@" >/dev/null 2>&1; do
		read -r _up _ </proc/uptime
		if eval "[ ${_up%.*} -gt \$_end_$_awaits ]"; then
			_awaits=$((_awaits - 1))
			echo "waited in vain: $*"
			return 1
		fi
		sleep 0.02
	done
	_awaits=$((_awaits - 1))
}

# value FILE NAME - the number beside NAME in a file of "name value" lines
value() {
	while read -r _name _value _; do
		[ "$_name" != "$2" ] || {
			echo "$_value"
			return
		}
	done <"$1"
	return 1
}

# line_is_quiet LINE - every event raised was taken over and handled
line_is_quiet() {
	_raised=$(value "$bench/$1/counters" events_raised) &&
	[ "$_raised" = "$(value "$bench/$1/counters" events_acked)" ] &&
	[ "$_raised" = "$(value "$bench/$1/account" events)" ] &&
	[ "$_raised" = "$(value "$bench/$1/account" handled)" ]
}

# softirqs VECTOR CPU - a cell of /proc/softirqs
softirqs() {
	awk -v v="$1:" -v c="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == "CPU" c) col = i + 1 }
		$1 == v { print $col }' /proc/softirqs
}

# realtime - is this PREEMPT_RT? There the kernel makes a thread of every handler that
# does not forbid it, and softirqs run in tasks, which can be preempted.
realtime() {
	uname -v | grep -qw PREEMPT_RT
}

# irq_of ACTION - number of its interrupt
irq_of() {
	awk -v n="$1" '{ for (i = 2; i <= NF; i++) if ($i == n || $i == n ",") {
		sub(":", "", $1); print $1 } }' /proc/interrupts
}

# pin LINE CPU - on PREEMPT_RT, where the handler is a thread that may run on every CPU
# its interrupt may go to: leave it one, that on which the events are raised
pin() {
	! realtime || echo "$2" >"/proc/irq/$(irq_of "$1")/smp_affinity_list"
}
