# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# What the checks of a lab are made of. A lab's checks.sh has a function check_NAME for
# each line of its rubric but "builds"; they run in the order of the rubric, in one process.
# A check succeeds, fails, or returns 4: cannot be looked at on this kernel. What it prints
# is what was seen. It compares what the driver says of itself with what bench and device
# know, and numbers of events are drawn by lot, so that no number can be right by guess.
#
# Set by labs/guest: $bench, $labs, $module.

device=/sys/kernel/debug/lab_device
charged=

# load [DEVICE-PARAMETER] - bench, device and submission
load() {
	[ -e /sys/module/bh_testbench ] || insmod "$labs/../testbench/bh_testbench.ko" || return
	[ -e /sys/module/lab_device ] || insmod "$labs/device/lab_device.ko" "$@" || return
	insmod "/share/$module.ko" 2>&1 && return
	# Why, is often in the log as well.
	charged=yes
	return 1
}

loaded() {
	[ -e "/sys/module/$module" ] && return
	echo "not run: the module is not loaded"
	return 1
}

# has_line LINE - the module is there, and so is its line
has_line() {
	loaded || return
	[ ! -d "$bench/$1" ] || return 0
	echo "not run: there is no line $1"
	return 1
}

# requested LINE - does it have a handler?
requested() {
	has_line "$1" || return
	grep -qE "bench +[0-9]+-(edge|level) .*$1" /proc/interrupts && return
	echo "not run: nobody has requested the line $1"
	return 1
}

unload() {
	loaded && rmmod "$module" 2>&1
}

# lot LOW HIGH - a number between them
lot() {
	shuf -n 1 -i "$1-$2"
}

# counter LINE NAME, account LINE NAME, book LINE NAME - what the bench counted for the
# line, what the driver did, what the device has in its books; - when there is no such thing
counter() { value "$bench/$1/counters" "$2" 2>/dev/null || echo -; }
account() { value "$bench/$1/account" "$2" 2>/dev/null || echo -; }
book() { value "$bench/$1/device" "$2" 2>/dev/null || echo -; }

# raised LINE N [CPU] - so many events, one by one
raised() {
	echo "$2 ${3:-$(($(nproc) - 1))}" >"$bench/$1/raise"
}

# crowded LINE - events too fast to be interrupts each, until some have coalesced
crowded() {
	_from=$(counter "$1" interrupts_coalesced)
	echo "100000 $(($(nproc) - 1))" >"$bench/$1/rate"
	await 30 coalesced "$1" $((_from + 20))
	_rc=$?
	echo off >"$bench/$1/rate"
	[ $_rc -eq 0 ] || echo "not one interrupt stood for several events"
	return $_rc
}

coalesced() {
	[ "$(counter "$1" interrupts_coalesced)" -ge "$2" ]
}

# settled COMMAND... - wait until it succeeds; not for ever: until nothing that is counted has
# moved for six seconds, or a minute is over
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

# same WHAT EXPECTED SEEN - numbers are equal, or say what was there
same() {
	[ "$2" = "$3" ] && { echo "$1 $3"; return; }
	echo "$1 $3, not $2"
	return 1
}

# logged PATTERN - is it in the kernel log? What is charged here is not charged again
logged() {
	kmsg_since | grep -q -E "$1" || return
	charged=yes
	kmsg_since | grep -E "$1" | head -n 1 | sed 's/^[a-z]* *: *[a-z]* *: *//'
}

# quiet_log - the kernel has nothing to say, but what other lines have told already
quiet_log() {
	_said=$(unexpected)
	if [ -n "$charged" ]; then
		echo "what the kernel said is told above"
	elif [ -n "$_said" ]; then
		printf '%s\n' "$_said" | grep -v 'cut here' | head -n 1 | sed 's/^[a-z]* *: *[a-z]* *: *//'
		return 1
	fi
}

# ---- sleeping where nobody may

asleep='scheduling while atomic|sleeping function called|bad: scheduling'

