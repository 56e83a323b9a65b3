# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154,SC2317,SC2329
#
# Lab 1: the first interrupt.

check_loads() {
	load && has_line lab1 && echo "loaded"
}

check_requests() {
	requested lab1 && grep -E ' lab1$' /proc/interrupts
}

lab1_taken() {
	[ "$(counter lab1 events_raised)" = "$(counter lab1 events_acked)" ]
}

check_takes() {
	requested lab1 || return
	raised lab1 "$(lot 50 400)"
	settled lab1_taken
	same events_acked "$(counter lab1 events_raised)" "$(counter lab1 events_acked)"
}

check_counts_interrupts() {
	requested lab1 || return
	raised lab1 "$(lot 50 400)"
	same top_halves "$(counter lab1 returned_handled)" "$(account lab1 top_halves)"
}

check_counts_events() {
	requested lab1 && crowded lab1 || return
	same events "$(counter lab1 events_raised)" "$(account lab1 events)"
}

check_not_mine() {
	requested lab1 || return
	_none=$(counter lab1 returned_none)
	_hits=$(lot 3 9)
	irq_of lab1 >"$device/late_irq"
	# One at a time: an interrupt that finds nothing would be told of the next.
	for _n in $(seq "$_hits"); do
		echo 1 >"$device/late"
		raised lab1 1
	done
	same IRQ_NONE $((_none + _hits)) "$(counter lab1 returned_none)"
}

check_frees() {
	_was=$(requested lab1)
	unload || return
	! logged 'free_irq\(\) is missing|already-free IRQ' || return
	echo "${_was:-freed}"
	[ -z "$_was" ]
}

check_destroys() {
	gone || { echo "not run: the module is not unloaded"; return 1; }
	! logged 'irq_line_destroy\(\) is missing' && echo "destroyed"
}

check_name_taken() {
	gone || unload || return
	rmmod lab_device
	_said=$(load squat=lab1)
	! logged 'BUG:|Oops' || return
	echo "${_said##*: }"
	[ "$_said" != "${_said%File exists}" ]
}

check_quiet() {
	quiet_log
}
