# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# When does ksoftirqd take over?

events='irq:irq_handler_entry
irq:irq_handler_exit
irq:softirq_raise vec == 6
irq:softirq_entry vec == 6
irq:softirq_exit vec == 6
bottom_half:raise
bottom_half:run
sched:sched_switch
sched:sched_waking'

prepare() {
	load bh_testbench softirq_flood
	echo 100 >/sys/module/softirq_flood/parameters/passes
}

act() {
	recorded trace one_by_one softirq_flood 1
}

seen() {
	say "One interrupt, whose tasklet schedules itself again, 100 times in a row:"
	lines "^[^ ]* $cpu .*softirq_entry|sched_waking.*ksoftirqd/$cpu" | awk "$us"'
		/softirq_entry/ && /TASKLET/ {
			if (!n++) first = ns($3)
			if ($1 != who) { if (who) rows[++r] = who " " k; who = $1; k = 0 }
			k++
			next
		}
		/sched_waking/ && n && !woken { woken = n; after = ns($3) - first }
		END {
			rows[++r] = who " " k
			printf "  %d times the softirq TASKLET was served, in this order:\n", n
			for (i = 1; i <= r && i <= 12; i++) {
				split(rows[i], x, " ")
				printf "  %5d times on top of %s\n", x[2], x[1]
			}
			if (r > 12) printf "  ... and %d turns more\n", r - 12
			if (woken)
				printf "  ksoftirqd was woken after %d of them, %s after the first began.\n", woken, us(after)
			else
				print "  ksoftirqd was not woken."
		}'
	say "The rule (handle_softirqs() in kernel/softirq.c): go round again at most 10 times, for at" \
	    "most 2 ms, and not when a task wants this CPU; what is left is ksoftirqd's."
	picture one "A softirq that raises itself: the hand-over to ksoftirqd" --line softirq_flood:1
}
