# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# On top of which task does a softirq run, and how long does the softirq wait before it runs?

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
		lines "bh_run: line=demo_softirq .*ran_in=softirq vector=$_vector " | awk "$us"'
			{ n++; on[$1]++; d = of("delay_ns"); if (d + 0 > most) most = d + 0 }
			END {
				for (t in on) list = list " " t
				printf "  %-10s %5d  %-13s%s\n", v, n, us(most), list
			}' v="$_vector"
	done
	say "all softirqs during that time, including the kernel's own:" "$(printf '%-10s %7s %7s' vector raised served)"
	lines 'softirq_raise|softirq_entry' | awk '
		{ v = substr($0, match($0, /action=/) + 7); sub(/].*/, "", v) }
		/ softirq_raise/ { raised[v]++ }
		/ softirq_entry/ { served[v]++ }
		END { for (v in raised) printf "  %-10s %7d %7d\n", v, raised[v], served[v] }' | sort
	say "A vector that is raised again before it runs is served only once."
	picture one "One interrupt, served by IRQ_POLL" --line demo_softirq:10
	picture all "Seven vectors, three interrupts each" --line demo_softirq
}
