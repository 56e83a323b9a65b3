#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# pairs.sh                   - test the fixed module of every pair in pairs.tsv: run its
#                              trigger once, then a hundred times. The kernel log must
#                              stay clean and no event may be lost
# pairs.sh fixed PAIR...     - the same for these pairs
# pairs.sh broken PAIR...    - test broken modules. Each module must refuse to load without
#                              force=1. Loaded with force=1, it must log a warning, show
#                              the predicted symptom and end as predicted. This damages
#                              the kernel
# pairs.sh fatal PAIR        - test one broken module that takes the VM down. First the broken
#                              module must refuse to load. Then it is loaded with force=1, it must
#                              log a warning, and the trigger runs. run-pairs watches from outside
#                              the VM what happens next
#
# BH_KERNEL is the kernel's name in pairs.tsv; the default is its version, such as 6.12. On arm64
# the name ends in -arm64.

. ./lib.sh

kernel=${BH_KERNEL:-$(uname -r | cut -d. -f1,2)}
# Events are raised on the last CPU; the rest of the system mostly runs on the first.
cpu=$(($(nproc) - 1))
trigger_cpu=$cpu

# lines AWK-PROGRAM OPTION... - run the program for the lines of pairs.tsv that are for this kernel
lines() {
	_program=$1
	shift
	awk -F '\t' -v kernel="$kernel" -v base="${kernel%-arm64}" "$@" '
		function is_for(name) { return index("|" $2 "|", "|" name "|") }
		/^#/ || !NF || !($2 == "*" || is_for(kernel) || is_for(base) ||
			kernel != base && is_for("arm64")) { next }
		'"$_program" pairs.tsv
}

# field PAIR N - print column N of the first line of pairs.tsv that matches this kernel
field() {
	# shellcheck disable=SC2016 # awk's
	lines '$1 == pair { print $n; exit }' -v pair="$1" -v n="$2"
}

# parameters PAIR - print the parameters of the module, which are in the trigger column
parameters() {
	for word in $(field "$1" 3); do
		case $word in
		*=*) echo "$word" ;;
		esac
	done
}

# here MODULE - on PREEMPT_RT the handler is a thread: make it run on $cpu, where events are raised
here() {
	[ -z "$(irq_of "$1")" ] || pin "$1" "$cpu"
}

# most MODULE N TIMES - print N * TIMES or, if it is less, the largest number that the module's file
# "command" accepts
most() {
	read -r _min _to _max <"$bench/$1/command"
	if [ "$3" -gt 1 ] && [ $(($2 * $3)) -gt "$_max" ]; then
		echo "$_max"
	else
		echo $(($2 * $3))
	fi
}

# trigger MODULE TRIGGER TIMES - do what each word of TRIGGER says, TIMES times. If a word fails,
# the trigger fails. The word "command" is an exception, because a module may refuse a command by
# design
trigger() {
	_done=0
	for word in $2; do
		n=${word#*:}
		case $word in
		raise:*) echo "$((n * $3)) $cpu" >"$bench/$1/raise" || _done=1 ;;
		command:*)
			# shellcheck disable=SC2016 # the inner sh expands it
			taskset -c "$cpu" sh -c 'echo "$0" >"$1"' "$(most "$1" "$n" "$3")" \
			"$bench/$1/command" ;;
		rate:*) echo "$n $cpu" >"$bench/$1/rate" &&
			await 60 raised_already "$1" $((10 * $3)) || _done=1 ;;
		quiet)	echo off >"$bench/$1/rate" || _done=1 ;;
		busy:*) busy "$1" "$n" "$3" || _done=1 ;;
		ran:*) await 60 ran_already "$1" "$n" || _done=1 ;;
		unbind|bind) echo "$1" >"/sys/bus/bench/drivers/$1/$word" || _done=1 ;;
		rmmod) enough "$1" "$2" "$3" && rmmod "$1" || _done=1 ;;
		esac
	done
	return $_done
}

