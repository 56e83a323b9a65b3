# SPDX-License-Identifier: GPL-2.0
#
# flat.awk - print the figures in the JSON of json.awk, one line per figure:
#
#	KEY <tab> NUMBER
#
# KEY is "mechanisms SETTING MECHANISM latency.p50" and the like. Figures that are not exact
# or have no number are left out.
/^ "cross": / { skip = 1 }
/^ \]/ { skip = 0 }
!skip && /^  \{/ {
	list = /"mechanism"/ ? "mechanisms" : /"device"/ ? "frames" : "effect"
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
		# A comma in a name has split the value.
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
