# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# Which task runs a work item, and when?

events="$usual
$works"

prepare() {
	load bh_testbench demo_workqueue
}

act() {
	recorded trace one_by_one demo_workqueue 10
}

seen() {
	lines 'bh_run: line=demo_workqueue .*mechanism=work ' | awk '
		{ n++; may += /may_sleep=yes/; on[$1]++ }
		END {
			printf "  10 interrupts, %d runs of the work item, %d of them where it may sleep.\n", n, may
			printf "  They ran as:"
			for (t in on) printf " %s (%d)", t, on[t]
			print ": kernel threads that run whatever is queued."
		}'
	say "From queue_work() to the first line of the work item:" \
	    "  $(delays demo_workqueue work | spread)"
	lines 'workqueue_execute_(start|end)' | awk "$us"'
		/ workqueue_execute_start/ && /demo_workqueue_bottom/ { t[$1] = ns($3) }
		/ workqueue_execute_end/ && ($1 in t) { print ns($3) - t[$1]; delete t[$1] }' >"$scratch/in"
	say "From its first line to its end, sleeping included:" "  $(spread <"$scratch/in")"
	lines 'sched_switch' | awk '/^kworker/ && / prev_state=[SD]| [SD] ==> / { n++ }
		END { printf "  Workers went to sleep %d times meanwhile: in the item, or because there was no item.\n", n }'
	picture one "One interrupt and its work item" --line demo_workqueue:5
	picture all "Ten interrupts, ten work items" --line demo_workqueue
}
