#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# pair.sh broken|fixed - the pair sleep_in_softirq: a softirq handler that sleeps,
# with the kernel's report of it explained line by line, or its fixed twin under a
# hundred times the load. The broken one wants a machine that may die.
# shellcheck disable=SC2317,SC2329
cd "$(dirname "$0")" || exit
# shellcheck source=../testbench/demo_lib.sh
. ../testbench/demo_lib.sh
# shellcheck source=../testbench/pair_lib.sh
. ../testbench/pair_lib.sh

twin=${1:-}
module=sleep_in_softirq_$twin
line=$bench/$module
cpu=$(($(nproc) - 1))
report=$(mktemp)
trap 'rm -f "$report"' EXIT

broken() {
	title "a softirq handler that sleeps, and what the kernel says to it"

	step "The bug, in the source"
	run "sed -n '/^static void device_transfer/,/^}/p' $module.c"
	run "sed -n '/^static void sleep_in_softirq_bottom/,/^}/p' $module.c"

	step "Load it: the first thing it says is what will happen"
	mark
	load "$module.ko"
	say "$(logged | grep "$module:")"
	claim "it warns before it breaks anything" logs "$module: .*softirq handler sleep"

	step "One event"
	mark
	run "echo 1 $cpu >$line/raise"
	claim "the kernel reports it" await 30 logs 'BUG: scheduling while atomic'
	claim "and what came of it" await 30 logs 'softirq: huh, entered softirq'
	logged >"$report"
	if ! grep -q 'softirq: huh' "$report"; then
		say "No report, nothing to explain."
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
	    "nothing wrong and has nothing to do with the device: a softirq borrows whatever" \
	    "task is there, and it is that task which is put to sleep now." \
	    "$count is preempt_count(), which must be 0 here. On this kernel it means:"
	decode_preempt_count "$count" | sed 's/^/      /'
	say "schedule() itself adds 1 to preempt before it looks, so what was wrong is the rest:" \
	    "the CPU is serving a softirq."
	claim "the count says that a softirq was being served" test "$(field softirq "$count")" -eq 1
	claim "and no hard interrupt: that one was over" test "$(field hardirq "$count")" -eq 0
	echo
	say "$(grep -m1 '^CPU: ' "$report")"
	say "Where, and again on top of whom. Tainted: O and E, modules from outside the kernel" \
	    "tree and unsigned; W (from the second report on), there was a warning before."
	echo
	told sleep_in_softirq_broken
	claim "one frame is the module's own" \
		grep -q 'sleep_in_softirq_bottom.*\[sleep_in_softirq_broken\]' "$report"
	say "Read it from below: a task ran, an interrupt came, its exit served the softirqs," \
	    "TASKLET called us, we slept. The line to mend is the one above the mark."
	echo
	huh=$(grep -m1 'softirq: huh, entered softirq' "$report")
	say "$huh"
	entered=$(printf '%s\n' "$huh" | sed 's/.*preempt_count \([0-9a-f]*\),.*/\1/')
	left=$(printf '%s\n' "$huh" | sed 's/.*exited with \([0-9a-f]*\).*/\1/')
	say "The sleep is over and the handler has returned. The kernel gave it this count,"
	decode_preempt_count "$entered" | sed 's/^/      /'
	say "and got back $left: schedule() reset it after the report, to be able to go on. For as" \
	    "long as the handler slept, the CPU was in the middle of serving softirqs and did not" \
	    "know: what that round still had to serve waited, and what was raised anew was served" \
	    "on top, the vector that slept included. No handler is written for that. The loop in" \
	    "kernel/softirq.c puts the count right and goes on."
	claim "the softirq had another count at its end than at its beginning" \
		test "$entered" != "$left"

	step "The machine has survived. This time"
	quiet "$module"
	run "cat $line/account"
	claim "the event was handled, late" line_is_quiet "$module"
	unload "$module"
	say "Do not rely on it: a timer's, irq_poll's or NAPI's handler that sleeps leaves a list" \
	    "of this CPU open, and with 6.12's PREEMPT_RT the CPU is mostly lost."
}

fixed() {
	title "the same handler, which leaves the sleeping to a worker"

	step "What has changed"
	say "(diff of sleep_in_softirq_broken.c and $module.c, below their first comments)"
	code sleep_in_softirq_broken.c >"$report"
	code "$module.c" | diff -U 0 "$report" - | sed -n -e '1,2d' -e 's/^[-+]/   &/p'
	say "The handler only queues the work that is embedded in its struct; the worker gets the" \
	    "struct back by container_of() and sleeps, as a task of its own may."

	step "A hundred times the load"
	mark
	load "$module.ko"
	run "echo 100 $cpu >$line/raise"
	claim "every event is handled" quiet "$module"
	run "cat $line/account"
	run "cat $line/probe/context"
	claim "the handler is a softirq still" \
		test "$(value "$line/probe/context" ran_in)" = softirq

	step "And the kernel log"
	claim "not one message" silent
	unload "$module"
	claim "nor when it is unloaded" silent
}

case $twin in
broken|fixed) "$twin" ;;
*) echo "usage: pair.sh broken|fixed" >&2; exit 2 ;;
esac
finish
