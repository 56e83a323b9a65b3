#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# timeline.sh FOLDER [TIMES] - tests the timeline (tracing/timeline) with recordings from a VM.
# small.dat has ten events; large.dat has ten thousand; for lost.dat the buffer was too small.
# tracing.sh writes these files to FOLDER, and questions.sh writes questions/. No picture may
# contradict its recording, even if the recording is damaged: the last test makes TIMES (280)
# damaged copies of a recording. The tests need trace-cmd, but no VM. Some tests need no recording
# from a VM. These tests are in timeline_test.py, and "make check" runs them.

# Every "a && b || { say why; return 1; }" here is intended.
# shellcheck disable=SC2015,SC2059,SC2317,SC2329

_here=$(cd "$(dirname "$0")" && pwd)
traces=${1:-}
times=${2:-280}
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
		# shellcheck disable=SC2153 # ktap_helpers.sh sets it
		exit "$KSFT_SKIP"
	fi
done
tracing=$_here/../tracing
small=$traces/small.dat
unpaired=$_here/recordings/unpaired.txt

timeline() {
	"$tracing/timeline" "$@" >"$work/out" 2>"$work/err"
}

model() {
	BH_TRACING=$tracing python3 "$_here/timeline_test.py" "$@"
}

# refuses WORDS STATUS ARGUMENT... - timeline must end with STATUS, and print an error that contains
# WORDS
refuses() {
	_words=$1 _status=$2
	shift 2
	timeline "$@"
	_rc=$?
	[ $_rc -eq "$_status" ] && grep -q -e "$_words" "$work/err" && ! grep -q Traceback "$work/err" ||
		{ echo "status $_rc:"; cat "$work/err"; return 1; }
}

# well_formed FILE - can an XML parser read it?
well_formed() {
	python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$1"
}

draws_small() {
	timeline -o "$work/a.svg" --summary "$small" && well_formed "$work/a.svg" &&
	grep -Eq '^tasklet of demo_tasklet: raised to running +10 ' "$work/out" &&
	grep -Eq '^hard IRQ +demo_tasklet +[0-9]+ +10 ' "$work/out" || { cat "$work/err" "$work/out"; return 1; }
}

as_text() {
	trace-cmd report -t -N -i "$small" >"$work/small.txt" 2>"$work/err" &&
	timeline -o "$work/b.svg" --title a "$work/small.txt" && timeline -o "$work/c.svg" --title a "$small" &&
	cmp "$work/b.svg" "$work/c.svg" || { cat "$work/err"; return 1; }
}

one_interrupt() {
	timeline -o "$work/b.svg" --line demo_tasklet:3 "$small" && well_formed "$work/b.svg" &&
	grep -q '>demo_tasklet</text>' "$work/b.svg" && grep -q '>TASKLET</text>' "$work/b.svg" &&
	timeline --line demo_tasklet:3 "$small" &&
	grep -Eq '^tasklet of demo_tasklet: raised to running +1 ' "$work/out"
}

# Ten interrupts must give ten strips, and each strip begins at the raise.
strips() {
	timeline -o "$work/b.svg" --line demo_tasklet "$small" && well_formed "$work/b.svg" &&
	grep -q '>raise</text>' "$work/b.svg" &&
	[ "$(grep -c '>[0-9]*  TASKLET</text>' "$work/b.svg")" -eq 10 ] &&
	timeline -o "$work/b.svg" --lanes --line demo_tasklet "$small" && ! grep -q '>raise</text>' "$work/b.svg"
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
	[ "$(wc -c <"$work/c.svg")" -lt 1500000 ] || { cat "$work/err"; return 1; }
}

says_lost() {
	timeline -o "$work/d.svg" "$traces/lost.dat" && well_formed "$work/d.svg" &&
	grep -q 'lost in' "$work/err" && grep -qi 'lost in the recording' "$work/d.svg"
}

# every RECORDING... - does the picture of each RECORDING agree with it? No picture may show a
# softirq, a task or a task switch inside a hard interrupt of the same CPU. Boxes must nest, and
# their times must add up to the times of the events
every() {
	for _recording; do
		timeline --check "$_recording" || { echo "$_recording:"; cat "$work/out" "$work/err"; return 1; }
	done
	echo "$# recordings"
}

true_pictures() {
	find "$traces/questions" -name '*.dat' -o -name '*.txt' -path '*/hand/*' 2>/dev/null |
		grep -v calls/hand >"$work/list"
	# shellcheck disable=SC2046 # names without blanks
	every "$small" "$traces/large.dat" "$traces/lost.dat" $(cat "$work/list")
}

# On PREEMPT_RT a softirq runs in a task, so it must stand in the lane of this task.
realtime_lanes() {
	model lanes "$small" "$traces/large.dat" "$traces/lost.dat"
}

