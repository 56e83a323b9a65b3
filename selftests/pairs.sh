#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# pairs.sh                   - every fixed twin of pairs.tsv: the same trigger, then a
#                              hundred times more: silent, and no event lost
# pairs.sh fixed PAIR...     - the same for some of them
# pairs.sh broken PAIR...    - broken twins: each refuses outside a virtual machine,
#                              announces itself, shows the symptom predicted and ends
#                              as predicted. Damages the kernel.
# pairs.sh doom PAIR         - for a broken twin that takes the machine with it: the
#                              first two, and then the trigger. The rest is to be
#                              seen from outside, see twins.
#
# BH_KERNEL names the kernel as pairs.tsv does; by itself it is the number.

. ./lib.sh

kernel=${BH_KERNEL:-$(uname -r | cut -d. -f1,2)}
# Where things happen: not where the rest of the system likes to run.
cpu=$(($(nproc) - 1))
struck=$cpu

# field PAIR N - of the first line of the catalogue that fits
field() {
	awk -F '\t' -v pair="$1" -v kernel="$kernel" -v n="$2" '
		$1 == pair && ($2 == "*" || index("|" $2 "|", "|" kernel "|")) {
			print $n
			exit
		}' pairs.tsv
}

# parameters PAIR - of the module, from the trigger
parameters() {
	for word in $(field "$1" 3); do
		case $word in
		*=*) echo "$word" ;;
		esac
	done
}

# here MODULE - where PREEMPT_RT makes a thread of its handler, that one runs on $cpu too
here() {
	[ -z "$(irq_of "$1")" ] || pin "$1" "$cpu"
}

# trigger MODULE TRIGGER TIMES - what is read from the catalogue is done; all of it, and true
# when all but the commands, some of which are refused, could be
trigger() {
	_done=0
	for word in $2; do
		n=${word#*:}
		case $word in
		raise:*) echo "$((n * $3)) $cpu" >"$bench/$1/raise" || _done=1 ;;
		command:*)
			# shellcheck disable=SC2016 # for that sh to expand
			taskset -c "$cpu" sh -c 'echo "$0" >"$1"' $((n * $3)) \
			"$bench/$1/command" ;;
		rate:*) echo "$n $cpu" >"$bench/$1/rate" &&
			await 60 raised_already "$1" $((10 * $3)) || _done=1 ;;
		busy:*) busy "$1" "$n" "$3" || _done=1 ;;
		ran:*) await 60 ran_already "$1" "$n" || _done=1 ;;
		rmmod) enough "$1" "$2" "$3" && rmmod "$1" || _done=1 ;;
		esac
	done
	return $_done
}

# enough MODULE TRIGGER TIMES - before a fixed twin goes: what was to be raised was, and the
# handler has it. What it then does not handle is missed when it is unloaded.
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

# computes PID - for a while, by now
computes() {
	[ "$(cut -d ' ' -f 14 "/proc/$1/stat")" -ge 20 ]
}

# busy LINE HZ N - the generator, until N events found a task in user space; many come faster
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

# through PAIR TIMES - load, trigger, account, unload: which says what was lost
through() {
	# A long transfer is there to be met under way, which once is enough for.
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

# ways_of PAIR - what is no module with a line on the bench has a trigger() and a
# through() of its own, in pair_PAIR.sh
ways_of() {
	[ -r "./pair_$1.sh" ] || return 0
	# shellcheck source=/dev/null
	. "./pair_$1.sh"
}

fixed_twin() {
	ways_of "$1"
	through "$1" 1 && through "$1" 100
}

refused() {
	# With the bit to be seen it would not refuse, and then not be forced either.
	! grep -q '^flags.* hypervisor' /proc/cpuinfo &&
	! modprobe "${pair}_broken" &&
	kmsg_since | grep "${pair}_broken.*force=1" &&
	! [ -d "$bench/${pair}_broken" ]
}

announced() {
	# shellcheck disable=SC2046 # words
	modprobe "${pair}_broken" force=1 $(parameters "$pair")
	here "${pair}_broken"
	kmsg_since | grep "${pair}_broken: broken on purpose"
}

# The trigger may never come back, so nobody waits for it here, nor for its output. A
# message that ends without a newline, and there is one, shows when the next one comes.
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
	# Of a "busy" trigger none of ours shall be found there in the kernel.
	case $(field "$pair" 3) in
	*busy:*) taskset -pc 0 $$ ;;
	*)	taskset -pc "0-$cpu" $$ ;;
	esac
	triggered
	case $expected in
	*" > "[0-9]*) await 240 measured || return ;;
	*) await 240 said "$expected" || return ;;
	esac
	report
	look_around
}

