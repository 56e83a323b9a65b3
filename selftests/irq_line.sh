#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests the interrupt lines of the testbench from kernel code (test_irq_line.ko) and from the shell.
# While the lines are in use, it also takes a CPU offline, and tries to unload the testbench.

. ./lib.sh

need_modules bh_testbench test_irq_line demo_tasklet demo_threaded_irq

kernel_test() {
	grep -F "test_irq_line: ok: $1" "$log.kernel"
}

counter() {
	value "$bench/$1/counters" "$2"
}

edge_sum() {
	modprobe demo_tasklet
	echo 1000 >"$bench/demo_tasklet/raise" && accounted demo_tasklet || return
	cat "$bench/demo_tasklet/counters"
	want "delivered + coalesced" "$(counter demo_tasklet events_raised)" \
		$(($(counter demo_tasklet interrupts_delivered) +
		   $(counter demo_tasklet interrupts_coalesced))) || return
	if realtime; then
		# On PREEMPT_RT the top half is a function of the kernel, which only wakes the
		# thread that runs our handler.
		want "top halves" "$(counter demo_tasklet interrupts_delivered)" \
			"$(counter demo_tasklet returned_wake_thread)"
	else
		want "top halves" "$(counter demo_tasklet returned_handled)" \
			"$(value "$bench/demo_tasklet/account" top_halves)"
	fi
}

level_is_masked() {
	modprobe demo_threaded_irq
	echo 10 >"$bench/demo_threaded_irq/raise" && accounted demo_threaded_irq || return
	cat "$bench/demo_threaded_irq/counters"
	[ "$(counter demo_threaded_irq masked_ns)" -gt 0 ] &&
	[ "$(counter demo_threaded_irq masked_max_ns)" -gt 0 ] &&
	[ "$(counter demo_threaded_irq masks)" -gt 0 ]
}

bench_is_pinned() {
	! rmmod bh_testbench && [ -d "$bench/demo_tasklet" ]
}

listed_in_proc() {
	# x86 writes "3-edge", arm64 "3 Edge".
	grep -iE 'bench.*edge.*demo_tasklet' /proc/interrupts &&
	grep -iE 'bench.*level.*demo_threaded_irq' /proc/interrupts
}

cpu_goes_offline() {
	[ -w /sys/devices/system/cpu/cpu1/online ] || skip "no CPU here can go offline"
	echo "2000 1" >"$bench/demo_tasklet/rate"
	for _i in 1 2 3; do
		echo 0 >/sys/devices/system/cpu/cpu1/online || return
		was=$(counter demo_tasklet events_raised)
		await 30 more_raised "$was" || return
		echo 1 >/sys/devices/system/cpu/cpu1/online || return
	done
	echo off >"$bench/demo_tasklet/rate"
	accounted demo_tasklet
}

more_raised() {
	[ "$(counter demo_tasklet events_raised)" -gt "$1" ]
}

# The hist trigger must record one delay for each run of the top half and of the tasklet. So the
# number of delays must equal the number of runs that the driver has counted.
delays_are_kept() {
	pin demo_tasklet 0
	latency_start demo_tasklet || return
	_tops=$(value "$bench/demo_tasklet/account" top_halves)
	_bottoms=$(value "$bench/demo_tasklet/account" bottom_halves)
	for _i in $(seq 20); do
		echo "1 0" >"$bench/demo_tasklet/raise" && accounted demo_tasklet || return
	done
	latency_stop >"$log.delays" || return
	cat "$log.delays"
	want "top halves" $(($(value "$bench/demo_tasklet/account" top_halves) - _tops)) \
		"$(awk '$1 == "hardirq" { n += $3 } END { print n + 0 }' "$log.delays")" &&
	want "tasklets" $(($(value "$bench/demo_tasklet/account" bottom_halves) - _bottoms)) \
		"$(awk '$1 == "tasklet" { n += $3 } END { print n + 0 }' "$log.delays")" &&
	# The trigger must be gone, because the module cannot be unloaded as long as the trigger
	# exists.
	! grep -v '^#' /sys/kernel/tracing/events/bottom_half/bh_run/trigger
}

plan 21
modprobe bh_testbench
kmsg_mark
# The module runs its tests when it is loaded, and writes their results to the kernel log.
modprobe test_irq_line
kmsg_since >"$log.kernel"
trap 'rm -f "$log" "$log.kernel" "$log.delays"' EXIT
while read -r name; do
	check "$name" kernel_test "$name"
done <<'END'
names are checked
a raise is a hard interrupt
irq_set_irqchip_state() raises
edges coalesce behind disable_irq()
one edge waits behind disable_irq()
a level fires until it is acknowledged
a level waits behind disable_irq()
a level waits for its device to be enabled
an edge not sent is not sent later
a level that is up fires at request_irq()
every CPU can be interrupted
smp_affinity decides where
a generator starts and stops
a line may go right after a raise
END
rmmod test_irq_line
cat "$log.kernel" >"$log"
quiet_log() {
	! grep -E '(emerg|alert|crit|err|warn) *:|BUG|WARNING' "$log.kernel" |
		grep -vE "$allowed"
}
check "the kernel log of these tests is clean" quiet_log
check "edge: every event is an interrupt or coalesced" edge_sum
check "level: masked while the thread runs, and that time is measured" level_is_masked
check "/proc/interrupts lists the interrupts as edge or level" listed_in_proc
check "the testbench cannot be unloaded while its lines are in use" bench_is_pinned
check "a CPU goes offline and comes back while a generator runs" cpu_goes_offline
check "a hist trigger keeps the delay of each run" delays_are_kept
rmmod demo_tasklet demo_threaded_irq
ktap_finished
