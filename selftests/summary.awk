# SPDX-License-Identifier: GPL-2.0
#
# Counts the results in KTAP as kselftest's runner nests it ("# ok 1 ..." below
# "ok 1 selftests: ..."). The innermost results count. A program that failed
# without naming a failed test of its own (it crashed, or ran out of time) is
# one failure; one that was skipped whole is one skip. A test of the plan that
# never reported is a failure too: a test that is not run has not passed.
#
# With the directive SKIP a line may say ok or not ok (Documentation/dev-tools/ktap.rst). A test
# that is expected to fail (XFAIL, TODO) says nothing of the code, whichever it says: it is
# counted as skipped. TIMEOUT and ERROR fail.
#
# With -v totals=FILE the three numbers go there as well.

function line(text) {
	sub(/^(# )+/, "", text)
	return text
}

/^# *(# )*(ok|not ok) [0-9]+/ {
	text = line($0)
	reported++
	if (text ~ / # (SKIP|XFAIL|TODO)( |$)/)
		skipped++
	else if (text ~ /^ok/)
		passed++
	else {
		failed++
		inner++
		failures[++names] = text
	}
	next
}

/^# 1\.\.[0-9]+/ {
	text = line($0)
	sub(/^1\.\./, "", text)
	planned = text + 0
	next
}

/^(ok|not ok) [0-9]+ selftests:/ {
	if (/# SKIP/ && !reported)
		skipped++
	else if (/^not ok/ && !inner || planned > reported && !/# SKIP/) {
		failed++
		failures[++names] = $0 (planned > reported ? \
			" (" reported + 0 " of " planned " reported)" : "")
	} else if (!reported)
		passed++
	inner = reported = planned = 0
	programs++
	next
}

END {
	# The machine died within a program.
	if (reported || !programs) {
		failed++
		failures[++names] = "the run ended within a test"
	}
	if (totals)
		print passed + 0, failed + 0, skipped + 0 > totals
	for (i = 1; i <= names; i++)
		print "failed: " failures[i]
}
