#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests tracing/trace, which records a trace for each question in tracing/questions/ and prints the
# answer. The answer must report as many events as the question raises. If /share is mounted, the
# recordings stay there, and timeline.sh draws them. Then this script tests tracing/live, while a
# generator raises events at a known rate.
#
# check() calls the functions below by name, which shellcheck does not see:
# shellcheck disable=SC2317,SC2329

. ./lib.sh

lab=${BH_LAB:-$(cd .. && pwd)}
trace=$lab/tracing/trace
[ -x "$trace" ] || skip_all "no tracing/ next to this folder"
need_modules bh_testbench demo_softirq demo_tasklet demo_workqueue demo_threaded_irq \
	softirq_flood napi_dummy_netdev

keep=/share
mountpoint -q "$keep" || keep=$(mktemp -d)
keep=$keep/questions

# expected QUESTION - print the patterns that the answer must contain, one per line
expected() {
	case $1 in
	calls)		echo '^ *demo_top$'
			echo '^ *__tasklet_schedule$'
			echo '^ *demo_bottom$' ;;
	hello)		echo 'tasklet: 10 interrupts, 10 runs'
			echo 'work item: 10 interrupts, [0-9]* runs' ;;
	ksoftirqd)	echo '100 times the softirq TASKLET was served'
			echo 'ksoftirqd took over after' ;;
	masked)		echo 'masked for .* (10 times)'
			echo 'unmasked by irq/[0-9]*-demo_thr.*, 10 times'
			echo "The testbench counted: masked 10 times" ;;
	napi)		for _strategy in napi workqueue tasklet threaded netif_rx; do
				echo "strategy $_strategy:"
			done
			echo 'work [a-z_]* *on top of kworker'
			echo 'softirq TASKLET'
			echo 'the IRQ thread gets a CPU' ;;
	softirq)	for _vector in HI NET_TX NET_RX IRQ_POLL TASKLET HRTIMER TIMER; do
				echo "$_vector  *3  "
			done ;;
	tasklet)	echo '10 interrupts, 10 runs of the tasklet; 10 of them in the softirq TASKLET'
			echo ' 0 on another CPU than the interrupt' ;;
	threaded-irq)	echo "10 interrupts, 10 runs of the thread's function, 10 of them where it may sleep"
			echo 'From waking to running: .* (10 times)' ;;
	workqueue)	echo '10 interrupts, 10 runs of the work item, 10 of them where it may sleep'
			echo 'From its first line to its end, sleeping included'
			echo '(10 times)' ;;
	*)		echo "questions.sh does not know what to expect of $1" ;;
	esac
}

# answered QUESTION DIR OPTION... - does the answer contain all expected lines, and does the frame
# reach the stack with every strategy that the answer names?
answered() {
	_question=$1 _dir=$2
	shift 2
	mkdir -p "$_dir"
	BH_NAMED=$_dir "$trace" "$@" "$_question" "$_dir" >"$_dir/said" 2>&1 ||
		{ cat "$_dir/said"; return 1; }
	expected "$_question" >"$_dir/expected"
	while read -r _pattern; do
		grep -q -- "$_pattern" "$_dir/said" && continue
		echo "no line like '$_pattern' in:"
		cat "$_dir/said"
		return 1
	done <"$_dir/expected"
	[ "$(grep -c 'the packet is in the stack' "$_dir/said")" -eq \
		"$(grep -c '^  strategy ' "$_dir/said")" ]
}

by_trace_cmd() {
	command -v trace-cmd >/dev/null || skip "no trace-cmd here"
	answered "$1" "$keep/$1" && [ -s "$keep/$1/pictures" ] &&
	trace-cmd report -i "$keep/$1/$(cut -f 1 "$keep/$1/pictures" | head -n 1)" >/dev/null
}

# by_hand QUESTION - does "trace --by-hand" give the right answer, and is the recorded text
# complete, with the kernel's header?
by_hand() {
	answered "$1" "$keep/$1/hand" --by-hand && grep -q '^# tracer: ' "$keep/$1"/hand/*.txt
}

# column NAME FIRST - in the last view, in the part that begins with the line FIRST, print the
# number in row NAME and in the column of the last CPU
column() {
	awk -v name="$1" -v first="$2" '
		index($0, "/proc/") == 1 { on = index($0, first) == 1 }
		on && index($0, name) { n = $NF }
		END { print n + 0 }' "$keep/live"
}

# The generator and the live view use the same clock, that of the guest. The generator may be late,
# but never early. So there may be fewer than 100 interrupts per second, but hardly more.
live_view() {
	modprobe demo_tasklet || return
	cpu=$(($(nproc) - 1))
	echo "100 $cpu" >"$bench/demo_tasklet/rate"
	"$lab/tracing/live" -n 2 -d 2 >"$keep/live"
	_rc=$?
	echo off >"$bench/demo_tasklet/rate"
	await 60 line_is_quiet demo_tasklet
	rmmod demo_tasklet bh_testbench
	_irqs=$(column demo_tasklet /proc/interrupts)
	_softirqs=$(column TASKLET /proc/softirqs)
	[ $_rc -eq 0 ] && [ "$_irqs" -gt 10 ] && [ "$_irqs" -le 110 ] &&
	[ "$_softirqs" -gt 10 ] && return
	echo "per second: 100 events, but $_irqs interrupts and $_softirqs runs of TASKLET"
	cat "$keep/live"
	return 1
}

plan $(($(find "$lab/tracing/questions" -name '*.sh' | wc -l) + 4))
for question in "$lab"/tracing/questions/*.sh; do
	question=$(basename "$question" .sh)
	# A recording with trace-cmd takes three times as long as one with --by-hand, so use
	# trace-cmd only for three questions. "make demo" records the other questions with
	# trace-cmd, and report.sh checks these recordings.
	case $question in
	calls|ksoftirqd|masked) check "trace $question" by_trace_cmd "$question" ;;
	esac
	check "trace --by-hand $question" by_hand "$question"
done
check "live: changes per second" live_view
ktap_finished