# enough MODULE TRIGGER TIMES - for a fixed module: wait until all events are raised, and the
# module's handler has read all of them. If the module loses events later, the testbench reports
# them when the module is unloaded
enough() {
	case $1 in
	*_fixed) ;;
	*) return ;;
	esac
	_raises=0
	for _word in $2; do
		case $_word in
		raise:*) _raises=$((_raises + ${_word#*:} * $3)) ;;
		esac
	done
	await 60 taken_over "$1" "$((_raises > 0 ? _raises : 1))"
}

taken_over() {
	_raised=$(value "$bench/$1/counters" events_raised) && [ "$_raised" -ge "$2" ] &&
	[ "$_raised" = "$(value "$bench/$1/account" events)" ]
}

# computes PID - has the process used 200 ms of CPU time in user space?
computes() {
	[ "$(cut -d ' ' -f 14 "/proc/$1/stat")" -ge 20 ]
}

# busy LINE HZ N - run the generator until N events have interrupted a task in user space. If N is
# greater than 1, events come at ten times the rate.
busy() {
	_hz=$2
	[ "$3" -eq 1 ] || _hz=$(($2 * 10))
	taskset -c "$cpu" sh -c 'while :; do :; done' &
	hog=$!
	await 120 computes "$hog" && echo "$_hz $cpu" >"$bench/$1/rate" && await 120 raised_already "$1" "$3"
	_rc=$?
	echo off >"$bench/$1/rate"
	kill "$hog"
	return $_rc
}

raised_already() {
	[ "$(value "$bench/$1/counters" events_raised)" -ge "$2" ]
}

ran_already() {
	[ "$(value "$bench/$1/account" bottom_halves)" -ge "$2" ]
}

# through PAIR TIMES - load, run the trigger, check the events, unload
through() {
	# The parameter transfer_ms makes a transfer long, so that an event can arrive during it.
	# Pass transfer_ms only if the trigger runs once.
	_once=
	[ "$2" -eq 1 ] || _once=transfer_ms
	_parameters=$(parameters "$1" | grep -v "^$_once=")
	# shellcheck disable=SC2086 # words
	modprobe "$1_fixed" $_parameters || return
	here "$1_fixed"
	trigger "$1_fixed" "$(field "$1" 3)" "$2" || return
	[ -d "$bench/$1_fixed" ] || return 0
	enough "$1_fixed" "$(field "$1" 3)" "$2" && accounted "$1_fixed" && rmmod "$1_fixed"
}

# ways_of PAIR - if the modules of the pair have no testbench device, use the functions in
# pair_PAIR.sh instead of the functions here
ways_of() {
	[ -r "./pair_$1.sh" ] || return 0
	# shellcheck source=/dev/null
	. "./pair_$1.sh"
}

fixed_module() {
	ways_of "$1"
	through "$1" 1 && through "$1" 100
}

refused() {
	# This test needs a VM without the mark (vm/run --unmarked): if the VM has the mark, the
	# module loads without force=1.
	! cat /sys/firmware/dmi/tables/DMI /proc/cmdline 2>/dev/null | grep -q -a bottom-halves-lab &&
	! modprobe "${pair}_broken" &&
	kmsg_since | grep "${pair}_broken: refused: .*force=1" &&
	! [ -d "$bench/${pair}_broken" ]
}

announced() {
	# shellcheck disable=SC2046 # words
	modprobe "${pair}_broken" force=1 $(parameters "$pair")
	here "${pair}_broken"
	kmsg_since | grep "${pair}_broken: broken on purpose"
}

# The trigger may never return, so do not wait for it or for its output. The kernel shows a message
# without a newline only when another message follows, so write another message to the kernel log.
triggered() {
	{
		trigger "${pair}_broken" "$(field "$pair" 3)" 1
		echo '<6>bottom_halves: triggered' >/dev/kmsg
	} >/dev/null 2>&1 </dev/null &
	trigger_pid=$!
}

symptom() {
	expected=$(field "$pair" 4)
	name=${expected% > *}
	trigger_pid=
	base=$(measure)
	# A "busy" event must interrupt its task in user space, so this script stays off the CPU of
	# that task. An event may also damage the task or the stack that it interrupts. So this
	# script stays off the CPU of such an event too: if a process ends there, the damaged task
	# or CPU gets other work, and the kernel may panic.
	case $(field "$pair" 3) in
	raise:*" "*) taskset -pc "0-$cpu" $$ ;;
	raise:* | *busy:*) taskset -pc 0 $$ ;;
	*)	taskset -pc "0-$cpu" $$ ;;
	esac
	triggered
	case $expected in
	*" > "[0-9]*) await 240 measured || return ;;
	*) await "${deadline:-240}" said "$expected" || return ;;
	esac
	report
	look_around
}

