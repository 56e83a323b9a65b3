# SPDX-License-Identifier: GPL-2.0
#
# What a guided run printed (escaped for HTML) -> HTML.

function close_pre() {
	if (pre) print "</pre>"
	pre = 0
}

function close_claims() {
	if (claims) print "</ul>"
	claims = 0
}

function open_pre() {
	close_claims()
	if (!pre) { printf "<pre>"; blank = 0 }
	for (; blank > 0; blank--) print ""
	pre = 1
}

/^== / {
	close_pre(); close_claims()
	sub(/^== /, "")
	printf "<h2 id=\"%s\">%s</h2>\n", id, $0
	next
}

/^[0-9]+\. / {
	close_pre(); close_claims()
	printf "<h3>%s</h3>\n", $0
	next
}

/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
	close_pre(); close_claims()
	printf "<p class=\"count\">%s</p>\n", $0
	next
}

/^ +(ok|FAIL|skip)  / {
	close_pre()
	if (!claims) print "<ul class=\"claims\">"
	claims = 1
	verdict = $1
	sub(/^ +(ok|FAIL|skip) +/, "")
	printf "<li class=\"%s\"><b>%s</b> %s</li>\n", verdict, verdict, $0
	next
}

/^ *$/ {
	blank++
	next
}

{
	open_pre()
	sub(/^   /, "")
	if (/^# /)
		printf "<kbd>%s</kbd>\n", $0
	else
		print
}

END {
	close_pre()
	close_claims()
}
