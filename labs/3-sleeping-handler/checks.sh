# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154,SC2317,SC2329
#
# Lab 3: the sleeping handler.

check_loads() {
	load && requested lab3_a && requested lab3_b && echo "loaded"
}

lab3_moved() {
	[ "$(counter "$1" events_raised)" = "$(device "$1" transferred)" ]
}

check_awake() {
	requested lab3_a && did_not_sleep lab3_a lab3_moved
}

check_task() {
	requested lab3_a || return
	raised lab3_a 1
	settled lab3_moved lab3_a
	_context=$bench/lab3_a/bottom/context
	echo "ran in $(value "$_context" ran_in) as $(value "$_context" task)"
	[ "$(value "$_context" may_sleep)" = yes ] && grep -q '^task kworker' "$_context"
}

check_all_events() {
	requested lab3_a && crowded lab3_a || return
	raised lab3_a "$(lot 100 300)"
	settled lab3_moved lab3_a
	same "events transferred" "$(counter lab3_a events_raised)" "$(device lab3_a transferred)"
}

check_own_device() {
	requested lab3_b || return
	_a=$(device lab3_a transferred)
	# Raise the events one by one, so that they do not coalesce. The check "all_events" tests
	# events that coalesce.
	for _n in $(seq "$(lot 3 9)"); do
		raised lab3_b 1
		settled lab3_moved lab3_b || break
	done
	same "events of lab3_b transferred" "$(counter lab3_b events_raised)" "$(device lab3_b transferred)" &&
	same "events of lab3_a transferred" "$_a" "$(device lab3_a transferred)" || return
	# A transfer of lab3_a must not delay those of lab3_b.
	_before=$(device lab3_a transfers)
	echo 1 >"$bench/lab3_a/hold"
	raised lab3_a 1
	settled under_way lab3_a "$_before"
	raised lab3_b 1
	settled lab3_moved lab3_b
	same "while lab3_a is busy: events of lab3_b transferred" "$(counter lab3_b events_raised)" "$(device lab3_b transferred)"
	_rc=$?
	echo 0 >"$bench/lab3_a/hold"
	settled lab3_moved lab3_a
	return $_rc
}

check_waits() {
	# rmmod removes the last device first.
	unload_under_way lab3_b lab3_a
}

check_source_off() {
	source_was_off
}

check_unloads() {
	unloaded_clean
}
