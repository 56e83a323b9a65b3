#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The guided run of the lesson on threaded interrupts. It shows a thread that sleeps, a thread without
# a top half, wake-ups that coalesce, and two handlers that share an interrupt.

# claim() and await() call the functions below by name, and shellcheck does not see these calls.
# shellcheck disable=SC2317

cd "$(dirname "$0")" || exit
. ../testbench/demo_lib.sh

# thread_of IRQ ACTION - print the pid of the IRQ thread of ACTION. If the kernel turns top halves
# into threads too (threadirqs, PREEMPT_RT), there may be a second thread, irq/IRQ-s-ACTION. In this
# case, print the pid of the second thread
thread_of() {
	ps -eo pid=,comm= | awk -v n="irq/$1-$2" -v s="irq/$1-s-$2" '
		$2 == n { pid = $1 }
		$2 == s { second = $1 }
		END { print second ? second : pid }'
}

# is FILE NAME N - does the file contain "NAME N"?
is() {
	[ "$(value "$1" "$2")" = "$3" ]
}

# sleeps PID - does the thread wait for the bus?
sleeps() {
	grep -q '^State:.D' "/proc/$1/status"
}

# runs_on PID CPULIST - is CPULIST the affinity of the thread?
runs_on() {
	[ "$(awk '$1 == "Cpus_allowed_list:" { print $2 }' "/proc/$1/status")" = "$2" ]
}

# prio PID CLASS PRIORITY - does the thread have this scheduling class and priority?
prio() {
	[ "$(ps -o cls=,rtprio= -p "$1" | xargs)" = "$2 $3" ]
}

# raise_singly N - raise N events on $line; each is handled before the next is raised
raise_singly() {
	_n=0
	while [ "$_n" -lt "$1" ]; do
		echo 1 >"$bench/$line/raise"
		quiet "$line" || return
		_n=$((_n + 1))
	done
}

# late_runs - count the messages in the kernel log about runs that the thread finished after
# remove() was called
late_runs() {
	dmesg | grep -c 'demo_threaded_irq.*after remove() was called'
}

# raised_over LINE N - has the device raised more than N events?
raised_over() {
	[ "$(value "$bench/$1/counters" events_raised)" -gt "$2" ]
}

# answers DEVICE MINE NONE - has the top half of DEVICE returned IRQ_WAKE_THREAD MINE times, and
# IRQ_NONE NONE times?
answers() {
	[ "$(cat "$bench/irq_shared/$1/mine") $(cat "$bench/irq_shared/$1/none")" = "$2 $3" ]
}

last_cpu=$(sed 's/.*[-,]//' /sys/devices/system/cpu/online)

# ran_in_of LINE PROBE PLACE - did the code that contains PROBE run in PLACE?
ran_in_of() {
	[ "$(value "$bench/$1/$2/context" ran_in)" = "$3" ]
}

# forced_table - print what the probes of irq_forced have recorded
forced_table() {
	for _f in irq_forced/top irq_forced/irq_work irq_forced/hrtimer \
			irq_forced_not/top irq_forced_not/irq_work irq_forced_not/hrtimer; do
		awk -v f="$_f" '{ v[$1] = $2 }
			END { printf "%-26s %-8s %-8s %s\n", f, v["ran_in"], v["vector"], v["task"] }' \
			"$bench/$_f/context"
	done
}

