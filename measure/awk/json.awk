# SPDX-License-Identifier: GPL-2.0
#
# json.awk - print results as JSON, from the lines of about.tsv, latency.tsv and frames.tsv.
# Each record has a line of its own, for tools that read lines (flat.awk does).
#
#	awk -v exact=true -v unit=instructions -f json.awk about.tsv latency.tsv [frames.tsv]
#
# The results of two CPUs in real time ("cross") are marked as not exact.
BEGIN { FS = "\t" }

function quoted(s) {
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	return "\"" s "\""
}

function five(i) {
	return sprintf("{\"min\":%s,\"p50\":%s,\"p90\":%s,\"p99\":%s,\"max\":%s}",
		       $i, $(i + 1), $(i + 2), $(i + 3), $(i + 4))
}

function add(list, record) {
	records[list] = records[list] (records[list] ? ",\n" : "") "  " record
}

NF == 2	{ about = about sprintf(" %s: %s,\n", quoted($1), quoted($2)); next }
$1 == "frames" {
	add("frames", sprintf("{\"device\":%s,\"size\":%s,\"load\":%s,\"queues\":%s,\"instructions\":%s,\"interrupts\":%s,\"missed\":%s}",
			      quoted($2), $3, quoted($4), $5, $6 == "-" ? "null" : $6, $7, $8))
	next
}
$1 == "effect" {
	add("effect", sprintf("{\"strategy\":%s,\"under_way\":%s,\"interrupts\":%s}",
			      quoted($2), $3, $4))
	next
}
{
	add($1 == "cross" ? "cross" : "mechanisms",
	    sprintf("{\"setting\":%s,\"mechanism\":%s,\"events\":%s,\"latency\":%s,\"round_trip\":%s}",
		    quoted($1), quoted($2), $3, five(4), five(9)))
}

END {
	printf "{\n \"schema\": \"bottom-halves measure 2\",\n%s", about
	printf " \"exact\": %s,\n \"unit\": %s", exact, quoted(unit)
	printf ",\n \"mechanisms\": [\n%s\n ]", records["mechanisms"]
	if ("cross" in records)
		printf ",\n \"cross_is\": \"two CPUs in real time, cycles of the host's counter; not exact\",\n \"cross\": [\n%s\n ]", records["cross"]
	if ("frames" in records)
		printf ",\n \"frames\": [\n%s\n ],\n \"effect\": [\n%s\n ]",
		       records["frames"], records["effect"]
	printf "\n}\n"
}
