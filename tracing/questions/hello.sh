# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# Ten interrupts: how many runs of a tasklet, how many of a work item?

events="$usual
$tasklets
workqueue:workqueue_execute_start
workqueue:workqueue_execute_end"

prepare() {
	load bh_testbench demo_tasklet demo_workqueue
}

# Raises one event of each device. The second interrupt comes while the work item still waits for
# its thread.
one_each() {
	for _line in demo_workqueue demo_tasklet; do
		echo "1 $cpu" >"$bench/$_line/raise"
	done
	for _line in demo_workqueue demo_tasklet; do
		await 60 line_is_quiet "$_line" || die "an event of $_line was not handled"
	done
}

# Raises ten events, as fast as the CPU can handle them. The device's counters also have the event
# of one_each(), so subtract 1.
ten() {
	echo "10 $cpu" >"$bench/$1/raise"
	await 60 line_is_quiet "$1" || die "an event of $1 was not handled"
	_runs=$(value "$bench/$1/account" bottom_halves)
	say "$2: 10 interrupts, $((_runs - 1)) runs"
}

act() {
	recorded trace one_each
}

seen() {
	ten demo_tasklet tasklet
	ten demo_workqueue 'work item'
	picture hello "One interrupt and its work item, one interrupt and its tasklet" --line demo_workqueue:1
}
