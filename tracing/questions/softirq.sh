# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# Who raises a softirq, and on top of whom is it served?

events='irq:irq_handler_entry
irq:irq_handler_exit
irq:softirq_raise
irq:softirq_entry
irq:softirq_exit
bottom_half:raise
bottom_half:run
sched:sched_switch
sched:sched_waking'

prepare() {
	load bh_testbench demo_softirq
	ways='HI NET_TX NET_RX IRQ_POLL TASKLET HRTIMER TIMER'
}

through() {
	for _vector in $ways; do
		echo "$_vector" >/sys/module/demo_softirq/parameters/vector
		one_by_one demo_softirq 3
	done
}

act() {
	recorded trace through
}

seen() {
	say 'raised by the driver, three times each:'
	say "$(printf '%-10s %5s  %-13s %s' vector times 'longest wait' 'served on top of')"
	for _vector in $ways; do
		lines "run: line=demo_softirq .*ran_in=softirq vector=$_vector " | awk "$us"'
			{ n++; on[$1]++; d = of("delay_ns"); if (d + 0 > most) most = d + 0 }
			END {
				for (t in on) list = list " " t
				printf "  %-10s %5d  %-13s%s\n", v, n, us(most), list
			}' v="$_vector"
	done
	lines 'softirq_raise|softirq_entry' | awk '
		/ softirq_raise/ { raised[$0 ~ /action=[A-Z]/ ? substr($0, match($0, /action=/) + 7) : "?"]++; next }
		{ served[substr($0, match($0, /action=/) + 7)]++ }
		END {
			print "  all of that time, with the kernel\047s own (times raised, times served):"
			for (v in raised) { sub(/\].*/, "", v); printf "    %s %d %d\n", v, raised[v "]"], served[v "]"] }
		}' | sort
	picture one "One interrupt, served by IRQ_POLL" --line demo_softirq:10
	picture all "Seven vectors, three interrupts each" --all-cpus --line demo_softirq
}
