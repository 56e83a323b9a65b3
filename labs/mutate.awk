# SPDX-License-Identifier: GPL-2.0
#
# awk -f mutate.awk mutants		- the mutants there are: NAME, boot, what fails, kernels it
#					  is not for (-: none), title
# awk -v name=NAME -f mutate.awk mutants solution.c
#					- the solution with that mistake made
#
# A mutant is what differs from the solution, as in a patch but without line numbers:
#	mutant NAME: the mistake
#	fails CHECK...		the lines of the rubric that it loses, these and no others; but
#				what goes down with a machine of its own need not be named
#	not KERNEL...		on these the mistake cannot be made
#	boot shared | own [S] | none	may share a machine with others (shared, when left
#				out), has one of its own, where S seconds will do for what
#				hangs; or never gets so far
#	@@			a hunk: lines with "-" are to be there exactly once, in one
#	-...			piece; those with "+" come in their place; those with " "
#	+...			stay

FNR == NR && /^(#|$)/ && !inside { next }
FNR == NR && /^mutant / {
	inside = 0
	now = $2
	sub(/:$/, "", now)
	title[now] = $0
	sub(/^[^:]*: */, "", title[now])
	order[++mutants] = now
	boot[now] = "shared"
	not[now] = "-"
	next
}
FNR == NR && /^fails / { fails[now] = substr($0, 7); next }
FNR == NR && /^not / { not[now] = substr($0, 5); next }
FNR == NR && /^boot / { boot[now] = substr($0, 6); next }
FNR == NR && /^@@/ { inside = 1; hunks[now]++; next }
FNR == NR && /^$/ { inside = 0; next }
FNR == NR && /^#/ { inside = 0; next }
FNR == NR && /^[-+ ]/ && inside {
	h = now SUBSEP hunks[now]
	line = substr($0, 2) "\n"
	if ($0 !~ /^\+/) from[h] = from[h] line
	if ($0 !~ /^-/) to[h] = to[h] line
	next
}
FNR == NR {
	print FILENAME ":" FNR ": what is this? " $0 >"/dev/stderr"
	broken = 1
	exit 1
}
{ source = source $0 "\n" }

END {
	if (broken)
		exit 1
	if (!name) {
		for (i = 1; i <= mutants; i++)
			print order[i] "\t" boot[order[i]] "\t" fails[order[i]] "\t" \
				not[order[i]] "\t" title[order[i]]
		exit
	}
	if (!(name in title)) {
		print "no mutant " name >"/dev/stderr"
		exit 1
	}
	for (i = 1; i <= hunks[name]; i++) {
		h = name SUBSEP i
		at = index(source, from[h])
		rest = at ? substr(source, at + length(from[h])) : ""
		if (!at || index(rest, from[h])) {
			printf "mutant %s, hunk %d: not %s in the solution\n%s", name, i,
				at ? "once" : "at all", from[h] >"/dev/stderr"
			exit 1
		}
		source = substr(source, 1, at - 1) to[h] rest
	}
	printf "%s", source
}
