#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests each demo alone on the testbench. Events are raised on every CPU, in bursts and at a rate.
# Each event must be handled, and nothing may be left after the module is unloaded.

. ./lib.sh

demos='demo_softirq demo_tasklet demo_workqueue demo_threaded_irq'
# shellcheck disable=SC2086
need_modules bh_testbench $demos

cpus=$(sed 's/^0-\([0-9]*\)$/\1/' /sys/devices/system/cpu/online)

loads_alone() {
	modprobe -r bh_testbench
	insmod "$(modinfo -n bh_testbench)" && insmod "$(modinfo -n "$1")" &&
	grep -qw "$1" /proc/interrupts && [ -d "$bench/$1" ]
}

every_cpu() {
	for cpu in $(seq 0 "$cpus"); do
		echo "1000 $cpu" >"$bench/$1/raise" && accounted "$1" || return
	done
}

one_by_one() {
	for _i in $(seq 10); do
		echo 1 >"$bench/$1/raise" && accounted "$1" || return
	done
}

# more_than LINE N
more_than() {
	[ "$(value "$bench/$1/counters" events_raised)" -gt "$2" ]
}

at_a_rate() {
	start=$(value "$bench/$1/counters" events_raised)
	echo 2000 >"$bench/$1/rate"
	await 60 more_than "$1" $((start + 500)) &&
	echo off >"$bench/$1/rate" && accounted "$1"
}

# Raises events on every CPU while a generator raises others on CPU 0.
both_at_once() {
	echo "1000 0" >"$bench/$1/rate"
	every_cpu_raises "$1"
	echo off >"$bench/$1/rate"
	accounted "$1"
}

every_cpu_raises() {
	for cpu in $(seq 0 "$cpus"); do
		echo "500 $cpu" >"$bench/$1/raise"
	done
}

follows_affinity() {
	[ "$cpus" -gt 0 ] || skip "needs two CPUs"
	irq=$(awk -v n="$1" '$NF == n { sub(":", "", $1); print $1 }' /proc/interrupts)
	echo 1 >"/proc/irq/$irq/smp_affinity_list"
	before=$(cell "$irq" 1)
	echo "100 0" >"$bench/$1/raise"
	accounted "$1" || return
	[ "$(cell "$irq" 1)" -gt "$before" ] &&
	echo "0-$cpus" >"/proc/irq/$irq/smp_affinity_list"
}

# cell IRQ CPU - print how many interrupts IRQ had on CPU, as /proc/interrupts counts them
cell() {
	awk -v irq="$1:" -v col=$(($2 + 2)) '$1 == irq { print $col }' /proc/interrupts
}

unloads_under_load() {
	echo 5000 >"$bench/$1/rate" &&
	await 30 more_than "$1" 100 &&
	rmmod "$1"
}

nothing_left() {
	! [ -e "$bench/$1" ] && ! grep -w "$1" /proc/interrupts &&
	rmmod bh_testbench && ! [ -e "$bench" ] &&
	! grep -w bench /proc/interrupts
}

plan 32
for demo in $demos; do
	check "$demo loads with nothing but the testbench" loads_alone "$demo"
	check "$demo: one event at a time" one_by_one "$demo"
	check "$demo: 1000 events on each CPU" every_cpu "$demo"
	check "$demo: events at a rate" at_a_rate "$demo"
	check "$demo: events at a rate and in bursts at once" both_at_once "$demo"
	check "$demo: interrupts follow smp_affinity" follows_affinity "$demo"
	check "$demo unloads under a running generator" unloads_under_load "$demo"
	check "$demo leaves nothing behind" nothing_left "$demo"
done
ktap_finished