# asleep PID - is the process in uninterruptible sleep? Write the state and the stack of the process
# to files.
asleep() {
	grep -E '^(Name|State|voluntary)' "/proc/$1/status" >/tmp/asleep &&
	grep -q '^State:.*D' /tmp/asleep && cat "/proc/$1/stack" >/tmp/stack && [ -s /tmp/stack ]
}

# look_around - for a bug that the kernel does not report: print the state that the bug has damaged
look_around() {
	case $expected in
	*" > "[0-9]*) ;;
	*) return ;;
	esac
	{
		cat "$bench/${pair}_broken/account"
		[ "$name" != switches ] ||
			for pid in $(pgrep -P "${trigger_pid:-0}" -x 'sh|rmmod'); do
				await 10 asleep "$pid" && cat /tmp/asleep /tmp/stack
			done
	} 2>/dev/null | while read -r line; do
		ktap_print_msg "seen: $line"
	done
}

# measure - print the current value of the counter that the EXPECTED column names
measure() {
	case $expected in
	*" > "[0-9]*) ;;
	*) return ;;
	esac
	case $name in
	softirqs*) softirqs "${name#softirqs }" "$cpu" ;;
	switches) switches ;;
	*) cat "$bench/${pair}_broken/counters" "$bench/${pair}_broken/account" |
		awk -v n="$name" '$1 == n { print $2 }' ;;
	esac
}

# switches - print the voluntary context switches of the trigger. The kernel does not treat a task
# that sleeps in a loop as hung.
switches() {
	for pid in $(pgrep -P "${trigger_pid:-0}" -x 'sh|rmmod'); do
		cat "/proc/$pid/status"
	done 2>/dev/null | awk '$1 == "voluntary_ctxt_switches:" { n += $2 } END { print n + 0 }'
}

measured() {
	[ $(($(measure) - base)) -gt "${expected##* > }" ]
}

said() {
	kmsg_since | grep -F "$1"
}

# report - print a line for the table of run-pairs: the expected line of the log, or the measured
# value
report() {
	case $expected in
	*" > "[0-9]*)
		ktap_print_msg "report: $name $(($(measure) - base))" ;;
	*)	ktap_print_msg "report: $(kmsg_since | grep -m 1 -F "$expected" |
			sed 's/^[a-z]* *: *[a-z]* *: *//')" ;;
	esac
}

# measure_only PAIR - true if the kernel never reports the bug of PAIR. It is false for
# irq_no_oneshot, because the kernel may report this bug on a busy host. The module's interrupt
# storm ends when its IRQ thread runs. On a busy host this thread can run so late that the kernel's
# detector of stuck interrupts reports the storm.
measure_only() {
	[ "$1" != irq_no_oneshot ] || return 1
	case $(field "$1" 4) in
	*" > "[0-9]* | *"events lost") ;;
	*) return 1 ;;
	esac
}

# kernel_logs_nothing - has the kernel logged only messages of the module and of the testbench?
kernel_logs_nothing() {
	_said=$(unexpected | grep -vE 'broken on purpose|events lost|disconnected after')
	[ -z "$_said" ] || {
		echo "$_said" | sed 's/^/# dmesg: /'
		return 1
	}
}

# survived - can processes still start and end, and did the bug end as pairs.tsv predicts in the
# field ENDS?
survived() {
	[ "$(echo alive | cat)" = alive ] || return
	case $(field "$pair" 5) in
	alive)
		await 240 triggered_out || return
		[ ! -e "/sys/module/${pair}_broken" ] || rmmod "${pair}_broken"
		;;
	refused)
		! [ -e "/sys/module/${pair}_broken" ]
		;;
	stuck)
		pkill -KILL -P "$trigger_pid"
		base=$(measure)
		await 240 measured
		;;
	esac
}

triggered_out() {
	! kill -0 "$trigger_pid"
}

