# SPDX-License-Identifier: GPL-2.0
#
# awk -v level=N -f regions.awk solution.c - the starter of a level of help, 1 (most) to 3;
# with level=0 the solution without its marks.
#
# The marks in a solution are comments on lines of their own:
#	/*@ hole LEVELS: HINT */	at these levels what follows is missing, up to
#	/*@ end */			(holes may lie in holes), and the hint stands there
#	/*@ hint HINT */		more of it
#	/*@ else LEVELS: CODE */	what these levels have in its place, so that a
#					starter compiles; ">" at its beginning is a tab

function words(line) {
	sub(/^[ \t]*\/\*@ [a-z]+ ?/, "", line)
	sub(/ *\*\/$/, "", line)
	return line
}

function applies(text) {
	return level > 0 && index(substr(text, 1, match(text, /:|$/) - 1), level)
}

function rest(text) {
	sub(/^[0-9]*:? ?/, "", text)
	while (sub(/^\t*>/, "&\001", text))
		sub(/>\001/, "\t", text)
	return text
}

function say(line) {
	# No two empty lines, none after "{" or before "}"
	if (line == "") {
		empty = said !~ /\{$/
		return
	}
	if (empty && line !~ /^}/)
		print ""
	empty = 0
	print line
	said = line
}

function flush_hints(  i) {
	if (hints == 1)
		say(indent "/* TODO: " hint[1] " */")
	else if (hints) {
		say(indent "/*")
		for (i = 1; i <= hints; i++)
			say(indent " * " (i == 1 ? "TODO: " : "      ") hint[i])
		say(indent " */")
	}
	hints = 0
}

/^[ \t]*\/\*@ / {
	match($0, /^[ \t]*/)
	mark_indent = substr($0, 1, RLENGTH)
	text = words($0)
}

/^[ \t]*\/\*@ hole/ {
	flush_hints()
	depth++
	if (!gone && applies(text)) {
		gone = depth
		indent = mark_indent
		if (rest(text) != "")
			hint[++hints] = rest(text)
	}
	next
}

/^[ \t]*\/\*@ hint/ {
	if (gone == depth && hints)
		hint[++hints] = text
	next
}

/^[ \t]*\/\*@ else/ {
	if (applies(text) && (!gone || gone == depth)) {
		flush_hints()
		text = rest(text)
		say(text == "" ? "" : mark_indent text)
	}
	next
}

/^[ \t]*\/\*@ end/ {
	if (gone == depth) {
		flush_hints()
		gone = 0
	}
	if (--depth < 0)
		bad = FNR ": an end without a hole"
	next
}

/^[ \t]*\/\*@/ {
	bad = FNR ": no mark of this name"
}

!gone {
	flush_hints()
	say($0)
}

END {
	if (depth > 0)
		bad = FNR ": a hole without an end"
	if (bad) {
		print FILENAME ":" bad >"/dev/stderr"
		exit 1
	}
}
