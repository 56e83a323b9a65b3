# SPDX-License-Identifier: GPL-2.0
#
# compare.awk - compare the medians of two runs, from the lines of flat.awk: first the committed
# figures, then those just measured. Each median is a test. It fails if the median grew by
# more than 2 %, or if it was not measured, unless some=yes allows that. Frames may grow by
# 3 %, and by 20 % where sender and worker are two tasks: how long the turn of each is depends
# on where the tick falls.
#
#	awk -v totals=FILE [-v some=yes] -f compare.awk COMMITTED MEASURED
BEGIN { FS = "\t" }

$1 !~ /(\.p50|instructions)$/ { next }
FILENAME == ARGV[1] { was[$1] = $2; order[++n] = $1; next }
{ is[$1] = $2 }

END {
	for (i = 1; i <= n; i++) {
		key = order[i]
		more = 1.02
		if (key ~ /^frames /)
			more = key ~ /^frames (workqueue|threaded) / ? 1.20 : 1.03
		name = key
		sub(/ latency\.p50$/, ", raise to bottom half", name)
		sub(/ round_trip\.p50$/, ", round trip", name)
		sub(/ instructions$/, ", instructions per frame", name)
		if (!(key in is) && some) {
			skipped++
		} else if (!(key in is)) {
			printf "not ok - %s: was %d, not measured now\n", name, was[key]
			failed++
		} else if (is[key] > was[key] * more) {
			printf "not ok - %s: was %d, is %d: %.1f %% more\n", name,
			       was[key], is[key], 100 * (is[key] / was[key] - 1)
			failed++
		} else {
			passed++
			if (is[key] == was[key])
				same++
			else if (is[key] < was[key] * 0.98)
				printf "# %s: was %d, is %d, less: update measure/figures\n",
				       name, was[key], is[key]
			else
				printf "# %s: was %d, is %d\n", name, was[key], is[key]
		}
	}
	for (key in is)
		if (!(key in was)) {
			printf "# %s: %d, new\n", key, is[key]
			skipped++
		}
	# For instance, flat.awk could not read one of the files.
	if (!passed && !failed) {
		print "not ok - there is no median to compare"
		failed++
	}
	printf "# the same to the instruction: %d of %d\n", same, passed + failed
	print passed + 0, failed + 0, skipped + 0 >totals
}
