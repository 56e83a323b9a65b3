# SPDX-License-Identifier: GPL-2.0
#
# What a README shows, as a script and as an expectation.
#
#	-v mode=script	the commands of its ```console blocks, in order
#	-v mode=check	compare with what they printed (second file)
#	-v mode=update	the README, with what they printed put in
#	-v mode=log	the other files are a log that has the lines of each block marked
#			"```text COMMAND", with -v kind=COMMAND, in their order
#
# In a block a line "# COMMAND" is typed (a line "> MORE" continues it) and the
# lines below it are the output. Numbers are compared as numbers of any value
# and white space as one blank; "..." stands for anything in a line, and alone
# on a line for any lines; but a preempt_count is that number. In a line of ftrace's the
# flag for a task that waits to be scheduled is anything: that is what else the machine
# has to do. Blocks with more
# words behind ```console are taken when -v kind= names them: "```console broken" wants
# a machine of its own. Of a log a block shows what teaches: it may leave out lines
# anywhere, times, and the ends of lines; what else has tainted the kernel, and what is
# luck, is not its matter.

# spelt(S, AFTER) - the first hexadecimal number after that is spelt in letters, where no
# number is any number
function spelt(s, after, i, n, c, head, word) {
	if (!match(s, after "[0-9a-f]+"))
		return s
	head = substr(s, 1, RSTART - 1)
	word = substr(s, RSTART, RLENGTH)
	s = substr(s, RSTART + RLENGTH)
	match(word, after)
	head = head substr(word, 1, RLENGTH)
	word = substr(word, RLENGTH + 1)
	for (i = 1; i <= length(word); i++) {
		c = substr(word, i, 1)
		n = index("0123456789abcdef", c)
		head = head substr("ghijklmnopqrstuv", n, 1)
	}
	return head s
}

function normal(s) {
	# What a report says of preempt_count the lessons explain bit by bit.
	if (s ~ /scheduling while atomic: /)
		s = spelt(s, "\\/0x")
	s = spelt(s, "with preempt_count ")
	s = spelt(s, "exited with ")
	if (match(s, /\[[0-9]+\] [.a-zA-Z#][NnPpBbLl.][.a-zA-Z#][.0-9a-f]* /))
		s = substr(s, 1, RSTART + index(substr(s, RSTART), " ")) "." \
			substr(s, RSTART + index(substr(s, RSTART), " ") + 2)
	sub(/^\[ *[0-9.]+\] /, "", s)
	gsub(/0x[0-9a-f]+/, "0", s)
	gsub(/[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]+/, "0", s)
	gsub(/[0-9]+(\.[0-9]+)*/, "N", s)
	gsub(/[ \t]+/, " ", s)
	sub(/^ /, "", s)
	sub(/ $/, "", s)
	return s
}

# like(EXPECTED, LINE) - equal after normal(), "..." being anything
function like(want, got, part, n, i, at) {
	want = normal(want)
	got = normal(got)
	n = split(want, part, /\.\.\./)
	if (n == 1)
		return want == got
	if (substr(got, 1, length(part[1])) != part[1])
		return 0
	got = substr(got, length(part[1]) + 1)
	for (i = 2; i < n; i++) {
		at = index(got, part[i])
		if (!at)
			return 0
		got = substr(got, at + length(part[i]))
	}
	return length(got) >= length(part[n]) &&
	       substr(got, length(got) - length(part[n]) + 1) == part[n]
}

# differ(COMMAND) - 1 when what it printed is not what the README shows
function differ(c, w, g) {
	g = 1
	for (w = 1; w <= wants[c]; w++) {
		if (want[c, w] == "...") {
			if (w == wants[c])
				return 0
			while (g <= gots[c] && !like(want[c, w + 1], got[c, g]))
				g++
		} else if (g > gots[c] || !like(want[c, w], got[c, g]))
			return 1
		else
			g++
	}
	return g <= gots[c]
}

# without_luck(LINE) - whom an interrupt found, and which worker was at hand, is luck; so is
# the way to the code of a module through the kernel: its own frames are not
function without_luck(s) {
	if (s ~ /^ *(\.\.\.|<\/?(IRQ|TASK)>)$/ ||
	    s ~ /^ *(\[<[0-9a-f]+>\] |\? )?[A-Za-z_][A-Za-z0-9_.]*\+0x[0-9a-f]+\/0x[0-9a-f]+$/)
		return ""
	# Who switched interrupts off, or preemption, before that
	sub(/\): \[<[0-9a-f]+>\] .*/, "):", s)
	sub(/ Comm: .*/, " Comm: ", s)
	sub(/scheduling while atomic: .*\/0x/, "scheduling while atomic: .../0x", s)
	gsub(/kworker\/[u0-9:]+/, "kworker/...", s)
	return s
}

# found(C) - are the lines of the block there, in this order? Else says which is not.
function found(c, w, g, line) {
	for (w = 1; w <= wants[c]; w++) {
		line = without_luck(want[c, w])
		if (line == "")
			continue
		while (++g <= logged && !like(line "...", log_line[g]))
			;
		if (g > logged) {
			printf "line %d: not in the log, or not in this order: %s\n", at[c] + w, want[c, w]
			return 0
		}
	}
	return 1
}

FNR == 1 { file++ }

mode == "log" && file > 1 {
	sub(/\r$/, "")
	log_line[++logged] = $0
	next
}

# What the commands printed: each output begins with a line "\036 NUMBER".
file == 2 {
	if (sub(/^\036 /, ""))
		now = $0 + 0
	else
		got[now, ++gots[now]] = $0
	next
}

mode == "log" && $0 == "```text " kind {
	inside = typed = 1
	at[++commands] = FNR
	next
}

/^```console/ {
	words = $0
	sub(/^```console */, "", words)
	inside = words == kind
}

{ text[++lines] = $0; of[lines] = 0 }

inside && /^# / {
	command[++commands] = substr($0, 3)
	at[commands] = FNR
	of[lines] = commands
	typed = 1
	next
}

inside && typed && /^> / {
	command[commands] = command[commands] "\n" substr($0, 3)
	of[lines] = commands
	next
}

/^```$/ { inside = typed = 0 }

inside && commands && !/^```/ {
	want[commands, ++wants[commands]] = $0
	of[lines] = -commands
	typed = 0
}

END {
	if (mode == "log") {
		for (c = 1; c <= commands; c++)
			bad = !found(c) || bad
		exit bad
	} else if (mode == "script") {
		for (c = 1; c <= commands; c++)
			printf "printf '\\036 %d\\n'\n%s\n", c, command[c]
	} else if (mode == "check") {
		for (c = 1; c <= commands; c++) {
			if (!differ(c))
				continue
			bad = 1
			printf "line %d: # %s\n", at[c], command[c]
			for (w = 1; w <= wants[c]; w++)
				print "  README: " want[c, w]
			for (g = 1; g <= gots[c]; g++)
				print "  is:     " got[c, g]
		}
		exit bad
	} else {
		for (l = 1; l <= lines; l++) {
			if (of[l] >= 0)
				print text[l]
			c = of[l]
			if (c > 0 && of[l + 1] != c)
				for (g = 1; g <= gots[c]; g++)
					print got[c, g]
		}
	}
}
