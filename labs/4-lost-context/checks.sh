# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154,SC2317,SC2329
#
# Lab 4: the lost context. The device has the name of the module.

lab4_read() {
	[ "$(counter "$module" events_raised)" = "$(device "$module" read)" ]
}

# Prints how many times events were handed in, including events that were handed in twice
lab4_attempts() {
	echo $(($(device "$module" handed_in) + $(device "$module" repeated)))
}

lab4_all_tried() {
	[ "$(lab4_attempts)" -ge "$(device "$module" read)" ]
}

check_reads_all() {
	requested "$module" && crowded "$module" || return
	settled lab4_read
	same "events read" "$(counter "$module" events_raised)" "$(device "$module" read)"
}

# Raises many events while the worker is slow
check_hands_in() {
	requested "$module" || return
	echo 1 >"$bench/$module/hold"
	raised "$module" "$(lot 50 300)"
	echo 0 >"$bench/$module/hold"
	raised "$module" 1
	settled lab4_all_tried
	lab4_tried=$(lab4_attempts)
	[ "$lab4_tried" -gt "$(device "$module" read)" ] ||
		same "events handed in" "$(device "$module" read)" "$lab4_tried"
}

check_in_order() {
	requested "$module" || return
	_lost=$(device "$module" lost)
	_repeated=$(device "$module" repeated)
	if [ "$(lab4_attempts)" = 0 ]; then
		echo "not run: no event was handed in"
		return 1
	fi
	echo "left out $_lost, and $_repeated handed in too late"
	# If the driver only left out events, it lost them. If events only came too late, the driver
	# handed in an event twice. Other checks test for these two mistakes. So the order counts as
	# wrong only if the driver left out events, and other events came too late.
	[ "$_lost" = 0 ] || [ "$_repeated" = 0 ]
}

check_once() {
	requested "$module" || return
	_tried=$(lab4_attempts)
	echo "handed in $_tried, read $(device "$module" read)"
	[ "$_tried" -gt 0 ] && [ "$_tried" -le "$(device "$module" read)" ]
}

check_awake() {
	requested "$module" && did_not_sleep "$module" lab4_read
}

check_waits() {
	unload_under_way "$module"
}

check_source_off() {
	source_was_off
}

check_unloads() {
	unloaded_clean
}

check_keeps() {
	none_lost_by_unload "$module"
}