# all_ran LINE - true if the top half, and everything that it started, has run since the module was
# loaded
all_ran() {
	! grep -q '^ran_in -' "$bench/$1"/*/context
}

# all_in LINE PLACE - did the top half, the irq_work and the hrtimer all run in PLACE?
all_in() {
	ran_in_of "$1" top "$2" && ran_in_of "$1" irq_work "$2" && ran_in_of "$1" hrtimer "$2"
}

title "The threaded interrupt: a bottom half that is a task"

step "A driver requests its interrupt with a top half and a thread"
load demo_threaded_irq.ko
line=demo_threaded_irq
irq=$(irq_of $line)
pid=$(thread_of "$irq" $line)
run "grep $line /proc/interrupts"
run "ps -eo pid,cls,rtprio,comm | grep irq/$irq-"
claim "the kernel made a thread for this interrupt: irq/$irq-$line" test -n "$pid"
claim "the thread runs in SCHED_FIFO at priority 50, above every ordinary task" prio "$pid" FF 50
claim "the driver is bound to its device on the bus bench" \
	test -e /sys/bus/bench/drivers/$line/$line

step "One interrupt, two contexts"
run "echo 1 >$bench/$line/raise"
quiet $line
run "grep -E '^(ran_in|interrupts|may_sleep|task) ' $bench/$line/top/context"
run "grep -E '^(ran_in|interrupts|may_sleep|task) ' $bench/$line/bottom/context"
context_row "threaded IRQ" $line bottom
bottom=$bench/$line/bottom/context
top=$bench/$line/top/context
if realtime; then
	say "PREEMPT_RT turns top halves into threads, but not a top half that was requested with" \
	    "IRQF_ONESHOT and a thread (kernel/irq/manage.c:irq_setup_forced_threading())."
fi
claim "the top half ran in hard interrupt context" is "$top" ran_in hardirq
claim "interrupts were off" is "$top" interrupts off
claim "the thread ran as a task" is "$bottom" ran_in task
claim "interrupts were on" is "$bottom" interrupts on
claim "preemption was on" is "$bottom" preemptible yes
claim "the thread may sleep" is "$bottom" may_sleep yes
claim "the task is the thread of this interrupt" is "$bottom" pid "$pid"

step "IRQF_ONESHOT: the interrupt while the thread works"
say "While the debugfs file hold is 1, the thread's bus transfer waits, so that we can look."
counters=$bench/$line/counters
before=$(value "$counters" interrupts_delivered)
run "echo 1 >$bench/$line/hold"
run "echo 1 >$bench/$line/raise"
claim "the thread sleeps in the middle of its work" await 30 sleeps "$pid"
predict "The thread sleeps. Five more events come now. How many interrupts will there be?"
since=$(date +%s%N)
run "echo 5 >$bench/$line/raise"
run "grep -E '^(events|interrupts)_' $counters"
claim "five more events have come, so the interrupt is asserted" is "$counters" events_raised 7
claim "the interrupt did not fire, because it is masked" \
	is "$counters" interrupts_delivered $((before + 1))
answer "$(($(value "$counters" interrupts_delivered) - before - 1))"
until=$(date +%s%N)
run "echo 0 >$bench/$line/hold"
quiet $line
run "grep -E '^(interrupts_delivered|mask)' $counters"
run "cat $bench/$line/account"
claim "after the thread was done, one interrupt delivered the five events" \
	is "$counters" interrupts_delivered $((before + 2))
claim "the interrupt was masked for at least $(((until - since) / 1000000)) ms" \
	test "$(value "$counters" masked_max_ns)" -ge $((until - since))
claim "every event is accounted for" line_is_quiet $line

step "The thread follows its interrupt to another CPU"
if [ "$last_cpu" -gt 0 ]; then
	run "echo $last_cpu >/proc/irq/$irq/smp_affinity_list"
	run "echo 10 >$bench/$line/raise"
	quiet $line
	run "taskset -pc $pid"
	run "grep -E '^cpu ' $bottom"
	claim "the thread may run on CPU $last_cpu only" runs_on "$pid" "$last_cpu"
	claim "the thread ran on CPU $last_cpu" is "$bottom" cpu "$last_cpu"
	run "echo 0 >/proc/irq/$irq/smp_affinity_list"
	run "echo 10 >$bench/$line/raise"
	quiet $line
	claim "the thread is back on CPU 0" is "$bottom" cpu 0
else
	skip "the thread follows smp_affinity" "needs two CPUs"
fi

step "The administrator can change the thread's priority"
run "chrt -f -p 80 $pid"
run "chrt -p $pid"
claim "the thread's priority in SCHED_FIFO is now 80" prio "$pid" FF 80

step "Unload while the thread is running"
say "remove() returns first. Then devm frees the interrupt, and free_irq() waits for the thread."
run "echo 1 >$bench/$line/hold"
run "echo 1 >$bench/$line/raise"
claim "the thread sleeps in the middle of its work" await 30 sleeps "$pid"
late=$(late_runs)
unload demo_threaded_irq
run "dmesg | grep '$line.*after remove() was called' | tail -n 1"
claim "the thread finished one run after remove() was called and before free_irq() returned" \
	test "$(late_runs)" -eq $((late + 1))
claim "the thread is gone" test ! -d "/proc/$pid"

step "A thread without a top half of its own: NULL for the handler"
load irq_thread_only.ko
line=irq_thread_only
irq=$(irq_of $line)
pid=$(thread_of "$irq" $line)
counters=$bench/$line/counters
predict "There is no top half. Five events come while the thread waits for the bus: how many interrupts?"
run "echo 1 >$bench/$line/hold"
run "echo 1 >$bench/$line/raise"
claim "the thread sleeps, and has not read the event register yet" await 30 sleeps "$pid"
run "echo 4 >$bench/$line/raise"
run "grep -E '^(events|interrupts_del)' $counters"
claim "five events have come and none was read, so the interrupt is asserted" is "$counters" events_read 0
claim "the interrupt fired only once, without a storm, because it is masked" \
	is "$counters" interrupts_delivered 1
answer "$(value "$counters" interrupts_delivered)"
run "echo 0 >$bench/$line/hold"
quiet $line
run "cat $bench/$line/account"
claim "one run of the thread read all five events" is "$bench/$line/account" bottom_halves 1
claim "no code of the driver ran in hard interrupt context" \
	is "$bench/$line/account" top_halves 0
claim "the interrupt was deasserted before it was unmasked, so it did not fire again" \
	is "$counters" interrupts_delivered 1
claim "every event is accounted for" line_is_quiet $line
unload irq_thread_only

step "Without IRQF_ONESHOT: more interrupts while the thread works"
load irq_thread_coalesce.ko
line=irq_thread_coalesce
irq=$(irq_of $line)
account=$bench/$line/account
run "echo 1 >$bench/$line/hold"
run "echo 1 >$bench/$line/raise"
await 30 is "$account" top_halves 1
claim "the thread sleeps in the middle of its work" \
	await 30 sleeps "$(thread_of "$irq" $line)"
say "Five more interrupts, one by one:"
n=1
while [ $n -lt 6 ]; do
	echo 1 >"$bench/$line/raise"
	n=$((n + 1))
	await 30 is "$account" top_halves $n
done
run "cat $account"
claim "an edge interrupt is not masked while its thread runs, so the top half ran six times" \
	is "$account" top_halves 6
predict "Five wake-ups wait for the thread, which is in its first run. How many more runs?"
claim "the thread is still in its first run" is "$account" bottom_halves 1
run "echo 0 >$bench/$line/hold"
quiet $line
run "cat $account"
claim "each of the five wake-ups set the same bit, IRQTF_RUNTHREAD, so there is one more run" \
	is "$account" bottom_halves 2
answer "$(($(value "$account" bottom_halves) - 1))"
claim "every event is accounted for" line_is_quiet $line
unload irq_thread_coalesce

step "Two devices share an interrupt: each top half answers for its own device"
load irq_shared.ko
line=irq_shared
irq=$(irq_of irq_shared-a)
counters=$bench/$line/counters
run "grep $line /proc/interrupts"
run "ps -eo pid,cls,rtprio,comm | grep irq/$irq-"
claim "each action has its own thread" \
	test "$(thread_of "$irq" irq_shared-a)" -ne "$(thread_of "$irq" irq_shared-b)"

say "Three events from device a, one at a time, then two from device b:"
raise_singly 3
run "echo 1 >$bench/$line/source"
raise_singly 2
run "cd $bench/$line && grep . a/mine a/none b/mine b/none"
claim "both top halves were called each time: a's found 3 events, and returned IRQ_NONE 2 times" \
	answers a 3 2
claim "b's top half found 2 events, and returned IRQ_NONE 3 times" answers b 2 3
claim "each event woke only the thread of its own device, so the threads ran five times" \
	is "$bench/$line/account" bottom_halves 5
run "cat /proc/irq/$irq/spurious"
claim "an interrupt counts as handled if one top half does not return IRQ_NONE" \
	is "/proc/irq/$irq/spurious" unhandled 0

step "An interrupt that neither device raised"
run "echo 2 >$bench/$line/source"
raise_singly 1
run "cat /proc/irq/$irq/spurious"
claim "both top halves returned IRQ_NONE" answers a 3 3
claim "the kernel counts it as unhandled (more than 99,900 of 100,000 would switch the line off)" \
	is "/proc/irq/$irq/spurious" unhandled 1

step "The price of sharing an interrupt with IRQF_ONESHOT"
delivered=$(value "$counters" interrupts_delivered)
run "echo 0 >$bench/$line/source"
run "echo 1 >$bench/$line/hold"
run "echo 1 >$bench/$line/raise"
claim "a's thread sleeps" await 30 sleeps "$(thread_of "$irq" irq_shared-a)"
run "echo 1 >$bench/$line/source"
run "echo 1 >$bench/$line/raise"
claim "b's event waits too, because the interrupt is masked for both devices" \
	is "$counters" interrupts_delivered $((delivered + 1))
claim "b's top half was not called" answers b 2 5
run "echo 0 >$bench/$line/hold"
quiet $line
claim "after a's thread was done, b got its interrupt" answers b 3 5
claim "every event is accounted for" line_is_quiet $line

step "Unload a shared interrupt under load"
say "free_irq() waits for all threads of the interrupt. All events belong to a, but remove() frees" \
    "the interrupt of b first. This free_irq() would wait for a's thread, which always finds work." \
    "So remove() disables the interrupt before it calls free_irq()."
run "echo 0 >$bench/$line/source"
run "echo 5000 >$bench/$line/rate"
claim "more than 100 events were raised" await 30 raised_over $line 100
say "# rmmod irq_shared"
rmmod irq_shared &
claim "the module was unloaded within 30 seconds" await 30 test ! -d /sys/module/irq_shared
# If rmmod still waits, stop the events, so that rmmod can end.
[ ! -e "$bench/$line/rate" ] || echo off >"$bench/$line/rate"
wait

step "What PREEMPT_RT turns into threads, and what it leaves alone"
say "Two devices have the same top half, which starts an irq_work and an hrtimer. For one device" \
    "all three are plain; for the other device all three request hard interrupt context. Where does" \
    "each run, and on top of which task?"
load irq_forced.ko
for line in irq_forced irq_forced_not; do
	pin $line "$last_cpu"
	run "echo '1 $last_cpu' >$bench/$line/raise"
	await 30 all_ran $line
done
run forced_table
claim "IRQF_NO_THREAD, IRQ_WORK_INIT_HARD() and HRTIMER_MODE_*_HARD keep code in a hard interrupt" \
	all_in irq_forced_not hardirq
if realtime; then
	claim "PREEMPT_RT: any other top half runs in a thread, with BH disabled" \
		ran_in_of irq_forced top bh_off
	claim "a plain irq_work runs in the task irq_work/$last_cpu" \
		test "$(value "$bench/irq_forced/irq_work/context" task)" = "irq_work/$last_cpu"
	claim "a plain hrtimer runs in a softirq" ran_in_of irq_forced hrtimer softirq
	claim "this softirq runs in the task ktimers/$last_cpu" \
		test "$(value "$bench/irq_forced/hrtimer/context" task)" = "ktimers/$last_cpu"
else
	claim "without PREEMPT_RT, the plain top half, irq_work and hrtimer also run in a hard interrupt" \
		all_in irq_forced hardirq
fi
unload irq_forced

finish