# One recording was made with a filter on the name of an interrupt. Only entry events have a name,
# so this recording also has the exits of other interrupts, without their entries. The picture must
# mark these exits, and must not draw boxes for them.
filtered() {
	! timeline --check "$unpaired" && grep -q 'only one end' "$work/out" &&
	grep -q 'boxes do not include [1-9][0-9]* runs' "$work/out" &&
	timeline -o "$work/u.svg" "$unpaired" && grep -q 'IRQ 42: beginning not recorded' "$work/u.svg" &&
	timeline --summary "$unpaired" && ! grep -q '^hard IRQ .* [0-9]* ms$' "$work/out"
}

questions_drawn() {
	ls "$traces"/questions/*/pictures "$traces"/questions/*/hand/pictures >"$work/list" 2>/dev/null ||
		return "$KSFT_SKIP"
	while read -r _list; do
		cp -R "$(dirname "$_list")" "$work/question" &&
		"$tracing/draw" "$work/question" >"$work/drawn" 2>&1 || { cat "$work/drawn"; return 1; }
		for _svg in "$work"/question/*.svg; do
			well_formed "$_svg" || return
		done
		rm -r "$work/question"
	done <"$work/list"
}

# Exports what eth0 did, the network device of vm/run --nic, if tracing.sh ran with this option
not_ours() {
	_eth0=$traces/questions/eth0/hand/eth0.txt
	[ -s "$_eth0" ] || return "$KSFT_SKIP"
	timeline --perfetto "$work/e.json" "$_eth0" && grep -q '"eth0 polled: work [1-9]' "$work/e.json" ||
		{ cat "$work/err"; return 1; }
}

for_perfetto() {
	for _trace in "$small" "$traces/large.dat"; do
		timeline --perfetto "$work/p.json" "$_trace" && model perfetto "$_trace" "$work/p.json" ||
			{ cat "$work/err"; return 1; }
	done
}

wrong_usage() {
	refuses 'usage' 2 && refuses 'usage' 2 a b && refuses 'usage' 2 --nonsense "$small" &&
	refuses 'not a FILE.svg' 2 -o "$work/x.jpg" "$small" && refuses 'not a range' 2 --events 5-2 "$small" &&
	refuses 'not a time' 2 --from x "$small" && refuses 'not a width' 2 --width 1 "$small" &&
	refuses 'No such file' 1 -o "$work/none/x.svg" "$small"
}

no_trace() {
	echo hello >"$work/text"
	: >"$work/empty"
	head -c 300000 /dev/urandom >"$work/noise"
	head -c 3000000 /dev/zero | tr '\0' a >"$work/endless"
	refuses 'no event in it' 1 "$work/text" && refuses 'empty' 1 "$work/empty" &&
	refuses 'not a trace' 1 "$work/noise" && refuses 'no event in it' 1 "$work/endless" &&
	refuses 'No such file' 1 "$work/none" && refuses 'directory' 1 "$work"
}

# The last part of the file is missing. If trace-cmd accepts the file, the timeline draws what is
# there, and ends with status 0. If trace-cmd refuses the file, the timeline must end with status 1.
cut_short() {
	_size=$(wc -c <"$small")
	for _bytes in 20 5000 $((_size / 2)) $((_size * 3 / 4)); do
		head -c "$_bytes" "$small" >"$work/cut.dat"
		timeline "$work/cut.dat"
		_rc=$?
		[ $_rc -le 1 ] && ! grep -q Traceback "$work/err" || { echo "$_bytes bytes: $_rc"; cat "$work/err"; return 1; }
	done
}

damaged() {
	[ -s "$work/small.txt" ] || as_text || return
	model fuzz "$times" "$work/small.txt"
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

ktap_set_plan 17
check "ten events: picture and table agree with what was done" draws_small
check "trace.dat and its text give the same picture" as_text
check "one interrupt alone" one_interrupt
check "ten interrupts as strips" strips
check "zoom by time, by event, by line" zooms
check "ten thousand events: boxes are merged, and a note says so" aggregates
check "lost events are reported" says_lost
check "no picture contradicts its recording" true_pictures
check "PREEMPT_RT: every softirq is in the lane of its task" realtime_lanes
check "an interrupt whose beginning was not recorded gets no box" filtered
check "the pictures of every question" questions_drawn
check "virtio_net, a driver of the kernel's own: the timeline names its poll" not_ours
check "Chrome's trace JSON for Perfetto" for_perfetto
check "wrong usage" wrong_usage
check "a file that is not a trace is refused" no_trace
check "a file whose end is missing" cut_short
check "a recording is damaged $times times: no picture contradicts it" damaged
ktap_finished
