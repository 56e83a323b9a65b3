# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# Functions for the checks of the labs. A lab's checks.sh has a function check_NAME for each line of
# its rubric, except for "builds" and for the checks that are defined here. All checks run in one
# process, in the order of the rubric. A check succeeds, fails, or returns 4 if this kernel cannot
# run the check. A check prints what it has seen. Most checks compare the driver's own counts
# with the counts of the testbench and of lab_device. The number of events is random, so that no
# submission can guess it.
#
# labs/guest sets $labs and $module. selftests/bench.sh sets $bench.

bus=/sys/bus/bench
charged=

# load [LAB_DEVICE-PARAMETER] - load the testbench, lab_device and the submission. Set $queues to the
# number of workqueues that the submission has created
# shellcheck disable=SC2120 # lab 1 passes a parameter
load() {
	[ -e /sys/module/bh_testbench ] || insmod "$labs/../testbench/bh_testbench.ko" || return
	[ -e /sys/module/lab_device ] || insmod "$labs/device/lab_device.ko" "$@" || return
	# The second name is that of newer kernels.
	calls_begin alloc_workqueue alloc_workqueue_noprof
	insmod "/share/$module.ko" 2>&1
	_rc=$?
	calls_end
	queues=$(grep -c '^ *insmod-.*: alloc_workqueue' /run/grade/calls)
	[ $_rc -ne 0 ] || return 0
	# If insmod fails, the kernel log often has a message about the same mistake. The check
	# "quiet" must not take points for the same mistake a second time.
	charged=yes
	return 1
}

# check_loads - the check "loads", for labs that do not define their own
check_loads() {
	# shellcheck disable=SC2119 # this call needs no parameter
	load && requested "$module" && echo "loaded"
}

loaded() {
	[ -e "/sys/module/$module" ] && return
	echo "not run: the module is not loaded"
	return 1
}

# bound DEVICE - does the device exist, and is a driver bound to it?
bound() {
	loaded || return
	[ ! -e "$bus/devices/$1/driver" ] || return 0
	echo "not run: no driver is bound to a device $1"
	return 1
}

# requested DEVICE - does its interrupt have a handler?
requested() {
	bound "$1" || return
	grep -qiE "bench +[0-9]+[- ](edge|level) .*$1" /proc/interrupts && return
	echo "not run: the interrupt of $1 was not requested"
	return 1
}

# bind DEVICE, unbind DEVICE - bind or unbind the driver through sysfs, as an administrator does
bind() {
	loaded && { echo "$1" >"$bus/drivers/$module/bind"; } 2>&1
}

unbind() {
	bound "$1" && { echo "$1" >"$bus/drivers/$module/unbind"; } 2>&1
}

unload() {
	loaded && rmmod "$module" 2>&1
}

# lot LOW HIGH - print a random number from LOW to HIGH
lot() {
	shuf -n 1 -i "$1-$2"
}

# counter DEVICE NAME - print a count that the testbench has made, or "-" if there is none
# account DEVICE NAME - the same for a count that the driver has reported
# device DEVICE NAME - the same for a count that lab_device has made
counter() { value "$bench/$1/counters" "$2" 2>/dev/null || echo -; }
account() { value "$bench/$1/account" "$2" 2>/dev/null || echo -; }
device() { value "$bench/$1/device" "$2" 2>/dev/null || echo -; }

# spurious DEVICE - raise an interrupt without an event; the interrupt is handled before this
# function returns
spurious() {
	echo 1 >"$bench/$1/spurious"
}

# raised DEVICE N [CPU] - raise N events, one by one
raised() {
	echo "$2 ${3:-$(($(nproc) - 1))}" >"$bench/$1/raise"
}

# crowded DEVICE - raise events faster than interrupts can be handled, until some events share an
# interrupt
crowded() {
	_from=$(counter "$1" interrupts_coalesced)
	echo "100000 $(($(nproc) - 1))" >"$bench/$1/rate"
	await 30 coalesced "$1" $((_from + 20))
	_rc=$?
	echo off >"$bench/$1/rate"
	[ $_rc -eq 0 ] || echo "fewer than 20 interrupts were coalesced"
	return $_rc
}

