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

# A deadlock, or an event that is lost between two CPUs, is rare. So this check compares how the
# handler and the worker take the locks.
check_locks() {
	requested "$module" || return
	if ! echo 1 >"$bench/$module/locks"; then
		echo "this kernel cannot record how locks are taken"
		return 4
	fi
	_tried=$(lab4_attempts)
	_new=19
	raised "$module" 20
	settled lab4_new_tried
	echo 0 >"$bench/$module/locks"
	lab4_deadlocks=$(device "$module" deadlocking_locks)
	same "locks that the handler takes, and other code with interrupts on" 0 "$lab4_deadlocks" &&
	same "locks that the handler takes but other code does not, or the reverse" 0 \
		"$(device "$module" one_sided_locks)"
}

# lab4_crowd - raise events until some of them share an interrupt. If a lock can deadlock, the
# interrupts of this generator could end this VM, so raise the events one by one
lab4_crowd() {
	if [ "${lab4_deadlocks:-0}" = 0 ]; then
		crowded "$module"
	else
		raised "$module" 300
	fi
}

check_reads_all() {
	requested "$module" && lab4_crowd || return
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
	_read=$(device "$module" read)
	[ "$lab4_tried" -ge "$_read" ] || same "events handed in" "$_read" "$lab4_tried" || return
	# If an event was neither handed in nor left out, then something that is no event was handed
	# in, in its place.
	same "different events handed in" "$_read" \
		$(($(device "$module" handed_in) + $(device "$module" lost)))
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

# While there is no memory, events come. Then there is memory again, and one more event comes.
check_no_memory() {
	requested "$module" || return
	settled lab4_all_tried
	_read=$(device "$module" read)
	_tried=$(lab4_attempts)
	_new=$(lot 3 9)
	echo 1 >"$bench/$module/no_memory"
	raised "$module" "$_new"
	echo 0 >"$bench/$module/no_memory"
	raised "$module" 1
	settled lab4_new_tried
	same "events read" $((_read + _new + 1)) "$(device "$module" read)" || return
	lab4_new_tried || same "events handed in" $((_new + 1)) $(($(lab4_attempts) - _tried))
}

lab4_new_tried() {
	[ $(($(lab4_attempts) - _tried)) -gt "$_new" ]
}

check_frees() {
	requested "$module" || return
	settled lab4_all_tried
	_had=$(device "$module" allocated)
	raised "$module" 100
	settled lab4_read
	settled lab4_all_tried
	settled lab4_freed
	_used=$(device "$module" allocated)
	echo "after 100 more events, $((_used - _had)) more blocks of memory are in use, $_used together"
	lab4_freed
}

# The driver has few blocks in use: lab_device counts at most 4096.
lab4_freed() {
	_used=$(device "$module" allocated)
	[ $((_used - _had)) -lt 50 ] && [ "$_used" -lt 1000 ]
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
