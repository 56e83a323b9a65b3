# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2086,SC2154,SC2317,SC2329
#
# Lab 2: from top half to tasklet, and to BH work.

# Kernels before 6.9 have no BH work queue.
lab2_has_bh() {
	grep -q ' system_bh_wq$' /proc/kallsyms && return
	echo "this kernel has no BH work queue"
	return 1
}

check_loads() {
	load && requested lab2_tasklet && requested lab2_bh_work && echo "loaded"
}

# lab2_run DEVICE - raise one event, and record in which context the bottom half ran. $lab2_work is
# "yes" if a function of the module ran as a work item, as the trace shows. $lab2_early counts the
# calls of bench_done() in a hard interrupt
lab2_run() {
	calls_begin bench_done
	echo 1 >$tracefs/events/workqueue/workqueue_execute_start/enable
	echo 1 >$tracefs/tracing_on
	raised "$1" 1
	settled lab2_ran "$1"
	settled lab2_handled "$1"
	echo 0 >$tracefs/events/workqueue/workqueue_execute_start/enable
	calls_end
	# In a line of the trace, the third letter after the CPU is "h" or "H" in a hard interrupt.
	lab2_early=$((${lab2_early:-0} + $(grep -c '\] ..[hH].* bench_done <-' /run/grade/calls)))
	lab2_work=no
	sed -n 's/.*workqueue_execute_start: .*function \([a-zA-Z0-9_.]*\).*/\1/p' /run/grade/calls |
		sort -u | sed "s/.*/ &\t[$module]/" >/run/grade/ran
	! grep -q -F -f /run/grade/ran /proc/kallsyms || lab2_work=yes
	lab2_context=$(value "$bench/$1/bottom/context" ran_in)
	lab2_vector=$(value "$bench/$1/bottom/context" vector)
	echo "ran in $lab2_context, vector $lab2_vector; as a work item: $lab2_work"
}

lab2_ran() {
	[ "$(lab2_runs "$1")" -gt 0 ]
}

check_tasklet() {
	requested lab2_tasklet && lab2_run lab2_tasklet || return
	[ "$lab2_context $lab2_vector $lab2_work" = "softirq TASKLET no" ]
}

check_bh_work() {
	lab2_has_bh || return 4
	requested lab2_bh_work && lab2_run lab2_bh_work || return
	[ "$lab2_context $lab2_work" = "softirq yes" ]
}

check_bottom() {
	requested lab2_tasklet || return
	same "calls of bench_done() in the top half" 0 "${lab2_early:-0}"
}

lab2_runs() {
	account "$1" bottom_halves
}

lab2_handled() {
	[ "$(counter "$1" events_raised)" = "$(account "$1" handled)" ]
}

check_none_lost() {
	for _device in lab2_tasklet lab2_bh_work; do
		requested "$_device" && raised "$_device" "$(lot 50 300)" && crowded "$_device" || return
		settled lab2_handled "$_device"
		same "$_device: handled" "$(counter "$_device" events_raised)" "$(account "$_device" handled)" || return
	done
}

# Raises one interrupt without an event, then one event. Together they must cause exactly one run of
# the bottom half. In a correct driver the interrupt without an event causes no run, so the check
# cannot wait for such a run. It waits for the run that the event causes, and then counts the runs.
check_not_mine() {
	for _device in lab2_tasklet lab2_bh_work; do
		requested "$_device" || return
		_none=$(counter "$_device" returned_none)
		_runs=$(lab2_runs "$_device")
		spurious "$_device"
		raised "$_device" 1
		settled lab2_ran_since "$_device" "$_runs"
		same "$_device: IRQ_NONE" $((_none + 1)) "$(counter "$_device" returned_none)" &&
		same "$_device: runs" $((_runs + 1)) "$(lab2_runs "$_device")" || return
	done
}

lab2_ran_since() {
	[ "$(lab2_runs "$1")" -gt "$2" ]
}

# Three checks need a trace of the functions that rmmod calls, but the module can be unloaded only
# once. So the first check that gets here makes the trace for all three. A driver stops the source
# with free_irq() or disable_irq().
lab2_unload() {
	[ -n "${lab2_calls+set}" ] || {
		unload_traced free_irq disable_irq tasklet_kill cancel_work_sync flush_work \
			disable_work_sync
		lab2_calls=${calls:-}
	}
}

# The testbench removes the last device first.
check_kills_tasklet() {
	[ -n "${lab2_calls+set}" ] || requested lab2_tasklet && lab2_unload
	calls=${lab2_calls:-}
	calls=${calls##*/}
	called 'free_irq|disable_irq' tasklet_kill
}

check_cancels_work() {
	lab2_has_bh || return 4
	lab2_unload
	calls=${lab2_calls#/}
	calls=${calls%%/*}
	called 'free_irq|disable_irq' cancel_work_sync >/dev/null ||
	called 'free_irq|disable_irq' disable_work_sync >/dev/null ||
	called 'free_irq|disable_irq' flush_work
}

check_unloads() {
	[ -n "${lab2_calls:-}" ] || { echo "not run: rmmod removed no device"; return 1; }
	! logged 'is missing|already-free IRQ' && gone && echo "unloaded"
}

# Reads the file "totals" first on the CPU that gets the interrupts, and then on the other CPU. On
# the first CPU the read never returns if the driver uses the wrong kind of lock. On the other CPU
# the bottom half runs during the read, so it needs the lock too.
check_locked() {
	gone && load && requested lab2_tasklet || return
	echo 2 >"/proc/irq/$(irq_of lab2_tasklet)/smp_affinity"
	raised lab2_tasklet "$(lot 5 50)" 1
	settled lab2_handled lab2_tasklet
	lab2_reads 1 && lab2_reads 0
}

check_no_sleep() {
	requested lab2_tasklet || return
	same "allocations that may sleep, where sleeping is not allowed" 0 "$(device lab2_tasklet atomic_allocations)"
}

# lab2_reads CPU - read "totals" on this CPU, and check the values
lab2_reads() {
	_raised=$(counter lab2_tasklet events_raised)
	taskset -c "$1" cat "$bench/lab2_tasklet/totals" >/run/grade/totals 3>&- &
	_reader=$!
	if ! await 20 lab2_read; then
		echo "reading totals never ends"
		charged=yes
		return 1
	fi
	settled lab2_handled lab2_tasklet
	_after=$(counter lab2_tasklet events_raised)
	_events=$(value /run/grade/totals events)
	same bytes $((64 * _events)) "$(value /run/grade/totals bytes)" || return
	if [ "$_after" = "$_raised" ]; then
		echo "no event came: totals_show() must call lab_device_copy()"
		return 1
	fi
	# If the reader copies once more after the event, it also sees this event.
	[ "$_events" = "$_after" ] || same events "$_raised" "$_events"
}

lab2_read() {
	! kill -0 "$_reader"
}