coalesced() {
	[ "$(counter "$1" interrupts_coalesced)" -ge "$2" ]
}

# settled COMMAND... - wait until COMMAND succeeds. Give up when no count has changed for six seconds,
# or after a minute
settled() {
	read -r _up _ </proc/uptime
	_moved=${_up%.*}
	_start=$_moved
	_before=
	until "$@" >/dev/null 2>&1; do
		read -r _up _ </proc/uptime
		_now=${_up%.*}
		_counts=$(cat "$bench"/*/counters "$bench"/*/account "$bench"/*/device 2>/dev/null | grep -v masked)
		if [ "$_counts" != "$_before" ]; then
			_before=$_counts
			_moved=$_now
		fi
		[ $((_now - _moved)) -le 6 ] && [ $((_now - _start)) -le 60 ] || return 1
		sleep 0.02
	done
}

# same WHAT EXPECTED SEEN - succeed if the numbers are equal; print what was seen
same() {
	[ "$2" = "$3" ] && { echo "$1 $3"; return; }
	echo "$1 $3, not $2"
	return 1
}

# logged PATTERN - does the kernel log contain PATTERN? If it does, print the first such line, and
# set $charged: then the check "quiet" takes no more points for the log
logged() {
	kmsg_since | grep -q -E "$1" || return
	charged=yes
	kmsg_since | grep -E "$1" | head -n 1 | sed 's/^[a-z]* *: *[a-z]* *: *//'
}

# said - print the messages in the kernel log that a correct driver does not cause: warnings, and any
# message that a driver repeats. Lost events do not count here, because every rubric has a line for
# them.
said() {
	unexpected | grep -vE ': -?[0-9]+ of [0-9]+ events lost$'
	# A message per interrupt is a mistake at any level. A message per probe() is none.
	kmsg_since | sed 's/[0-9][0-9]*/N/g' | sort | uniq -c | sort -rn | awk '
		NR == 1 && $1 > 30 { n = $1; sub(/^ *[0-9]+ /, ""); print $0 " (" n " times)" }'
	dmesg | grep -q -F "$_mark" || echo "there are so many messages that the first ones are gone"
}

# check_quiet - the check "quiet" of every lab: the kernel log must have no warnings, and no message
# again and again. If an earlier check has taken points for the log ($charged), this check takes
# none. If $said_before is set, later messages do not count.
check_quiet() {
	_said=${said_before-$(said)}
	if [ -n "$charged" ]; then
		echo "what the kernel said is shown above"
	elif [ -n "$_said" ]; then
		printf '%s\n' "$_said" | grep -v 'cut here' | head -n 1 | sed 's/^[a-z]* *: *[a-z]* *: *//'
		return 1
	fi
}

# short_top DEVICE - does the top half end quickly? Print the shortest time of 20 calls: a longer time
# may be the time of another task on this computer. The time includes the tracing, and the VM may be
# emulated, so the limit is generous
short_top() {
	_irq=$tracefs/events/irq
	# Writing a message to the console takes long, and "quiet" takes points for messages.
	_level=$(awk '{ print $1 }' /proc/sys/kernel/printk)
	dmesg -n 1
	echo >$tracefs/trace
	echo 1 >$_irq/irq_handler_entry/enable
	echo 1 >$_irq/irq_handler_exit/enable
	echo 1 >$tracefs/tracing_on
	raised "$1" 20
	echo 0 >$_irq/irq_handler_entry/enable
	echo 0 >$_irq/irq_handler_exit/enable
	dmesg -n "$_level"
	_us=$(awk -v irq="irq=$(irq_of "$1")" '
		{ for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+\.[0-9]+:$/) break }
		$(i + 2) != irq { next }
		$(i + 1) == "irq_handler_entry:" { began = $i + 0 }
		$(i + 1) == "irq_handler_exit:" && began {
			us = int(($i - began) * 1000000)
			if (best == "" || us < best) best = us
			began = 0
		}
		END { print best }' $tracefs/trace)
	echo "${_us:-no} us"
	[ "${_us:-1000}" -lt 500 ]
}

# ---- sleeping in atomic context

asleep='scheduling while atomic|sleeping function called|bad: scheduling'

# did_not_sleep DEVICE MOVED - raise one event in the background, because the write may never return.
# Wait until the command "MOVED DEVICE" succeeds, or until the kernel reports that code slept
did_not_sleep() {
	raised "$1" 1 3>&- &
	settled slept_or "$2" "$1"
	! logged "$asleep" || return
	same "transfers in interrupt context" 0 "$(device "$1" atomic)" || return
	same "allocations that may sleep there" 0 "$(device "$1" atomic_allocations)"
}

slept_or() {
	"$@" || kmsg_since | grep -qE "$asleep"
}

# ---- unloading

# unload_under_way DEVICE... - for each device, in the order in which rmmod unbinds the devices, begin
# a transfer, and raise another event (it waits for the next transfer). Then call rmmod. It must
# wait for the transfer of each device. If rmmod waits for a device whose interrupt has not been
# freed, set $_source to "on". The transfer of the last device does not end here
unload_under_way() {
	_held=
	for _device; do
		requested "$_device" || return
		settled at_rest "$_device"
		_before=$(device "$_device" transfers)
		# Events that the driver lost before rmmod do not count as lost by rmmod.
		_lost_before=$(($(account "$_device" events) - $(account "$_device" handled)))
		echo 1 >"$bench/$_device/hold"
		raised "$_device" 1
		if settled under_way "$_device" "$_before"; then
			raised "$_device" 1
			_held="$_held $_device"
		else
			echo 0 >"$bench/$_device/hold"
		fi
	done
	[ -n "$_held" ] || { echo "not run: no transfer was begun"; return 1; }
	calls_begin destroy_workqueue
	rmmod "$module" 3>&- &
	_rmmod=$!
	_source=off
	for _device in $_held; do
		# The kernel reports a hung task later than this.
		await 15 rmmod_seen
		if ! rmmod_waits || removed "$_device"; then
			echo "rmmod did not wait for the transfer of $_device"
			return 1
		fi
		[ -z "$(irq_of "$_device")" ] || _source=on
		[ "$_device" != "${_held##* }" ] || break
		echo 0 >"$bench/$_device/hold"
		await 15 removed "$_device"
	done
	echo "rmmod waited"
}

# removed DEVICE - has remove() returned? lab_device then removes the file
removed() {
	[ ! -e "$bench/$1/hold" ]
}

at_rest() {
	[ "$(account "$1" events)" = "$(account "$1" handled)" ]
}

under_way() {
	[ "$(device "$1" transfers)" -gt "$2" ]
}

# rmmod_waits - does rmmod wait in a kernel function that waits for work items? A driver may also
# wait in another way, for example in free_irq() for an IRQ thread. Then rmmod unbinds the driver for
# more than a second
rmmod_waits() {
	_stack=/proc/$_rmmod/stack
	! grep -qE 'flush_work|cancel_work|drain_workqueue|destroy_workqueue' "$_stack" || return 0
	for _n in 1 2 3 4 5 6 7 8 9 10; do
		grep -q device_release_driver_internal "$_stack" || return
		sleep 0.1
	done
}

rmmod_seen() {
	rmmod_waits || ! kill -0 "$_rmmod"
}

# source_was_off - was the interrupt freed before rmmod began to wait?
source_was_off() {
	case ${_source:-} in
	off)	echo "the interrupt was freed by then" ;;
	on)	echo "the interrupt still had its handler"; return 1 ;;
	*)	echo "not run: rmmod did not wait"; return 1 ;;
	esac
}