# nobody_slept LINE MOVED - one event, raised by whoever may never come back from it; until
# "MOVED LINE" holds or the kernel has something to say
nobody_slept() {
	raised "$1" 1 3>&- &
	settled slept_or "$2" "$1"
	! logged "$asleep" || return
	same "transfers asked for in interrupt context" 0 "$(book "$1" atomic)"
}

slept_or() {
	"$@" || kmsg_since | grep -qE "$asleep"
}

# ---- unloading

# unload_under_way LINE - rmmod while a transfer is under way: it has to wait for it, and is
# looked at while it does
unload_under_way() {
	requested "$1" || return
	_before=$(book "$1" transfers)
	echo 1 >"$bench/$1/hold"
	raised "$1" 1
	settled under_way "$1" "$_before" ||
		{ echo "not run: no transfer was asked for"; return 1; }
	rmmod "$module" 3>&- &
	_rmmod=$!
	await 30 rmmod_seen
	_source=on
	[ -n "$(irq_of "$1")" ] || _source=off
	if ! rmmod_waits; then
		echo "rmmod was through with a transfer under way"
		return 1
	fi
	echo "rmmod waited"
}

under_way() {
	[ "$(book "$1" transfers)" -gt "$2" ]
}

# What it waits in, whichever of the ways to wait for work was chosen
rmmod_waits() {
	grep -qE 'flush_work|cancel_work|flush_workqueue|drain_workqueue|destroy_workqueue' \
		"/proc/$_rmmod/stack"
}

rmmod_seen() {
	rmmod_waits || ! kill -0 "$_rmmod"
}

# source_was_off - when that rmmod waited, could no interrupt come any more?
source_was_off() {
	case ${_source:-} in
	off)	echo "the interrupt was freed by then" ;;
	on)	echo "the line had its handler still"; return 1 ;;
	*)	echo "not run: nothing was waited for"; return 1 ;;
	esac
}

# unloaded_clean LINE - the transfer may end, and nothing of the module is left
unloaded_clean() {
	if [ ! -e "/sys/module/$module" ] && [ -z "${_rmmod:-}" ]; then
		echo "not run: the module was not loaded"
		return 1
	fi
	[ ! -e "$bench/$1/hold" ] || echo 0 >"$bench/$1/hold"
	if [ -n "${_rmmod:-}" ]; then
		await 30 gone >/dev/null
	else
		unload
	fi
	! logged 'is missing|already-free IRQ' && gone && echo "unloaded"
}

gone() {
	[ ! -e "/sys/module/$module" ]
}

tracefs=/sys/kernel/tracing

# calls_begin FUNCTION..., calls_end - trace who calls these functions of the kernel in between;
# calls_end leaves the trace in /run/grade/calls
calls_begin() {
	echo nop >$tracefs/current_tracer
	echo >$tracefs/trace
	echo "$*" >$tracefs/set_ftrace_filter
	echo function >$tracefs/current_tracer
	echo 1 >$tracefs/tracing_on
}

calls_end() {
	echo 0 >$tracefs/tracing_on
	cat $tracefs/trace >/run/grade/calls
	echo nop >$tracefs/current_tracer
	echo >$tracefs/set_ftrace_filter
}

# unload_traced FUNCTION... - rmmod; $calls has which of these it called, in order
unload_traced() {
	loaded || return
	calls_begin "$@"
	rmmod "$module" 2>&1
	_rc=$?
	calls_end
	# By whom is not asked: a call that is the last thing a function does is no call of its.
	calls=$(sed -n 's/^ *rmmod-.*: \([a-z_]*\) <-.*$/\1/p' /run/grade/calls | paste -sd' ')
	return $_rc
}

# called FIRST THEN - each THEN after a FIRST of its own, and there is one
called() {
	echo "rmmod called: ${calls:-none of them}"
	echo "$calls" | tr ' ' '\n' | awk -v first="$1" -v second="$2" '
		$1 == first { before++ }
		$1 == second && ++after > before { early = 1 }
		END { exit early || !after }'
}
