# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154,SC2317,SC2329
#
# Lab 6: write the poll function. The device has the name of the module.

lab6_delivered() {
	[ "$(counter "$module" events_raised)" = "$(device "$module" handed_in)" ]
}

# Raises frames one by one: each must be handed in before the next comes
check_delivers() {
	requested "$module" || return
	for _n in $(seq "$(lot 5 15)"); do
		raised "$module" 1
		settled lab6_delivered || break
	done
	same "frames handed in" "$(counter "$module" events_raised)" "$(device "$module" handed_in)"
}

check_counts() {
	requested "$module" || return
	if [ "$(device "$module" polls)" = 0 ]; then
		echo "not run: there was no poll"
		return 1
	fi
	same "polls that returned another number" 0 "$(device "$module" miscounted)"
}

# lab6_crowd N - let N frames arrive at once when the driver enables the interrupt. Then raise one
# more frame.
# A driver should look for frames again after it has enabled the interrupt. For a driver that does
# not, the interrupt of the last frame starts another poll
lab6_crowd() {
	echo "$1" >"$bench/$module/late"
	raised "$module" 1
	raised "$module" 1
	settled lab6_delivered
}

# A frame that arrives while the device's interrupt is off raises no interrupt. So the frame adds
# nothing to the counts of delivered and coalesced interrupts.
check_masks() {
	requested "$module" || return
	lab6_polls=$(device "$module" polls)
	_crowd=$(lot 400 900)
	lab6_crowd "$_crowd"
	_told=$(($(counter "$module" interrupts_delivered) + $(counter "$module" interrupts_coalesced)))
	_silent=$(($(counter "$module" events_raised) - _told))
	echo "$_silent of $_crowd frames came without an interrupt"
	[ "$_silent" -ge "$_crowd" ]
}

check_budget() {
	requested "$module" || return
	same "polls over budget" 0 "$(device "$module" over_budget)" || { charged=yes; return 1; }
	_polls=$(($(device "$module" polls) - ${lab6_polls:-0}))
	echo "$_polls polls for hundreds of frames"
	[ "$_polls" -ge 7 ] || return
	# The kernel may call a poll with any budget.
	lab6_polls=$(device "$module" polls)
	echo 16 >"$bench/$module/budget"
	lab6_crowd "$(lot 200 400)"
	echo 64 >"$bench/$module/budget"
	same "polls over a budget of 16" 0 "$(device "$module" over_budget)" || { charged=yes; return 1; }
	_polls=$(($(device "$module" polls) - lab6_polls))
	echo "$_polls polls for hundreds of frames"
	[ "$_polls" -ge 12 ] && ! logged 'Budget exhausted after napi rescheduled'
}

# While the poll hands in a frame, the poll is scheduled once more. Then napi_complete_done() returns
# false.
check_completes() {
	requested "$module" || return
	_early=$(device "$module" enabled_early)
	echo 1 >"$bench/$module/miss"
	raised "$module" 1
	settled lab6_missed || { echo "not run: no poll handed in a frame"; return 1; }
	settled lab6_delivered
	same "times that the interrupt was enabled while the poll was scheduled" 0 \
		$(($(device "$module" enabled_early) - _early))
}

lab6_missed() {
	[ "$(cat "$bench/$module/miss")" = 0 ]
}

# A frame arrives at the moment when the interrupt is enabled, and no frame comes after it.
check_recheck() {
	requested "$module" || return
	for _n in 1 2 3; do
		echo 1 >"$bench/$module/late"
		raised "$module" 1
		settled lab6_late_is_out || { echo "the interrupt was never on again"; return 1; }
		settled lab6_delivered || break
	done
	same "frames handed in" "$(counter "$module" events_raised)" "$(device "$module" handed_in)"
}

lab6_late_is_out() {
	[ "$(cat "$bench/$module/late")" = 0 ]
}

check_once() {
	requested "$module" || return
	if [ "$(device "$module" handed_in)" = 0 ]; then
		echo "not run: no frame was handed in"
		return 1
	fi
	same "left out" 0 "$(device "$module" lost)" && same "repeated" 0 "$(device "$module" repeated)"
}

# A driver can stop the source in three ways.
check_stops() {
	requested "$module" || return
	unload_traced free_irq disable_irq lab_device_irq_disable napi_disable free_netdev || return
	lab6_unloaded=yes
	if called 'free_irq|disable_irq|lab_device_irq_disable' napi_disable; then
		case $calls in
		*free_netdev*)	called napi_disable free_netdev >/dev/null || return ;;
		esac
		return 0
	fi
	# Newer kernels report a missing napi_disable() too.
	logged '__netif_napi_del' >/dev/null
	return 1
}

check_unloads() {
	[ -n "${lab6_unloaded:-}" ] || { echo "not run: the module was not unloaded"; return 1; }
	case $calls in
	*free_netdev*)	;;
	*)	echo "the net_device was not freed: bench_napi_destroy() does this"; return 1 ;;
	esac
	! logged 'is missing|already-free IRQ' && gone && echo "unloaded"
}