# refuge - print a CPU that the broken module does not damage
refuge() {
	[ "$trigger_cpu" -eq 0 ] && echo "$cpu" || echo 0
}

# be_quick PAIR - the kernel's detectors wait for minutes, which is too long for a test. Shorten
# these times only for a pair whose report comes from a detector. For other pairs, keep the kernel's
# own times. With short times, one detector might print its report first. Printing takes long, and
# this delay can end the interrupt storm that another detector counts.
be_quick() {
	[ "$(field "$1" 6)" = own ] && ! measure_only "$1" || return 0
	echo 3 >/proc/sys/kernel/watchdog_thresh
	echo 5 >/proc/sys/kernel/hung_task_timeout_secs
	echo 5 >/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout
	# On 6.12-rt, a CPU whose BH lock is never released runs no timers, so RCU's kthread does not wake
	# up there. Then RCU reports this CPU, which is idle, and not the task that waits. If the symptom
	# is a report about the task, keep the kthread away from this CPU.
	case $kernel:$(field "$1" 4) in
	6.12-rt:*'detected stalls on'*)
		pgrep -x rcu_preempt | xargs -r -n 1 taskset -pc "$(refuge)" >/dev/null ;;
	esac
	# The timer of the workqueue watchdog runs on the CPU that sets the threshold. The threshold
	# must not be set on the CPU that stalls.
	_thresh=/sys/module/workqueue/parameters/watchdog_thresh
	[ ! -w $_thresh ] || taskset -c "$(refuge)" sh -c "echo 2 >$_thresh"
}

# by_name_only - is a broken module loaded only if the user gives its own name?
by_name_only() {
	_modules=/lib/modules/$(uname -r)
	grep -q '_fixed\.ko:' "$_modules/modules.dep" &&
	! grep -E ':.*_broken\.ko' "$_modules/modules.dep" &&
	! grep -E '_broken$' "$_modules/modules.alias" "$_modules/modules.symbols" &&
	! grep '_broken' "$_modules/modules.softdep"
}

# expect DESCRIPTION COMMAND - run one test of a broken module. Unlike check(), expect() does not
# fail because of the kernel log: the log is the expected result
expect() {
	ktap_test_result "$1" "$2"
}

enter() {
	ways_of "$pair"
	be_quick "$pair"
	kmsg_mark
	expect "${pair}_broken refuses to load without force=1" refused
	kmsg_mark
	expect "${pair}_broken announces what it will do" announced
}

mode=${1:-fixed}
[ $# -eq 0 ] || shift
need_modules bh_testbench
# Load the testbench here, so that it is loaded before the first pair too.
modprobe bh_testbench

case $mode in
broken)
	# Here the kernel's reports are the results. So let the kernel report CPU hogs as usual:
	# need_modules has raised the limit.
	hogging
	_measured=0
	for pair; do
		! measure_only "$pair" || _measured=$((_measured + 1))
	done
	plan $(($# * 4 + _measured))
	for pair; do
		enter
		expect "${pair}_broken: $(field "$pair" 4)" symptom
		expect "${pair}_broken: the VM is $(field "$pair" 5)" survived
		! measure_only "$pair" || expect "${pair}_broken: the kernel reports nothing" kernel_logs_nothing
		kmsg_since | head -n 60 | sed 's/^/# dmesg: /'
	done
	;;
fatal)
	pair=$1
	plan 2
	enter
	# A task that sleeps on the lost CPU never wakes up, so use the other CPU. Start and end
	# processes on the other CPU, because a process queues RCU callbacks when it ends. Without
	# callbacks RCU starts no grace period, and so reports no stall.
	taskset -pc "$(refuge)" $$ >/dev/null
	triggered
	# run-pairs ends this VM.
	while :; do sleep 1; done
	;;
fixed)
	[ $# -gt 0 ] || {
		# shellcheck disable=SC2016,SC2046 # awk's; words
		set -- $(lines '{ print $1 }' | sort -u)
	}
	plan $(($# + 1))
	check "no alias and no other module loads a broken module" by_name_only
	for pair; do
		check "${pair}_fixed: no message, no event lost" fixed_module "$pair"
	done
	;;
esac
ktap_finished
