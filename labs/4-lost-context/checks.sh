# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154,SC2317,SC2329
#
# Lab 4: the lost context.

check_loads() {
	load && requested lab4 && echo "loaded"
}

lab4_read() {
	[ "$(counter "${1:-lab4}" events_raised)" = "$(book "${1:-lab4}" read)" ]
}

# Handed in, whether as the next one or not
lab4_attempts() {
	echo $(($(book lab4 handed_in) + $(book lab4 repeated)))
}

lab4_all_tried() {
	[ "$(lab4_attempts)" -ge "$(book lab4 read)" ]
}

check_reads_all() {
	requested lab4 && crowded lab4 || return
	settled lab4_read
	same "events read" "$(counter lab4 events_raised)" "$(book lab4 read)"
}

# A crowd that waits for a worker that is slow
check_hands_in() {
	requested lab4 || return
	echo 1 >"$bench/lab4/hold"
	raised lab4 "$(lot 50 300)"
	echo 0 >"$bench/lab4/hold"
	raised lab4 1
	settled lab4_all_tried
	lab4_tried=$(lab4_attempts)
	[ "$lab4_tried" -gt "$(book lab4 read)" ] ||
		same "events handed in" "$(book lab4 read)" "$lab4_tried"
}

check_in_order() {
	requested lab4 || return
	_lost=$(book lab4 lost)
	_repeated=$(book lab4 repeated)
	if [ "$(lab4_attempts)" = 0 ]; then
		echo "not run: no event was handed in"
		return 1
	fi
	echo "left out $_lost, and $_repeated handed in when their turn was over"
	# One that is left out for good is lost, one that is only repeated is twice there.
	[ "$_lost" = 0 ] || [ "$_repeated" = 0 ]
}

check_once() {
	requested lab4 || return
	_tried=$(lab4_attempts)
	echo "handed in $_tried, read $(book lab4 read)"
	[ "$_tried" -gt 0 ] && [ "$_tried" -le "$(book lab4 read)" ]
}

check_awake() {
	requested lab4 && nobody_slept lab4 lab4_read
}

check_waits() {
	unload_under_way lab4
}

check_source_off() {
	source_was_off
}

check_unloads() {
	unloaded_clean lab4
}

check_quiet() {
	quiet_log
}
