# SPDX-License-Identifier: GPL-2.0
#
# The table that ends the guided runs: what each handler's context was when it ran, as
# the probe measured it, with what the textbooks say checked against it. Input:
# the rows left by context_row (testbench/demo_lib.sh).

BEGIN {
	FS = "\t"
	# label = ran_in vector interrupts preemptible may_sleep, "*" is any
	book["hard IRQ"]     = "hardirq * off no no"
	book["softirq"]      = "softirq * on no no"
	book["tasklet"]      = "softirq TASKLET on no no"
	book["BH work"]      = "softirq TASKLET on no no"
	book["work"]         = "task - on yes yes"
	book["threaded IRQ"] = "task - on yes yes"
	if (kernel ~ /-rt-/) {		# PREEMPT_RT has a book of its own
		book["hard IRQ"] = "bh_off - on yes no"
		book["softirq"]  = "softirq * on yes no"
		book["tasklet"]  = "softirq TASKLET on yes no"
		book["BH work"]  = "softirq TASKLET on yes no"
	}
	format = "   %-13s %-9s %-10s %-12s %-11s %-10s %-18s %s\n"
}

function agrees(label, want, got, i, n) {
	n = split(book[label], want, " ")
	split($2 " " $3 " " $4 " " $5 " " $6, got, " ")
	for (i = 1; i <= n; i++)
		if (want[i] != "*" && want[i] != got[i])
			return 0
	return 1
}

!($1 in seen) {
	seen[$1] = 1
	row[++rows] = $0
}

END {
	printf "\n== The table every textbook asserts, measured on %s\n\n", kernel
	printf format, "bottom half", "ran in", "vector", "interrupts", \
	       "preemptible", "may sleep", "as task", "CPU of the raise"
	for (r = 1; r <= rows; r++) {
		$0 = row[r]
		verdict = agrees($1) ? "" : "  <- not what the book says: " book[$1]
		if (verdict == "")
			passed++
		else
			failed++
		printf format, $1, $2, $3, $4, $5, $6, $7, $8 verdict
	}
	for (label in book)
		if (!(label in seen)) {
			if (label in absent)
				continue
			printf "   %-13s not measured\n", label
			if (label == "BH work")
				skipped++	# before 6.9
			else
				failed++
		}
	print passed + 0, failed + 0, skipped + 0 >> tally
}
