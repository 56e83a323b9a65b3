# SPDX-License-Identifier: GPL-2.0
#
# flat.awk - from the JSON of json.awk, a line a figure that is compared or quoted:
#
#	KEY <tab> NUMBER
#
# KEY is "ladder SETTING MECHANISM latency.p50" and the like. What is not exact, and what
# has no number, is left out.
/^ "cross": / { skip = 1 }
/^ \]/ { skip = 0 }
!skip && /^  \{/ {
	list = /"mechanism"/ ? "ladder" : /"device"/ ? "frames" : "effect"
	line = $0
	gsub(/^ *\{|\},?$/, "", line)
	key = list
	inside = ""
	n = split(line, part, ",")
	for (i = 1; i <= n; i++) {
		name = part[i]
		sub(/^"/, "", name)
		sub(/".*/, "", name)
		value = part[i]
		sub(/^"[a-z0-9_]*":/, "", value)
		# A name with a comma: the value goes on.
		while (value ~ /^"/ && value !~ /"$/)
			value = value "," part[++i]
		if (value ~ /^\{/) {
			inside = name "."
			name = value
			sub(/^\{"/, "", name)
			sub(/".*/, "", name)
			sub(/^\{"[a-z0-9_]*":/, "", value)
		}
		last = value ~ /\}$/
		sub(/\}$/, "", value)
		if (name ~ /^(setting|mechanism|device|strategy|size|load|queues|under_way)$/) {
			gsub(/"/, "", value)
			key = key " " value
		} else if (value != "null") {
			printf "%s %s%s\t%s\n", key, inside, name, value
		}
		if (last)
			inside = ""
	}
}
