# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# When does ksoftirqd take over?

prepare() {
	load bh_testbench softirq_flood
	echo 100 >/sys/module/softirq_flood/parameters/passes
}

act() {
	recorded trace one_by_one softirq_flood 1
}

seen() {
	say "One interrupt, whose tasklet schedules itself again, 100 times in a row:"
	# Show only lines of the CPU that took the interrupt, starting with the interrupt.
	lines "^[^ ]* $cpu .*(irq_handler_entry|softirq_entry.*TASKLET)|sched_waking.*ksoftirqd/$cpu" | awk "$us"'
		/ irq_handler_entry/ && /name=softirq_flood/ { on = 1 }
		!on { next }
		/ softirq_entry/ {
			if (!n++) first = ns($3)
			if ($1 != who) { if (who) rows[++r] = who " " k; who = $1; k = 0 }
			k++
			if (who ~ /^ksoftirqd/) { if (!taken) { taken = n - 1; took = ns($3) - first } mine++ }
		}
		/ sched_waking/ && !woken { woken = ns($3) - first; runs = n }
		END {
			rows[++r] = who " " k
			printf "  %d times the softirq TASKLET was served, in this order:\n", n
			for (i = 1; i <= r && i <= 12; i++) {
				split(rows[i], x, " ")
				printf "  %5d times on top of %s\n", x[2], x[1]
			}
			if (r > 12) printf "  ... and %d turns more\n", r - 12
			if (!mine) { print "  ksoftirqd never took over."; exit }
			printf "  ksoftirqd took over after %d of them, %s after the first began, and served %d of all.\n", taken, us(took), mine
			if (woken > 0 && woken <= took) printf "  It was woken after %d of them.\n", runs
			else print "  It had been woken before, for other softirqs."
		}'
	say "The rule (handle_softirqs() in kernel/softirq.c): ten rounds in all. None begins" \
	    "after 2 ms, counted in ticks, or when another task needs this CPU. ksoftirqd does the rest."
	# The picture ends after the third run in ksoftirqd.
	_end=$(lines "^ksoftirqd/$cpu .*softirq_exit.*TASKLET" | awk 'NR <= 3 { t = $3 } END { print t }')
	picture one "A softirq that raises itself: the hand-over to ksoftirqd" --line softirq_flood:1 ${_end:+--to "$_end"}
}
