#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# timeline.sh FOLDER [TIMES] - the timeline (tracing/timeline) on traces from a machine: small.dat,
# ten events; large.dat, ten thousand; lost.dat, with a buffer too small for them. They are
# left there by tracing.sh; what is in questions/ by questions.sh. Draws them, then damages
# one 300 times (or TIMES), under the address and undefined behaviour sanitizers. Runs where
# the modules were built.

# All "a && b || { say why; return 1; }" here are meant so; patch() prints an octal escape.
# shellcheck disable=SC2015,SC2059,SC2317,SC2329

_here=$(cd "$(dirname "$0")" && pwd)
traces=${1:-}
times=${2:-300}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for _dir in /kselftest/selftests/kselftest "${KSELFTEST:+$KSELFTEST/kselftest}" ../kselftest; do
	if [ -n "$_dir" ] && [ -r "$_dir/ktap_helpers.sh" ]; then
		# shellcheck source=/dev/null
		. "$_dir/ktap_helpers.sh"
		break
	fi
done
ktap_print_header
for trace in small large lost; do
	if [ ! -s "$traces/$trace.dat" ]; then
		ktap_skip_all "no $trace.dat in '$traces': run selftests/tracing.sh first"
		# shellcheck disable=SC2153 # ktap_helpers.sh has it
		exit "$KSFT_SKIP"
	fi
done
source=$_here/../tracing
small=$traces/small.dat

# The sanitizers' findings in the process that runs libtracecmd go to its stderr, like ours.
timeline() {
	"$work/tracing/timeline-asan" "$@" >"$work/out" 2>"$work/err"
}
export ASAN_OPTIONS=abort_on_error=0:exitcode=99:detect_leaks=0
export UBSAN_OPTIONS=print_stacktrace=1:exitcode=99

builds() {
	cp -R "$source" "$work/tracing" &&
	make -s -C "$work/tracing" timeline-asan timeline >"$work/log" 2>&1 &&
	! [ -s "$work/log" ] || { cat "$work/log"; return 1; }
}

# refuses WORDS STATUS ARGUMENT... - with that status, and an error that has these words
refuses() {
	_words=$1 _status=$2
	shift 2
	timeline "$@"
	_rc=$?
	[ $_rc -eq "$_status" ] && grep -q "$_words" "$work/err" && ! own_fault ||
		{ echo "status $_rc:"; cat "$work/err"; return 1; }
}

# own_fault - did a sanitizer find something in our sources? What libtracecmd does with a
# damaged file is its own affair: its process dies, and ours says so.
own_fault() {
	awk '/ERROR: AddressSanitizer|runtime error/ { report = 1; n = 0; if (/runtime error/ && /(timeline|trace_read|model|draw|canvas)[.]c/) found = 1 }
		report && /^ *#[0-9]+ / && !/(asan|ubsan|sanitizer|libc[.]so|mem(cpy|set|move)|str(len|ncpy))/ {
			if (/(timeline|trace_read|model|draw|canvas)[.]c:/ && !n) found = 1
			n++
			report = 0
		}
		END { exit !found }' "$work/err"
}

