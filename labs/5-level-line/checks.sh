# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154,SC2317,SC2329
#
# Lab 5: the level line.

check_loads() {
	load && requested lab5 && echo "loaded"
}

lab5_acked() {
	[ "$(counter lab5 events_raised)" = "$(counter lab5 events_acked)" ]
}

check_awake() {
	requested lab5 || return
	nobody_slept lab5 lab5_acked
	_rc=$?
	lab5_first=$(counter lab5 interrupts_delivered)
	return $_rc
}

check_threaded() {
	requested lab5 || return
	_context=$bench/lab5/bottom/context
	echo "ran in $(value "$_context" ran_in) as $(value "$_context" task)"
	grep -q '^task irq/' "$_context" && [ "$(book lab5 transfers)" -gt 0 ]
}

# calm - is there any sense in raising more?
calm() {
	requested lab5 || return
	[ "${lab5_first:-0}" -gt 3 ] || return 0
	echo "not run: the line storms"
	return 1
}

check_no_storm() {
	requested lab5 || return
	logged 'nobody cared|nobody lets it down' >/dev/null
	echo "the first event made ${lab5_first:-no} interrupts"
	[ "${lab5_first:-0}" -ge 1 ] && [ "$lab5_first" -le 3 ]
}

lab5_handled() {
	[ "$(counter lab5 events_raised)" = "$(account lab5 handled)" ]
}

check_all_events() {
	calm || return
	for _n in $(seq "$(lot 5 15)"); do
		raised lab5 "$(lot 1 20)"
		settled lab5_acked || break
	done
	settled lab5_handled
	same handled "$(counter lab5 events_raised)" "$(account lab5 handled)"
}

check_interrupts() {
	calm || return
	_woken=$(counter lab5 returned_wake_thread)
	if [ "$_woken" = 0 ]; then
		echo "the thread was never woken"
		return 1
	fi
	same top_halves "$_woken" "$(account lab5 top_halves)"
}

# lab5_measured - since the last time, theirs and ours, in nanoseconds. The bench counts from
# before the handler to after its thread.
lab5_measured() {
	settled lab5_handled
	lab5_mine=$(($(cat "$bench/lab5/my_masked_ns") - ${lab5_had_mine:-0}))
	lab5_bench=$(($(counter lab5 masked_ns) - ${lab5_had_bench:-0}))
	lab5_had_mine=$((${lab5_had_mine:-0} + lab5_mine))
	lab5_had_bench=$((${lab5_had_bench:-0} + lab5_bench))
	echo "my_masked_ns $lab5_mine, the bench's $lab5_bench"
	[ "$lab5_mine" -le "$lab5_bench" ] && [ "$lab5_mine" -ge $((lab5_bench / 4)) ]
}

# Of many interrupts, and then of one more
check_measured() {
	calm && lab5_measured || return
	raised lab5 1
	settled lab5_acked
	lab5_measured
}

check_frees() {
	requested lab5 && unload || return
	! logged 'free_irq\(\) is missing|already-free IRQ' && echo "freed"
}

check_quiet() {
	quiet_log
}
