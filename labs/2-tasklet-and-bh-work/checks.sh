# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2086,SC2154,SC2317,SC2329
#
# Lab 2: from top half to tasklet, and to BH work.

lab2_lines=lab2_tasklet
# Kernels before 6.9 have no BH work queue.
lab2_has_bh() {
	grep -q ' system_bh_wq$' /proc/kallsyms && return
	echo "this kernel has no BH work queue"
	return 1
}

check_loads() {
	load && requested lab2_tasklet || return
	! lab2_has_bh >/dev/null || { lab2_lines='lab2_tasklet lab2_bh_work'; requested lab2_bh_work; } &&
		echo "loaded"
}

# lab2_run LINE - one event, and what the kernel says: was a function of ours run as work?
lab2_run() {
	echo >$tracefs/trace
	echo 1 >$tracefs/events/workqueue/workqueue_execute_start/enable
	echo 1 >$tracefs/tracing_on
	raised "$1" 1
	settled lab2_ran "$1"
	echo 0 >$tracefs/events/workqueue/workqueue_execute_start/enable
	lab2_work=no
	sed -n 's/.*workqueue_execute_start: .*function \([a-zA-Z0-9_.]*\).*/\1/p' "$tracefs/trace" |
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

lab2_handled() {
	[ "$(counter "$1" events_raised)" = "$(account "$1" handled)" ]
}

check_none_lost() {
	for _line in $lab2_lines; do
		requested "$_line" && raised "$_line" "$(lot 50 300)" && crowded "$_line" || return
		settled lab2_handled "$_line"
		same "$_line: handled" "$(counter "$_line" events_raised)" "$(account "$_line" handled)" || return
	done
}

lab2_runs() {
	value "$bench/$1/bottom/latency" count
}

lab2_ran_again() {
	[ "$(lab2_runs "$1")" -gt "$2" ]
}

# One by one, so that each is a run of its own
check_accounted() {
	for _line in $lab2_lines; do
		requested "$_line" || return
		_had=$(account "$_line" bottom_halves)
		_n=$(lot 5 15)
		for _i in $(seq "$_n"); do
			_runs=$(lab2_runs "$_line")
			raised "$_line" 1
			settled lab2_ran_again "$_line" "$_runs" || break
		done
		# The run is counted by the probe before it is by the driver.
		settled lab2_counted "$_line" $((_had + _n))
		same "$_line: bottom_halves" $((_had + _n)) "$(account "$_line" bottom_halves)" || return
	done
}

lab2_counted() {
	[ "$(account "$1" bottom_halves)" = "$2" ]
}

# It is traced what rmmod calls; all three are judged by that.
lab2_unload() {
	[ -n "${lab2_calls+set}" ] || {
		unload_traced free_irq tasklet_kill cancel_work_sync flush_work
		lab2_calls=${calls:-}
	}
	calls=$lab2_calls
}

check_kills_tasklet() {
	[ -n "${lab2_calls+set}" ] || requested lab2_tasklet && lab2_unload
	called free_irq tasklet_kill
}

check_cancels_work() {
	lab2_has_bh || return 4
	lab2_unload
	called free_irq cancel_work_sync || called free_irq flush_work
}

check_unloads() {
	[ -n "${lab2_calls:-}" ] || { echo "not run: rmmod freed no interrupt"; return 1; }
	! logged 'is missing|already-free IRQ' && gone && echo "unloaded"
}

# On the CPU of the interrupts; it may never come back.
check_locked() {
	gone && load && requested lab2_tasklet || return
	echo 2 >"/proc/irq/$(irq_of lab2_tasklet)/smp_affinity"
	raised lab2_tasklet "$(lot 5 50)" 1
	settled lab2_handled lab2_tasklet
	taskset -c 1 cat "$bench/lab2_tasklet/totals" >/run/grade/totals 3>&- &
	_reader=$!
	if ! await 20 lab2_read; then
		echo "who reads totals waits for ever"
		charged=yes
		return 1
	fi
	settled lab2_handled lab2_tasklet
	_events=$(value /run/grade/totals events)
	same bytes $((64 * _events)) "$(value /run/grade/totals bytes)" &&
	same events $(($(counter lab2_tasklet events_raised) - 1)) "$_events"
}

lab2_read() {
	! kill -0 "$_reader"
}

check_quiet() {
	quiet_log
}
