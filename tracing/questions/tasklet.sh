# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# How does a tasklet run?

events="$usual
$tasklets"

prepare() {
	load bh_testbench demo_tasklet
}

act() {
	recorded trace one_by_one demo_tasklet 10
}

seen() {
	lines 'bh_run: line=demo_tasklet .*mechanism=tasklet' | awk '
		{ n++; in_[$0 ~ /ran_in=softirq vector=TASKLET/]++
		  cpu += !($0 ~ " cpu=" $2 " .*raised_cpu=" $2 " "); on[$1]++ }
		END {
			printf "  %d interrupts, %d runs of the tasklet; %d of them in the softirq TASKLET,\n", n, n, in_[1]
			printf "  %d on another CPU than the interrupt.\n", cpu
			printf "  It has no task of its own. It ran on top of:"
			for (t in on) printf " %s (%d)", t, on[t]
			print "."
		}'
	say "From the top half's tasklet_schedule() to its first line:" \
	    "  $(delays demo_tasklet tasklet | spread)"
	lines 'tasklet_entry|tasklet_exit' | awk "$us"' / tasklet_entry/ { t = ns($3) }
		/ tasklet_exit/ && t { print ns($3) - t; t = 0 }' >"$scratch/in"
	[ ! -s "$scratch/in" ] || say "Inside it: $(spread <"$scratch/in")"
	picture one "One interrupt and its tasklet" --line demo_tasklet:5
	picture all "Ten interrupts, ten tasklets" --line demo_tasklet
}
