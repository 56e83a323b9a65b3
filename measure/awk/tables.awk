# SPDX-License-Identifier: GPL-2.0
#
# tables.awk - print the results as tables, from the lines of latency.tsv and frames.tsv.
BEGIN {
	FS = "\t"
	unit = unit ? unit : "instructions"
	head["idle"] = "CPU idle"
	head["user"] = "CPU busy in user space"
	head["flood"] = "CPU busy in softirq (network flood)"
	head["cross"] = "Two CPUs in real time: cycles of the host's counter, NOT exact"
}

function latency_head(title) {
	printf "\n%s\n\n", title
	printf "  %-26s %10s %10s %10s %10s %10s | %12s\n", "raise to bottom half",
	       "min", "p50", "p90", "p99", "max", "round trip"
}

$1 == "frames" {
	if (!frames++) {
		printf "\nNetwork driver: instructions and interrupts per frame\n\n"
		printf "  %-20s %6s %8s %7s %13s %11s %7s\n", "device", "bytes",
		       "load", "queues", "instructions", "interrupts", "missed"
	}
	printf "  %-20s %6s %8s %7s %13s %11s %7s\n", $2, $3, $4, $5, $6, $7, $8
	next
}
$1 == "effect" {
	if (!effect++)
		printf "\nInterrupts per frame, by number of frames under way\n\n"
	if ($2 != strategy) {
		printf "%s  %-12s", strategy ? "\n" : "", $2
		strategy = $2
	}
	printf " %3s: %s ", $3, $4
	next
}
$1 != setting {
	setting = $1
	latency_head((setting in head ? head[setting] : "CPU " setting) \
		    (setting == "cross" ? "" : ": " unit))
}
{ printf "  %-26s %10s %10s %10s %10s %10s | %12s\n", $2, $4, $5, $6, $7, $8, $10 }

END { printf "\n" }
