# SPDX-License-Identifier: GPL-2.0
#
# awk -v name=NAME -f answers.awk trace.txt solution.txt ANSWERS
#				- prints one line per check, as labs/guest reports it
# awk -v make=1 -f answers.awk trace.txt solution.txt
#				- prints the right answers, as a student would write them

FNR == 1 { file++ }
file == 1 && /^==== module / { module = substr($3, 1, 1); line = $NF; next }
file == 1 && /irq_handler_entry/ && index($0, "name=" line) { interrupts[module]++; next }
file == 1 || /^[ \t]*(#|$)/ { next }

{
	gsub(/[ \t\r]+/, " ")
	at = index($0, "=")
	if (!at)
		next
	key = substr($0, 1, at - 1)
	answer = substr($0, at + 1)
	gsub(/ /, "", key)
	sub(/^ /, "", answer)
	sub(/ $/, "", answer)
	if (file == 2) {
		right[key] = answer
		order[++keys] = key
	}
	else if (key in given)
		twice = key
	else
		given[key] = tolower(answer)
}

function verdict(check, ok, seen) {
	print "lab8\t" name "\t" check "\t" (ok ? "ok" : "no") "\t" seen
}

# Two events, separated by "+", in a fixed order
function sorted(answer,  n, parts, i, j, swap) {
	n = split(tolower(answer), parts, / *\+ */)
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && parts[j - 1] > parts[j]; j--) {
			swap = parts[j]
			parts[j] = parts[j - 1]
			parts[j - 1] = swap
		}
	answer = parts[1]
	for (i = 2; i <= n; i++)
		answer = answer " + " parts[i]
	return answer
}

# All five, each of them one of the right answers, separated by "|"
function all_right(what,  m, i, n, key, parts, found, seen) {
	for (m = 1; m <= 5; m++) {
		key = substr("ABCDE", m, 1) "." what
		n = split(right[key], parts, / *\| */)
		found = 0
		for (i = 1; i <= n; i++)
			if (sorted(given[key]) == sorted(parts[i]) ||
			    (what == "task" && given[key] != "" &&
			     index(given[key], tolower(parts[i])) == 1))
				found = 1
		if (!found)
			seen = seen (seen == "" ? "" : ", ") key " = " \
				(key in given ? given[key] : "nothing")
	}
	verdict(what, seen == "", seen == "" ? "they are" : "not so: " seen)
}

END {
	if (make) {
		for (i = 1; i <= keys; i++) {
			split(right[order[i]], parts, / *\| */)
			print order[i] " = " (order[i] ~ /\.interrupts$/ ? \
				interrupts[substr(order[i], 1, 1)] + 0 : parts[1])
		}
		exit
	}
	split("interrupts mechanism evidence task may_sleep", whats, " ")
	for (m = 1; m <= 5; m++) {
		module = substr("ABCDE", m, 1)
		for (w = 1; w <= 5; w++)
			if (given[module "." whats[w]] == "")
				missing = missing " " module "." whats[w]
		right[module ".interrupts"] = interrupts[module] + 0
	}
	if (twice != "")
		verdict("complete", 0, "answered twice: " twice)
	else
		verdict("complete", missing == "", missing == "" ? "they are there" : "missing:" missing)
	for (m = 1; m <= 5; m++) {
		key = substr("ABCDE", m, 1) ".mechanism"
		# What is wrong about an answer is no secret; the right answer is.
		verdict("mechanism_" tolower(substr("ABCDE", m, 1)),
			given[key] == right[key], given[key] == "" ? "no answer" : \
			given[key] == right[key] ? given[key] : "it is not " given[key])
	}
	all_right("interrupts")
	all_right("evidence")
	all_right("task")
	all_right("may_sleep")
}
