# SPDX-License-Identifier: GPL-2.0
#
# awk -f filter.awk known.tsv LOG - prints LOG without the KCSAN reports that are not about our
# code. LOG is a console log, or the output of "dmesg --decode --notime". Two kinds of reports are
# left out: reports that known.tsv explains, and reports in which no function of a module takes
# part. Other messages may stand between the lines of such a report; they are kept.

function fits(title,	i) {
	for (i = 1; i <= races; i++)
		if (title ~ race[i])
			return 1
	return 0
}

# of_report TEXT - is this line a part of a KCSAN report?
function of_report(text) {
	return text ~ /^ *$/ || text ~ /^Workqueue: / || text ~ /^ [^ ].*\+0x[0-9a-f]+\/0x[0-9a-f]+/ ||
		access_began(text) || text ~ /^(value changed|Reported by Kernel Concurrency|CPU:|Tainted:|Hardware name:)/ ||
		text ~ /^  (\||\+-> reordered)/
}

# access_began TEXT - is this the line before the stack of one of the two accesses?
function access_began(text) {
	return text ~ /^(read|write|read-write|race at unknown origin|assert no).* to 0x/
}

# of_module TEXT - does this line name a function of a module?
function of_module(text) {
	return text ~ /\+0x[0-9a-f]+\/0x[0-9a-f]+ \[[a-z0-9_]+\]$/
}

function print_report(	i, known) {
	known = fits(title) || !ours
	if (held != "" && !known)
		print held
	for (i = 0; i < lines; i++)
		if (!(known && part[i]))
			print line[i]
	held = ""
	in_report = 0
}

function release_held() {
	if (held != "")
		print held
	held = ""
}

FNR == NR {
	if (/^#/ || NF == 0)
		next
	split($0, field, "\t")
	gsub(/[][\\.^$()+?{}|]/, "\\\\&", field[1])
	# In known.tsv, * stands for any part of a function's name. But the name of a module, which
	# stands in brackets after the function, must not match.
	gsub(/\*/, "[A-Za-z0-9_.]*", field[1])
	race[++races] = "^BUG: KCSAN: data-race in " field[1] "$"
	next
}
{
	text = $0
	sub(/\r$/, "", text)
	sub(/^([a-z]+ *:[a-z]+ *: |\[ *[0-9.]+\] )/, "", text)
}
in_report {
	over = text ~ /^=====+$/
	# In a stack, the functions below the entry of an interrupt took no part in the race: they
	# were only interrupted.
	if (text ~ /^ asm_(sysvec_|common_interrupt)/)
		in_stack = 0
	else if (access_began(text))
		in_stack = 1
	else if (in_stack && of_module(text))
		ours = 1
	line[lines] = $0
	part[lines++] = over || of_report(text)
	if (over)
		print_report()
	next
}
text ~ /^=====+$/ {
	release_held()
	held = $0
	next
}
text ~ /^BUG: KCSAN: / {
	in_report = 1
	title = text
	ours = text ~ /\[/
	line[0] = $0
	part[0] = 1
	lines = 1
	next
}
{
	release_held()
	print
}
END {
	if (in_report)
		print_report()
	release_held()
}