# unloaded_clean - let the transfers end, and check that rmmod then ends and leaves nothing behind
unloaded_clean() {
	if [ ! -e "/sys/module/$module" ] && [ -z "${_rmmod:-}" ]; then
		echo "not run: the module was not loaded"
		return 1
	fi
	for _hold in "$bench"/*/hold; do
		[ ! -e "$_hold" ] || echo 0 >"$_hold"
	done
	if [ -n "${_rmmod:-}" ]; then
		await 30 gone >/dev/null
	else
		calls_begin destroy_workqueue
		unload
	fi
	calls_end
	! logged 'is missing|already-free IRQ' && gone && echo "unloaded" || return
	same "workqueues destroyed" "${queues:-0}" "$(grep -c '^ *rmmod-.*: destroy_workqueue' /run/grade/calls)"
}

# none_lost_by_unload DEVICE - has the driver also handled the events that were waiting when rmmod
# was called?
none_lost_by_unload() {
	if ! gone || [ -z "${_lost_before:-}" ]; then
		echo "not run: the module was not unloaded with events under way"
		return 1
	fi
	_lost=$(kmsg_since | sed -n "s/.* $1: \(-*[0-9]*\) of [0-9]* events lost$/\1/p" | tail -n 1)
	same "events lost" "$_lost_before" "${_lost:-0}"
}

gone() {
	[ ! -e "/sys/module/$module" ]
}

# check_taken - the check "taken", for labs whose device has the name of the module. It loads the
# module again, while another driver has the interrupt. It must be the last check before "quiet"
check_taken() {
	gone || unload || return
	rmmod lab_device
	# From here on the kernel and the driver may log that request_irq() failed.
	said_before=$(said)
	_said=$(load squat="$module")
	! logged 'BUG:|Oops' || return
	if ! gone; then
		echo "insmod succeeded"
		rmmod "$module"
		return 1
	fi
	echo "${_said##*: }"
	[ "$_said" != "${_said%Device or resource busy}" ]
}

tracefs=/sys/kernel/tracing

# calls_begin FUNCTION..., calls_end - calls_begin starts to trace the calls of these kernel
# functions. calls_end stops this, and leaves the trace in /run/grade/calls
calls_begin() {
	echo nop >$tracefs/current_tracer
	echo >$tracefs/trace
	echo >$tracefs/set_ftrace_filter
	# One write per function: an older kernel may lack one of them.
	for _function; do
		echo "$_function" >>$tracefs/set_ftrace_filter
	done
	echo function >$tracefs/current_tracer
	echo 1 >$tracefs/tracing_on
}

calls_end() {
	echo 0 >$tracefs/tracing_on
	cat $tracefs/trace >/run/grade/calls
	echo nop >$tracefs/current_tracer
	echo >$tracefs/set_ftrace_filter
}

# unload_traced FUNCTION... - call rmmod, and record in $calls which of these functions were called
# while rmmod unbound the driver, in the order of the calls. They are called by remove(), or by devm
# after remove(). In $calls, each device begins with "/"
unload_traced() {
	loaded || return
	calls_begin "$@" bench_bus_remove bench_unbound
	rmmod "$module" 2>&1
	_rc=$?
	calls_end
	# The kernel itself calls some of these functions before and after it unbinds the driver, so
	# count only the calls in between. The caller's name in the trace does not help: if a call
	# is the last statement of a function, the compiler may turn the call into a jump.
	calls=$(sed -n 's/^ *rmmod-.*: \([a-z_]*\) <-.*$/\1/p' /run/grade/calls | awk '
		/^bench_bus_remove$/ { ours = 1; print "/"; next }
		/^bench_unbound$/ { ours = 0; next }
		ours' | paste -sd' ')
	return $_rc
}

# called FIRST THEN - was THEN called, and did each call of THEN have its own call of FIRST before
# it? FIRST and THEN are patterns
called() {
	echo "rmmod called: ${calls:-none of them}"
	echo "$calls" | tr ' ' '\n' | awk -v first="^($1)$" -v second="^($2)$" '
		$1 ~ first { before++ }
		$1 ~ second && ++after > before { early = 1 }
		END { exit early || !after }'
}
