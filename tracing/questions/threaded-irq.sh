# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# How does an interrupt reach its thread?

prepare() {
	load bh_testbench demo_threaded_irq
}

act() {
	recorded trace one_by_one demo_threaded_irq 10
}

seen() {
	lines 'bh_run: line=demo_threaded_irq .*mechanism=irq_thread' | awk '
		{ n++; on[$1]++; may += /may_sleep=yes/ }
		END {
			printf "  10 interrupts, %d runs of the thread\047s function, %d of them where it may sleep.\n", n, may
			printf "  They ran as:"
			for (t in on) printf " %s (%d)", t, on[t]
			print ", a thread of this interrupt\047s own."
		}'
	lines 'irq_handler_(entry|exit)' | awk "$us"'
		/ irq_handler_entry/ && /name=demo_threaded_irq/ { t = ns($3) }
		/ irq_handler_exit/ && t { print ns($3) - t; t = 0 }' >"$scratch/in"
	say "The top half, which only wakes it: $(spread <"$scratch/in")"
	# The thread is woken twice: by the top half, and later by the slow bus, for which it waits.
	# So only the first wake-up after the interrupt counts.
	lines 'irq_handler_entry|sched_(waking|switch)' | awk "$us"'
		/ irq_handler_entry/ { if (/name=demo_threaded_irq/) { asked = 1; t = 0 } next }
		/ sched_waking/ && asked && / (comm=)?irq\/[0-9]*-demo_thr/ { t = ns($3); asked = 0 }
		/ sched_switch/ && t && /(next_comm=|==> )irq\/[0-9]*-demo_thr/ { print ns($3) - t; t = 0 }' \
		>"$scratch/in"
	say "From waking to running:                $(spread <"$scratch/in")"
	say "From raise to the thread's first line: $(delays demo_threaded_irq irq_thread | spread)"
	picture one "One interrupt and its thread" --line demo_threaded_irq:5
	picture all "Ten interrupts, one thread" --line demo_threaded_irq
}
