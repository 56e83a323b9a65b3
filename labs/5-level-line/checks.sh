# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154,SC2317,SC2329
#
# Lab 5: the level line. The device has the name of the module.

lab5_acked() {
	[ "$(counter "$module" events_raised)" = "$(counter "$module" events_read)" ]
}

check_awake() {
	requested "$module" || return
	did_not_sleep "$module" lab5_acked
	_rc=$?
	lab5_first=$(counter "$module" interrupts_delivered)
	return $_rc
}

check_threaded() {
	requested "$module" || return
	_context=$bench/$module/bottom/context
	echo "ran in $(value "$_context" ran_in) as $(value "$_context" task)"
	grep -q '^task irq/' "$_context" && [ "$(device "$module" transfers)" -gt 0 ] || return
	settled lab5_over_bus
	same "events read over the bus" "$(counter "$module" events_read)" "$(device "$module" bus_read)"
}

lab5_over_bus() {
	[ "$(counter "$module" events_read)" = "$(device "$module" bus_read)" ]
}

# calm - can more events be raised without an interrupt storm?
calm() {
	requested "$module" || return
	[ "${lab5_first:-0}" -gt 3 ] || return 0
	echo "not run: the line storms"
	return 1
}

check_no_storm() {
	requested "$module" || return
	logged 'nobody cared|stays asserted' >/dev/null
	echo "the first event made ${lab5_first:-no} interrupts"
	[ "${lab5_first:-0}" -ge 1 ] && [ "$lab5_first" -le 3 ]
}

lab5_handled() {
	[ "$(counter "$module" events_raised)" = "$(account "$module" handled)" ]
}

check_all_events() {
	calm || return
	for _n in $(seq "$(lot 5 15)"); do
		raised "$module" "$(lot 1 20)"
		settled lab5_acked || break
	done
	settled lab5_handled
	same handled "$(counter "$module" events_raised)" "$(account "$module" handled)"
}

check_interrupts() {
	calm || return
	_woken=$(counter "$module" returned_wake_thread)
	if [ "$_woken" = 0 ]; then
		echo "the thread was never woken"
		return 1
	fi
	same top_halves "$_woken" "$(account "$module" top_halves)"
}

# lab5_measured - print the masked times, in nanoseconds, that the driver and the testbench have
# measured since the last call. The testbench's time begins before the handler is called, and ends
# after the handler's thread has run. So the driver's time must not be longer.
lab5_measured() {
	settled lab5_handled
	lab5_mine=$(($(cat "$bench/$module/my_masked_ns") - ${lab5_had_mine:-0}))
	lab5_bench=$(($(counter "$module" masked_ns) - ${lab5_had_bench:-0}))
	lab5_had_mine=$((${lab5_had_mine:-0} + lab5_mine))
	lab5_had_bench=$((${lab5_had_bench:-0} + lab5_bench))
	echo "my_masked_ns $lab5_mine, the testbench's masked_ns $lab5_bench"
	[ "$lab5_mine" -le "$lab5_bench" ] && [ "$lab5_mine" -ge $((lab5_bench / 4)) ]
}

# Measures many interrupts, then one interrupt alone, then one interrupt whose thread must wait for
# its CPU, and then one whose thread must wait for the bus
check_measured() {
	calm && lab5_measured || return
	echo 2 >"/proc/irq/$(irq_of "$module")/smp_affinity"
	# With this event the thread moves to CPU 1.
	raised "$module" 1
	settled lab5_acked
	lab5_measured || return
	# This task has a higher priority than an IRQ thread.
	rm -f /run/grade/hog
	chrt -f 60 taskset -c 1 sh -c 'echo >/run/grade/hog; while :; do :; done' 3>&- &
	_hog=$!
	await 10 test -e /run/grade/hog
	raised "$module" 1 0
	sleep 0.2
	kill -9 $_hog
	settled lab5_acked
	lab5_measured || return
	# And the transfer of this event takes long.
	echo 1 >"$bench/$module/hold"
	raised "$module" 1
	sleep 0.2
	echo 0 >"$bench/$module/hold"
	settled lab5_acked
	lab5_measured
}

check_frees() {
	requested "$module" && unload || return
	! logged 'free_irq\(\) is missing|already-free IRQ' && echo "freed"
}
