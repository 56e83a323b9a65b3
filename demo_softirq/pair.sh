#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# pair.sh broken|fixed - the guided run of the pair sleep_in_softirq. "broken" runs a softirq
# handler that sleeps, and explains the kernel's report line by line. "fixed" runs the fixed module
# with a hundred times the load. Run the broken module only in a VM, because the kernel may crash.
# shellcheck disable=SC2317,SC2329
cd "$(dirname "$0")" || exit
# shellcheck source=../testbench/demo_lib.sh
. ../testbench/demo_lib.sh
# shellcheck source=../testbench/pair_lib.sh
. ../testbench/pair_lib.sh

kind=${1:-}
module=sleep_in_softirq_$kind
line=$bench/$module
cpu=$(($(nproc) - 1))
report=$(mktemp)
hog=
trap 'kill $hog 2>/dev/null; rm -f "$report"' EXIT

# computes - has the task used 200 ms of CPU time in user space?
computes() {
	[ "$(cut -d ' ' -f 14 "/proc/$hog/stat")" -ge 20 ]
}

broken() {
	title "a softirq handler that sleeps, and what the kernel reports"

	step "The bug, in the source"
	run "sed -n '/^static void sleep_in_softirq_transfer/,/^}/p' pairs/$module.c"
	run "sed -n '/^static void sleep_in_softirq_bottom/,/^}/p' pairs/$module.c"

	step "Load it: it first says what will happen"
	mark
	load "pairs/$module.ko"
	say "$(logged | grep "$module:")"
	claim "the module warns before it breaks anything" logs "$module: .*softirq handler sleep"

	step "A task computes, and interrupts arrive on its CPU"
	mark
	say "The task has a real-time priority, so ksoftirqd/$cpu cannot preempt it and run the softirq."
	say "# taskset -c $cpu chrt -f 1 sh -c 'while :; do :; done' &"
	taskset -c "$cpu" chrt -f 1 sh -c 'while :; do :; done' &
	hog=$!
	await 120 computes
	run "echo 10 $cpu >$line/rate"
	claim "the kernel reports the bug" await 30 logs 'BUG: scheduling while atomic'
	claim "the kernel reports the consequence" await 30 logs 'softirq: huh, entered softirq'
	run "echo off >$line/rate"
	kill "$hog"
	logged >"$report"
	if ! grep -q 'softirq: huh' "$report"; then
		say "Without a report there is nothing to explain."
		unload "$module"
		return
	fi

	step "The report, line by line"
	bug=$(grep -m1 'BUG: scheduling while atomic' "$report")
	victim=${bug#*atomic: }
	count=${victim##*/}
	victim=${victim%/*}
	pid=${victim##*/}
	victim=${victim%/*}
	say "$bug"
	say "schedule() was called where nothing may sleep (__schedule_bug() in kernel/sched/core.c)." \
	    "$victim, pid $pid, is the task that happened to run when the interrupt came. It did" \
	    "nothing wrong and has nothing to do with the device: a softirq runs on top of" \
	    "the interrupted task, and now this task is put to sleep." \
	    "$count is preempt_count(), which must be 0 here. On this kernel the count means:"
	decode_preempt_count "$count" | sed 's/^/   /' | show
	say "schedule() itself adds 1 to preempt before it checks. So the error is in the rest:" \
	    "the CPU is running a softirq."
	claim "the count says that a softirq was running" test "$(field softirq "$count")" -eq 1
	claim "the task in the report is the one that was computing" test "$pid" -eq "$hog"
	claim "no hard interrupt was running: the last one had already finished" \
		test "$(field hardirq "$count")" -eq 0
	echo
	say "$(grep -m1 '^CPU: ' "$report")"
	say "This line names the CPU and, again, the interrupted task. Tainted: O and E mean modules from" \
	    "outside the kernel tree, unsigned; W (from the second report on) means an earlier warning."
	echo
	told sleep_in_softirq_broken
	claim "one frame belongs to the module" \
		grep -q 'sleep_in_softirq_bottom.*\[sleep_in_softirq_broken\]' "$report"
	say "Read the stack from below: a task ran, an interrupt came, softirqs ran at its end," \
	    "TASKLET called our tasklet, which slept. The call to fix is in the marked frame."
	echo
	huh=$(grep -m1 'softirq: huh, entered softirq' "$report")
	say "$huh"
	entered=$(printf '%s\n' "$huh" | sed 's/.*preempt_count \([0-9a-f]*\),.*/\1/')
	left=$(printf '%s\n' "$huh" | sed 's/.*exited with \([0-9a-f]*\).*/\1/')
	say "The sleep is over, and the handler has returned. The kernel had called it with this count:"
	decode_preempt_count "$entered" | sed 's/^/   /' | show
	say "After the handler the count was $left: schedule() had reset it after the report, to be able" \
	    "to continue. While the handler slept, the CPU was in the middle of its softirqs, but the" \
	    "count did not show this. The other softirqs of this round had to wait. Softirqs that were" \
	    "raised meanwhile ran first, even in the vector that slept. No handler expects this. The" \
	    "loop in kernel/softirq.c corrects the count and continues."
	claim "the count at the end of the softirq differs from the count at its beginning" \
		test "$entered" != "$left"

	step "The kernel has survived this time"
	quiet "$module"
	run "cat $line/account"
	claim "every event was handled, late" line_is_quiet "$module"
	unload "$module"
	say "The kernel has survived, but do not rely on this. The interrupts came in user space, so the" \
	    "handler slept on the kernel stack of an ordinary task. If the handler sleeps on the CPU's" \
	    "interrupt stack, the next softirq may overwrite the handler's frames, and the kernel may" \
	    "panic. If a timer, irq_poll or NAPI handler sleeps, it leaves a list of this CPU half" \
	    "processed. On 6.12 with PREEMPT_RT, the CPU is usually lost."
}

fixed() {
	title "the same handler, which leaves the sleeping to a work item"

	step "What has changed"
	say "(diff of sleep_in_softirq_broken.c and $module.c, without their first comments)"
	code pairs/sleep_in_softirq_broken.c >"$report"
	code "pairs/$module.c" | diff -U 0 "$report" - | sed -n -e '1,2d' -e '/^[-+]/p' | show
	say "The handler only queues the work item that is embedded in its struct. The work function" \
	    "gets the struct with from_work(). The work function may sleep, because a kworker runs it."

	step "A hundred times the load"
	mark
	load "pairs/$module.ko"
	run "echo 100 $cpu >$line/raise"
	claim "every event is handled" quiet "$module"
	run "cat $line/account"
	run "cat $line/bottom/context"
	claim "the handler is still a softirq" \
		test "$(value "$line/bottom/context" ran_in)" = softirq

	step "And the kernel log"
	claim "the kernel log has no message" log_clean
	unload "$module"
	claim "the log has no message after the unload" log_clean
}

case $kind in
broken|fixed) "$kind" ;;
*) echo "usage: pair.sh broken|fixed" >&2; exit 2 ;;
esac
finish
