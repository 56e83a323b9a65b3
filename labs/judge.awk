# SPDX-License-Identifier: GPL-2.0
#
# From a rubric and from what a VM has reported about one submission, the results: check,
# verdict, points, of how many, expected, seen, where to read. Only lines that begin with
# the nonce count. If a check is reported twice, the submission has forged one.

function result(check, verdict, seen) {
	print check, verdict, (verdict == "ok" ? points[check] : 0),
		(verdict == "skip" ? 0 : points[check]), expected[check], seen, read[check]
}

FNR == NR {
	if (/^#/ || !NF)
		next
	order[++checks] = $1
	points[$1] = $2
	expected[$1] = $3
	read[$1] = $4
	if ($1 == "builds") {
		order[++checks] = "screened"
		points["screened"] = 0
		expected["screened"] = "it calls nothing but what a driver calls"
		read["screened"] = "labs/README.md, \"What a submission can do\""
	}
	next
}

nonce != "" && $1 == nonce && $2 == module {
	told[$3]++
	verdict[$3] = $4
	seen[$3] = $5
}

END {
	for (i = 1; i <= checks; i++) {
		c = order[i]
		if (c == "builds")
			result(c, built ? "ok" : "no", built ? "it does" : \
				words ? words : "no module was built")
		else if (c == "screened")
			result(c, why == "" ? "ok" : "no", why == "" ? "it does not" : why)
		else if (!built)
			result(c, "no", "not run: there is no module")
		else if (why != "")
			result(c, "no", "not run: a person must look at it")
		else if (!told[c])
			result(c, "no", "not run: " (ended ? ended : "no result was reported"))
		else if (told[c] > 1)
			result(c, "no", "reported twice: the submission writes to the results")
		else if (verdict[c] != "ok" && verdict[c] != "no" && verdict[c] != "skip")
			result(c, "no", "no verdict")
		else
			result(c, verdict[c], seen[c])
	}
}
