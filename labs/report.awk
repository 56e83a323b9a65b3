# SPDX-License-Identifier: GPL-2.0
#
# awk -v suite=labN -v form=ktap|junit|csv -f report.awk results - what judge() left, for
# people and test farms (KTAP), for CI (JUnit XML), or as the fields of a CSV line.

BEGIN { FS = "\t" }

function xml(text) {
	gsub(/[^[:print:]]/, " ", text)
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	gsub(/"/, "\\&quot;", text)
	return text
}

{
	n++
	check[n] = $1; verdict[n] = $2; got[n] = $3; of[n] = $4
	expected[n] = $5; seen[n] = $6; where[n] = $7
	count[$2]++
	points += $3
	most += $4
	if ($2 == "no")
		lost = lost (lost == "" ? "" : " ") $1
}

END {
	if (form == "ktap") {
		print "KTAP version 1"
		print "1.." n
		for (i = 1; i <= n; i++) {
			printf "%s %d %s.%s%s\n", verdict[i] == "no" ? "not ok" : "ok", i, suite,
				check[i], verdict[i] == "skip" ? " # SKIP " seen[i] : ""
			if (verdict[i] == "no") {
				print "#   expected: " expected[i]
				print "#   seen:     " seen[i]
				print "#   read:     " where[i]
			}
		}
		printf "# Totals: pass:%d fail:%d xfail:0 xpass:0 skip:%d error:0\n",
			count["ok"], count["no"], count["skip"]
		printf "# points: %d of %d\n", points, most
	} else if (form == "junit") {
		print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
		printf "<testsuites><testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" skipped=\"%d\" errors=\"0\">\n",
			xml(suite), n, count["no"], count["skip"]
		printf "<properties><property name=\"points\" value=\"%d\"/><property name=\"of\" value=\"%d\"/></properties>\n",
			points, most
		for (i = 1; i <= n; i++) {
			printf "<testcase classname=\"%s\" name=\"%s\">", xml(suite), xml(check[i])
			if (verdict[i] == "no")
				printf "<failure message=\"%s\">expected: %s\nseen: %s\nread: %s</failure>",
					xml(seen[i]), xml(expected[i]), xml(seen[i]), xml(where[i])
			else if (verdict[i] == "skip")
				printf "<skipped message=\"%s\"/>", xml(seen[i])
			print "</testcase>"
		}
		print "</testsuite></testsuites>"
	} else
		printf "%d,%d,%d,%s\n", points, most, most ? 100 * points / most : 0, lost
	exit count["no"] > 0
}
