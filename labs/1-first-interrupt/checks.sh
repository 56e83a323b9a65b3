# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154,SC2317,SC2329
#
# Lab 1: the first interrupt. The device has the name of the module.

check_loads() {
	load && bound "$module" && echo "loaded"
}

check_requests() {
	requested "$module" && grep -E " $module$" /proc/interrupts
}

lab1_taken() {
	[ "$(counter "$module" events_raised)" = "$(counter "$module" events_read)" ]
}

check_takes() {
	requested "$module" || return
	raised "$module" "$(lot 50 400)"
	settled lab1_taken
	same events_read "$(counter "$module" events_raised)" "$(counter "$module" events_read)"
}

# The driver must not count an interrupt that finds no event.
check_counts_interrupts() {
	requested "$module" || return
	raised "$module" "$(lot 50 400)"
	spurious "$module"
	settled lab1_taken
	same top_halves "$(counter "$module" returned_handled)" "$(account "$module" top_halves)"
}

check_counts_events() {
	requested "$module" && crowded "$module" || return
	same handled "$(counter "$module" events_raised)" "$(account "$module" handled)"
}

check_not_mine() {
	requested "$module" || return
	_none=$(counter "$module" returned_none)
	_hits=$(lot 3 9)
	for _n in $(seq "$_hits"); do
		spurious "$module"
	done
	same IRQ_NONE $((_none + _hits)) "$(counter "$module" returned_none)"
}

check_short() {
	requested "$module" && short_top "$module"
}

check_frees() {
	_was=$(requested "$module")
	unbind "$module" || return
	! logged 'free_irq\(\) is missing|already-free IRQ' || return
	echo "${_was:-freed}"
	[ -z "$_was" ]
}

check_rebinds() {
	if ! bind "$module"; then
		logged 'probe .* failed with error'
		return 1
	fi
	requested "$module" || return
	raised "$module" "$(lot 50 400)"
	settled lab1_taken
	same events_read "$(counter "$module" events_raised)" "$(counter "$module" events_read)"
}
