# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Shell functions that read the testbench. The tests here, the guided runs (testbench/demo_lib.sh)
# and the recordings (tracing/) share this file.

bench=/sys/kernel/debug/bh_testbench

_awaits=0

# Tests call some of these functions again and again. So these functions start no process: on the
# debug kernel, starting a process takes a tenth of a second or more. But a function that reads a
# file in /proc/sys must start a process such as cat. The shell's "read" requests one byte at a
# time, and a file in /proc/sys returns data only for the first request.

# await SECONDS COMMAND... - run COMMAND again and again until it succeeds or the time is up.
# COMMAND may call await() too: each call has its own deadline.
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

# value FILE NAME - print the number after NAME in FILE, which consists of lines "name value"
value() {
	while read -r _name _value _; do
		[ "$_name" != "$2" ] || {
			echo "$_value"
			return
		}
	done <"$1"
	return 1
}

# line_is_quiet LINE - has the driver read and handled every event that was raised?
line_is_quiet() {
	_raised=$(value "$bench/$1/counters" events_raised) &&
	[ "$_raised" = "$(value "$bench/$1/counters" events_read)" ] &&
	[ "$_raised" = "$(value "$bench/$1/account" events)" ] &&
	[ "$_raised" = "$(value "$bench/$1/account" handled)" ]
}

# bench_modules - print the installed modules that use the testbench, except test modules and broken
# modules
bench_modules() {
	sed -n 's|^[^:]*/\([^/:]*\)\.ko[^:]*:.*/bh_testbench\.ko.*|\1|p' \
		"/lib/modules/$(uname -r)/modules.dep" | grep -vE '^test_|_broken$' | sort
}

# bench_drivers - print the modules from bench_modules that are drivers on the testbench's bus. The
# network driver and bh_latency are not on the bus, because they create their interrupt lines
# themselves (irq_line.h). lab_device only extends the devices of the labs. Other tests cover these
# three modules.
bench_drivers() {
	bench_modules | grep -vxE 'napi_dummy_netdev|bh_latency|lab_device'
}

# devices_of MODULE - print the names of the devices to which MODULE's driver is bound
devices_of() {
	for _link in "/sys/bus/bench/drivers/$1"/*/driver; do
		[ -e "$_link" ] || continue
		_link=${_link%/driver}
		echo "${_link##*/}"
	done
}

# write_error FILE TEXT - write TEXT to FILE, and print the error if there is one. Give up after a
# minute with status 124.
write_error() {
	_answer=$(printf '%s\n' "$2" | LC_ALL=C timeout 60 dd of="$1" conv=notrunc 2>&1)
	_rc=$?
	echo "$_answer" | sed -n "s|^dd: .*'[^']*': ||p"
	return $_rc
}

# latency_start LINE - let ftrace record the delay of each run of LINE's top half and bottom halves:
# the time from the request for this run to its begin
latency_start() {
	_hist="hist:keys=mechanism,delay_ns:size=16384 if line == \"$1\" && raised_cpu >= 0"
	echo "$_hist" >/sys/kernel/tracing/events/bottom_half/bh_run/trigger
}

# latency_stop - stop recording. Print "MECHANISM DELAY_NS TIMES" for each delay, the shortest
# first. Fail if the histogram was too small to hold all delays.
latency_stop() {
	_run=/sys/kernel/tracing/events/bottom_half/bh_run
	_delays=$(cat $_run/hist) && echo "!$_hist" >$_run/trigger || return
	echo "$_delays" | sed -n 's/^{ mechanism: *\([0-9]*\), delay_ns: *\([0-9]*\) }.*: *\([0-9]*\)$/\1 \2 \3/p' |
		sort -n -k 2 | awk '
		BEGIN { split("hardirq softirq tasklet tasklet_hi irq_poll timer hrtimer napi rcu " \
			"bh_work work irq_thread", name, " ") }
		{ print name[$1 + 1], $2, $3 }'
	! echo "$_delays" | grep -q 'Dropped: [1-9]'
}

# softirqs VECTOR CPU - print how often VECTOR ran on CPU, as /proc/softirqs counts it
softirqs() {
	awk -v v="$1:" -v c="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == "CPU" c) col = i + 1 }
		$1 == v { print $col }' /proc/softirqs
}

# realtime - is the running kernel a PREEMPT_RT kernel? On PREEMPT_RT an interrupt handler runs in a
# thread, unless its driver forbids that. Softirqs run in tasks, which can be preempted.
realtime() {
	uname -v | grep -qw PREEMPT_RT
}

# irq_of ACTION - print the number of the interrupt that was requested under this name
irq_of() {
	awk -v n="$1" '{ for (i = 2; i <= NF; i++) if ($i == n || $i == n ",") {
		sub(":", "", $1); print $1 } }' /proc/interrupts
}

# pin LINE CPU - on PREEMPT_RT, send LINE's interrupt to CPU only. (The test raises the events on
# the same CPU.) On PREEMPT_RT the handler runs in a thread. Without pin(), this thread could run on
# any CPU that may get the interrupt.
pin() {
	! realtime || echo "$2" >"/proc/irq/$(irq_of "$1")/smp_affinity_list"
}
