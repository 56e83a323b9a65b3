# SPDX-License-Identifier: GPL-2.0
#
# awk -f filter.awk known.tsv LOG - prints LOG (the output of "dmesg --decode --notime") without the
# KCSAN reports that known.tsv explains. Other lines between the lines of such a report are kept.

function fits(title,	i) {
	for (i = 1; i <= races; i++)
		if (title ~ race[i])
			return 1
	return 0
}

# the parts of a report
function of_report(text) {
	return text ~ /^ *$/ || text ~ /^ [^ ].*\+0x[0-9a-f]+\/0x[0-9a-f]+/ ||
		text ~ /^(read|write|read-write|race at unknown origin|assert no).* to 0x/ ||
		text ~ /^(value changed|Reported by Kernel Concurrency|CPU:|Tainted:|Hardware name:)/ ||
		text ~ /^  (\||\+-> reordered)/
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
	# * stands for a part of a name, so it must not match a module.
	gsub(/\*/, "[A-Za-z0-9_.]*", field[1])
	race[++races] = "^BUG: KCSAN: data-race in " field[1] "$"
	next
}
{
	text = $0
	sub(/^[a-z]+ *:[a-z]+ *: /, "", text)
}
in_report {
	over = text ~ /^=====+$/
	if (!(known && (over || of_report(text))))
		print
	if (over)
		in_report = 0
	next
}
text ~ /^=====+$/ {
	release_held()
	held = $0
	next
}
text ~ /^BUG: KCSAN: / {
	in_report = 1
	known = fits(text)
	if (!known) {
		release_held()
		print
	}
	held = ""
	next
}
{
	release_held()
	print
}
END { release_held() }