# well_formed FILE - every element of the SVG is closed, and in order
well_formed() {
	perl -0ne 's/<\?.*?\?>//gs; my @open;
		while (/<(\/?)([A-Za-z]+)((?:\s+[-\w:]+="[^"<]*")*)\s*(\/?)>/g) {
			if ($1) { die "</$2>\n" if pop @open ne $2 } elsif (!$4) { push @open, $2 }
		}
		die "open: @open\n" if @open;
		s/<[^>]*>//g; die "stray\n" if /[<>]|&(?!(amp|lt|gt|quot);)/' "$1"
}

draws_small() {
	timeline -o "$work/a.svg" --summary "$small" && well_formed "$work/a.svg" &&
	grep -Eq '^tasklet of demo_tasklet: raised to running +10 ' "$work/out" &&
	grep -Eq '^hard IRQ +demo_tasklet +[0-9]+ +10 ' "$work/out" &&
	timeline -o "$work/a.png" "$small" && [ -s "$work/a.png" ] || { cat "$work/err" "$work/out"; return 1; }
}

one_interrupt() {
	timeline -o "$work/b.svg" --line demo_tasklet:3 "$small" && well_formed "$work/b.svg" &&
	grep -q '>demo_tasklet</text>' "$work/b.svg" && grep -q '>TASKLET</text>' "$work/b.svg" &&
	timeline --line demo_tasklet:3 "$small" &&
	grep -Eq '^tasklet of demo_tasklet: raised to running +1 ' "$work/out"
}

zooms() {
	timeline --events 1-50 "$small" && timeline --from +0.001 --to +0.05 "$small" &&
	refuses 'nothing there' 2 --from +9999 "$small" &&
	refuses 'no event 99999999' 2 --events 99999999-99999999 "$small" &&
	refuses '0 interrupts of a line' 1 --line nobody "$small"
}

aggregates() {
	timeline -o "$work/c.svg" "$traces/large.dat" && well_formed "$work/c.svg" &&
	grep -q 'boxes are too narrow to draw one by one' "$work/c.svg" &&
	grep -q 'arrows are left out' "$work/c.svg" &&
	[ "$(wc -c <"$work/c.svg")" -lt 1000000 ] || { cat "$work/err"; return 1; }
}

says_lost() {
	timeline -o "$work/d.svg" "$traces/lost.dat" && well_formed "$work/d.svg" &&
	grep -q 'lost in' "$work/err" && grep -qi 'lost in the recording' "$work/d.svg"
}

questions_drawn() {
	ls "$traces"/questions/*/pictures >"$work/list" 2>/dev/null || return "$KSFT_SKIP"
	while read -r _list; do
		cp -R "$(dirname "$_list")" "$work/question" &&
		"$work/tracing/draw" "$work/question" "$work/tracing/timeline-asan" || return
		for _svg in "$work"/question/*.svg; do
			well_formed "$_svg" && [ -s "${_svg%.svg}.png" ] || return
		done
		rm -r "$work/question"
	done <"$work/list"
}

wrong_usage() {
	refuses 'usage' 2 && refuses 'usage' 2 a b && refuses 'usage' 2 --nonsense "$small" &&
	refuses 'neither' 2 -o "$work/x.jpg" "$small" && refuses 'no range' 2 --events 5-2 "$small" &&
	refuses 'no time' 2 --from x "$small" && refuses 'no width' 2 --width 1 "$small"
}

no_trace() {
	echo hello >"$work/text"
	: >"$work/empty"
	refuses 'not a trace' 1 "$work/text" && refuses 'empty' 1 "$work/empty" &&
	refuses 'No such file' 1 "$work/none" && refuses 'not a file' 1 "$work"
}

cut_short() {
	_size=$(wc -c <"$small")
	for _bytes in 20 5000 $((_size / 2)) $((_size * 3 / 4)); do
		head -c "$_bytes" "$small" >"$work/cut.dat"
		refuses 'cut short\|damaged' 1 "$work/cut.dat" || return
	done
}

# patch OFFSET BYTE - small.dat with one byte changed
patch() {
	cp "$small" "$work/patched.dat" &&
	printf "\\$(printf %o "$2")" | dd of="$work/patched.dat" bs=1 seek="$1" conv=notrunc 2>/dev/null
}

foreign() {
	patch 12 1 && refuses 'big-endian' 1 "$work/patched.dat" &&
	patch 10 57 && refuses "version '9'" 1 "$work/patched.dat"
}

# A third of the damage goes to the head, a third to the end, where the events are.
fuzz() {
	perl -e '
		my ($in, $dir, $n) = @ARGV; local $/; open my $f, "<:raw", $in; my $good = <$f>;
		srand 20; my $size = length $good;
		for my $i (1 .. $n) {
			my $d = $good;
			for (1 .. 1 + int rand 8) {
				my $span = $size < 65536 ? $size : 65536;
				my $at = $i % 3 == 0 ? int rand $span : $i % 3 == 1 ? $size - 1 - int rand $span : int rand $size;
				substr($d, $at, 1) = chr int rand 256;
			}
			substr($d, 200 + int rand($size - 200)) = "" if $i % 10 == 0;
			open my $o, ">:raw", "$dir/f.dat"; print $o $d; close $o;
			my $s = system "timeout", "-s", "KILL", 60, "$dir/tracing/timeline-asan", "--patience", 10, "-o", "$dir/f.svg", "--summary", "$dir/f.dat";
			my $rc = $s & 127 ? 128 + ($s & 127) : $s >> 8;
			print "case $i: $rc\n";
		}' "$small" "$work" "$times" >"$work/fuzz" 2>"$work/err"
	awk '/^case/ { n[$3]++ } END { for (s in n) print n[s], "times status", s }' "$work/fuzz"
	[ "$(grep -c '^case' "$work/fuzz")" -eq "$times" ] && ! own_fault &&
	! grep '^case' "$work/fuzz" | grep -vE ': [012]$' || { grep -B 2 -A 12 -m 3 -E 'ERROR|runtime error' "$work/err"; return 1; }
}

check() {
	_what=$1
	shift
	"$@" >"$work/said" 2>&1
	case $? in
	0)	sed 's/^/# /' "$work/said"
		ktap_test_pass "$_what" ;;
	"$KSFT_SKIP")
		ktap_test_skip "$_what" ;;
	*)	sed 's/^/# | /' "$work/said"
		ktap_test_fail "$_what" ;;
	esac
}

ktap_set_plan 12
check "it builds without a warning" builds
check "ten events: picture and table agree with what was done" draws_small
check "one interrupt alone" one_interrupt
check "zoom by time, by event, by line" zooms
check "ten thousand events: merged, and said so" aggregates
check "lost events are said" says_lost
check "the pictures of every question" questions_drawn
check "wrong usage" wrong_usage
check "what is no trace is told from one" no_trace
check "a file cut short" cut_short
check "another byte order, another version" foreign
check "damaged $times times: no crash of ours, no hang" fuzz
ktap_finished
