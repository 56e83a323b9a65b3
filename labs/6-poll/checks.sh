# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154,SC2317,SC2329
#
# Lab 6: write the poll function.

check_loads() {
	load && requested lab6 && echo "loaded"
}

lab6_delivered() {
	[ "$(counter lab6 events_raised)" = "$(book lab6 handed_in)" ]
}

# one by one: a frame, and then the next
check_delivers() {
	requested lab6 || return
	for _n in $(seq "$(lot 5 15)"); do
		raised lab6 1
		settled lab6_delivered || break
	done
	same "frames handed in" "$(counter lab6 events_raised)" "$(book lab6 handed_in)"
}

check_counts() {
	requested lab6 || return
	if [ "$(book lab6 polls)" = 0 ]; then
		echo "not run: nothing was polled"
		return 1
	fi
	same "polls that returned another number" 0 "$(book lab6 miscounted)"
}

# lab6_crowd N - N frames come at once when the interrupt is switched on, and then one more,
# that nothing of them is waited for in vain
lab6_crowd() {
	echo "$1" >"$bench/lab6/late"
	raised lab6 1
	raised lab6 1
	settled lab6_delivered
}

# Frames that came while the bit was clear made no interrupt and coalesced with none.
check_masks() {
	requested lab6 || return
	lab6_polls=$(book lab6 polls)
	_crowd=$(lot 400 900)
	lab6_crowd "$_crowd"
	_told=$(($(counter lab6 interrupts_delivered) + $(counter lab6 interrupts_coalesced)))
	_silent=$(($(counter lab6 events_raised) - _told))
	echo "$_silent of $_crowd frames came without an interrupt"
	[ "$_silent" -ge "$_crowd" ]
}

check_budget() {
	requested lab6 || return
	same "polls over budget" 0 "$(book lab6 over_budget)" || { charged=yes; return 1; }
	_polls=$(($(book lab6 polls) - ${lab6_polls:-0}))
	echo "$_polls polls for hundreds of frames"
	[ "$_polls" -ge 7 ]
}

# The last frame is late: nothing comes after it.
check_recheck() {
	requested lab6 || return
	for _n in 1 2 3; do
		echo 1 >"$bench/lab6/late"
		raised lab6 1
		settled lab6_late_is_out || { echo "the interrupt was never on again"; return 1; }
		settled lab6_delivered || break
	done
	same "frames handed in" "$(counter lab6 events_raised)" "$(book lab6 handed_in)"
}

lab6_late_is_out() {
	[ "$(cat "$bench/lab6/late")" = 0 ]
}

check_once() {
	requested lab6 || return
	if [ "$(book lab6 handed_in)" = 0 ]; then
		echo "not run: no frame was handed in"
		return 1
	fi
	same "left out" 0 "$(book lab6 lost)" && same "repeated" 0 "$(book lab6 repeated)"
}

check_stops() {
	requested lab6 || return
	unload_traced free_irq napi_disable || return
	lab6_unloaded=yes
	called free_irq napi_disable
}

check_unloads() {
	[ -n "${lab6_unloaded:-}" ] || { echo "not run: the module was not unloaded"; return 1; }
	! logged 'is missing|already-free IRQ' && gone && echo "unloaded"
}

check_quiet() {
	quiet_log
}