# asleep PID - for this moment, and where
asleep() {
	grep -E '^(Name|State|voluntary)' "/proc/$1/status" >/tmp/asleep &&
	grep -q '^State:.*D' /tmp/asleep && cat "/proc/$1/stack" >/tmp/stack && [ -s /tmp/stack ]
}

# look_around - where the kernel is silent: what its victims can be seen to be
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

# measure - what is now at the name on the left
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

# switches - of the trigger, of its own will: who sleeps in a loop is not hung to the
# kernel, and gets nowhere all the same
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

# report - the line of the log or the measure, for the table
report() {
	case $expected in
	*" > "[0-9]*)
		ktap_print_msg "report: $name $(($(measure) - base))" ;;
	*)	ktap_print_msg "report: $(kmsg_since | grep -m 1 -F "$expected" |
			sed 's/^[a-z]* *: *[a-z]* *: *//')" ;;
	esac
}

# measure_only PAIR - the kernel has nothing to say of it, or does not mind. The storm of
# irq_no_oneshot ends when its thread runs: on a busy host that is late enough for the
# detector of stuck interrupts.
measure_only() {
	[ "$1" != irq_no_oneshot ] || return 1
	case $(field "$1" 4) in
	*" > "[0-9]* | *"events lost") ;;
	*) return 1 ;;
	esac
}

# kernel_silent - but for what the twin and the bench say themselves
kernel_silent() {
	_said=$(unexpected | grep -vE 'broken on purpose|events lost|cut after')
	[ -z "$_said" ] || {
		echo "$_said" | sed 's/^/# dmesg: /'
		return 1
	}
}

# Processes start and end, and what was to be over is over.
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

# Detectors that wait for minutes, lest a test does. Only where one is waited for: a
# report takes long enough to end the storm that another detector counts; and where the
# kernel is to be silent, as patient as it comes.
be_quick() {
	[ "$(field "$1" 6)" = own ] && ! measure_only "$1" || return 0
	echo 3 >/proc/sys/kernel/watchdog_thresh
	echo 5 >/proc/sys/kernel/hung_task_timeout_secs
	echo 5 >/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout
}

# depmod found no way to a broken twin but by its name.
by_name_only() {
	_modules=/lib/modules/$(uname -r)
	grep -q '_fixed\.ko:' "$_modules/modules.dep" &&
	! grep -E ':.*_broken\.ko' "$_modules/modules.dep" &&
	! grep -E '_broken$' "$_modules/modules.alias" "$_modules/modules.symbols" &&
	! grep '_broken' "$_modules/modules.softdep"
}

# A broken twin's kernel log is the result, not a failure.
expect() {
	ktap_test_result "$1" "$2"
}

enter() {
	ways_of "$pair"
	kmsg_mark
	expect "${pair}_broken refuses outside a virtual machine" refused
	kmsg_mark
	expect "${pair}_broken announces what it will do" announced
}

mode=${1:-fixed}
[ $# -eq 0 ] || shift
need_modules bh_testbench
# Not in the tests' order: what a pair does not find must not be what one left.
modprobe bh_testbench

case $mode in
broken)
	# Here the log is what the kernel says by itself.
	hogging
	_silent=0
	for pair; do
		! measure_only "$pair" || _silent=$((_silent + 1))
	done
	plan $(($# * 4 + _silent))
	for pair; do
		be_quick "$pair"
		enter
		expect "${pair}_broken: $(field "$pair" 4)" symptom
		expect "${pair}_broken: the machine is $(field "$pair" 5)" survived
		! measure_only "$pair" || expect "${pair}_broken: the kernel is silent" kernel_silent
		kmsg_since | head -n 60 | sed 's/^/# dmesg: /'
	done
	;;
doom)
	pair=$1
	be_quick "$pair"
	plan 2
	enter
	# Who sleeps on the CPU that is lost sleeps for good. Somebody must live on, whose
	# processes come and go: without a callback RCU has no grace period to miss.
	refuge=0
	[ "$struck" -ne 0 ] || refuge=$cpu
	taskset -pc "$refuge" $$ >/dev/null
	triggered
	# Not this: the machine ends us.
	while :; do sleep 1; done
	;;
fixed)
	[ $# -gt 0 ] || {
		# shellcheck disable=SC2046 # words
		set -- $(awk -F '\t' '!/^#/ && NF { print $1 }' pairs.tsv | sort -u)
	}
	plan $(($# + 1))
	check "no alias and no other module loads a broken twin" by_name_only
	for pair; do
		check "${pair}_fixed is silent and loses no event" fixed_twin "$pair"
	done
	;;
esac
ktap_finished
