# SPDX-License-Identifier: GPL-2.0
#
# side_by_side.awk - print the medians from raise to bottom half of two kernels side by side,
# from the lines of flat.awk of each.
#
#	awk -v one=NAME -v other=NAME -f side_by_side.awk ONE OTHER
BEGIN { FS = "\t" }

$1 !~ /^mechanisms (idle|user|flood) [a-z_]+ latency\.p50$/ { next }
{ split($1, key, " ") }
NR == FNR {
	was[key[2], key[3]] = $2
	next
}
{
	is[key[2], key[3]] = $2
	if (!known[key[3]]++)
		order[++n] = key[3]
}

function cell(setting, mechanism) {
	printf " %11s %11s %5s ", was[setting, mechanism], is[setting, mechanism],
	       was[setting, mechanism] ? \
	       sprintf("x%.1f", is[setting, mechanism] / was[setting, mechanism]) : ""
}

END {
	printf "\nSide by side, medians from raise to bottom half (hardirq: from the event)\n\n"
	printf "  %-20s %-30s %-30s %s\n", "", " CPU idle", " CPU busy in user space",
	       " CPU busy in softirq"
	printf "  %-20s", ""
	for (i = 0; i < 3; i++)
		printf " %11s %11s %5s ", one, other, ""
	printf "\n"
	for (i = 1; i <= n; i++) {
		printf "  %-20s", order[i]
		cell("idle", order[i])
		cell("user", order[i])
		cell("flood", order[i])
		printf "\n"
	}
}
