#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The guided run of the lesson about tasklets. README.md is the lesson itself.
#
# claim() and await() call the functions below by name, and shellcheck does not see these calls:
# shellcheck disable=SC2317,SC2329

cd "$(dirname "$0")" || exit 1
# shellcheck source=../testbench/demo_lib.sh
. ../testbench/demo_lib.sh

cpus=$(nproc)
cpu=$((cpus - 1))
tracing=/sys/kernel/tracing

# is FILE NAME VALUE - is the counter NAME in FILE equal to VALUE?
is() {
	[ "$(value "$bench/$1" "$2")" = "$3" ]
}

# atleast FILE NAME VALUE - is the counter NAME in FILE at least VALUE?
atleast() {
	[ "$(value "$bench/$1" "$2")" -ge "$3" ]
}

# same FILE NAME NAME - are these two counters in FILE equal?
same() {
	[ "$(value "$bench/$1" "$2")" = "$(value "$bench/$1" "$3")" ]
}

# softirqs_atleast VECTOR CPU COUNT - has CPU run the vector COUNT times or more since boot?
softirqs_atleast() {
	[ "$(softirqs "$1" "$2")" -ge "$3" ]
}

# splats - prints the number of reports in the kernel log
splats() {
	dmesg | grep -cE 'BUG:|WARNING:|Oops|nobody cared|Attempt to kill|events lost'
}

# released N - print the name of the Nth resource that devm released, as the trace shows
released() {
	grep -o 'REL .*' "$tracing/trace" | awk -v n="$1" 'NR == n { print $3 }'
}

splats=$(splats)

title "demo_tasklet: a function in a softirq, never twice at a time"

step "One interrupt, one run of the tasklet"
load demo_tasklet.ko
pin demo_tasklet "$cpu"
tasklets=$(softirqs TASKLET "$cpu")
run "echo '1 $cpu' > $bench/demo_tasklet/raise"
quiet demo_tasklet
run "cat $bench/demo_tasklet/account"
claim "the softirq vector TASKLET ran on CPU $cpu" \
	softirqs_atleast TASKLET "$cpu" $((tasklets + 1))
run "cat $bench/demo_tasklet/bottom/context"
claim "a tasklet is a softirq" is demo_tasklet/bottom/context ran_in softirq
claim "the tasklet belongs to the vector TASKLET" is demo_tasklet/bottom/context vector TASKLET
claim "interrupts are on, so the next interrupt may come" \
	is demo_tasklet/bottom/context interrupts on
claim "a tasklet may not sleep" is demo_tasklet/bottom/context may_sleep no
claim "the tasklet runs on the CPU that scheduled it" \
	same demo_tasklet/bottom/context cpu raised_cpu
top_half_claims demo_tasklet
context_row "hard IRQ" demo_tasklet top
context_row "tasklet" demo_tasklet bottom

step "Two bursts of events at once, on two CPUs"
predict "10,000 events, 5,000 on each CPU at once. Will the tasklet run once per event? yes or no:"
run "cd $bench/demo_tasklet; echo '5000 0' > raise & echo '5000 $cpu' > raise & wait"
claim "every raised event was read and handled" quiet demo_tasklet
run "cat $bench/demo_tasklet/account"
claim "10001 events were handled in all" is demo_tasklet/account handled 10001
answer "$(same demo_tasklet/account bottom_halves handled && echo yes || echo no)"

step "Unload while interrupts keep coming: free_irq(), then tasklet_kill()"
run "echo '2000 $cpu' > $bench/demo_tasklet/rate"
claim "the device keeps raising events" \
	await 30 atleast demo_tasklet/account handled 10100
unload demo_tasklet
claim "the kernel reports nothing" [ "$(splats)" = "$splats" ]

step "A tasklet that is scheduled twice runs once; high priority goes before normal"
load tasklet_rules.ko
pin tasklet_rules "$cpu"
say "Each interrupt calls tasklet_schedule() twice, then tasklet_hi_schedule()."
predict "One interrupt comes. If a tasklet is scheduled twice, how many times does it run?"
run "echo '1 $cpu' > $bench/tasklet_rules/raise"
quiet tasklet_rules
run "cat $bench/tasklet_rules/rules"
claim "the tasklet was scheduled twice" is tasklet_rules/rules normal_asked 2
claim "the tasklet ran once" is tasklet_rules/rules normal_runs 1
answer "$(value $bench/tasklet_rules/rules normal_runs)"
run "echo '100 $cpu' > $bench/tasklet_rules/raise"
quiet tasklet_rules
run "cat $bench/tasklet_rules/rules"
claim "the high-priority tasklet was scheduled last, but always ran first" \
	same tasklet_rules/rules high_first normal_runs
claim "the high-priority tasklet ran in the vector HI" is tasklet_rules/high/context vector HI
claim "the normal tasklet ran in the vector TASKLET" is tasklet_rules/bottom/context vector TASKLET
unload tasklet_rules

step "A disabled tasklet: it is scheduled but does not run, and the softirq spins"
load tasklet_disabled.ko
pin tasklet_disabled "$cpu"
run "echo 0 > $bench/tasklet_disabled/enabled"
run "echo '10 $cpu' > $bench/tasklet_disabled/raise"
claim "the top half has read the ten events" \
	await 30 is tasklet_disabled/account events 10
tasklets=$(softirqs TASKLET "$cpu")
claim "meanwhile the softirq TASKLET finds a disabled tasklet, 1000 times or more" \
	await 30 softirqs_atleast TASKLET "$cpu" $((tasklets + 1000))
run "cat $bench/tasklet_disabled/account"
claim "no event was handled" is tasklet_disabled/account handled 0
predict "Ten events wait. How many runs does the tasklet need for them when it is enabled again?"
run "echo 1 > $bench/tasklet_disabled/enabled"
claim "the enabled tasklet handles the events" quiet tasklet_disabled
run "cat $bench/tasklet_disabled/account"
claim "one run handled all ten events" is tasklet_disabled/account bottom_halves 1
answer "$(value $bench/tasklet_disabled/account bottom_halves)"
say "Now unload the module while the tasklet is disabled and scheduled. tasklet_kill() alone" \
	"would wait forever here, so remove() first enables the tasklet."
run "echo 0 > $bench/tasklet_disabled/enabled"
run "echo '1 $cpu' > $bench/tasklet_disabled/raise"
claim "one more event waits" await 30 is tasklet_disabled/account events 11
unload tasklet_disabled

step "A tasklet never runs on two CPUs at once, but two tasklets may run at once"
if [ "$cpus" -ge 2 ]; then
	load tasklet_serial.ko
	pin tasklet_serial 0
	pin tasklet_serial_b 1
	predict "Two CPUs schedule the same tasklet again and again. Will it ever run on both at once? yes or no:"
	run "echo '1000 0' > $bench/tasklet_serial/rate"
	run "echo '970 1' > $bench/tasklet_serial_b/rate"
	claim "the shared tasklet is scheduled many times while it runs" \
		await 30 atleast tasklet_serial/overlap one_tasklet_asked_inside 50
	claim "two tasklets with the same function ran at once" \
		await 30 is tasklet_serial/overlap two_tasklets_max_inside 2
	run "echo off > $bench/tasklet_serial/rate"
	run "echo off > $bench/tasklet_serial_b/rate"
	claim "no event of the first device is lost" quiet tasklet_serial
	claim "no event of the second device is lost" quiet tasklet_serial_b
	run "cat $bench/tasklet_serial/overlap"
	claim "one tasklet never ran on two CPUs at once" \
		is tasklet_serial/overlap one_tasklet_max_inside 1
	answer "$(is tasklet_serial/overlap one_tasklet_max_inside 1 && echo no || echo yes)"
	unload tasklet_serial
else
	skip "one tasklet never ran on two CPUs at once" "needs two CPUs"
fi

step "A done task with a resume callback: the engine of a crypto driver"
say "Two requests have four steps each, and a step takes half a second."
load tasklet_engine.ko step_us=500000
run "echo 2 > $bench/tasklet_engine/submit"
run "cat $bench/tasklet_engine/engine"
claim "the engine is busy" is tasklet_engine/engine busy 1
claim "the engine knows its next step" \
	grep -q '^resume engine_' "$bench/tasklet_engine/engine"
claim "both requests complete" \
	await 30 is tasklet_engine/engine completed 2
quiet tasklet_engine
run "cat $bench/tasklet_engine/account"
claim "each step has an interrupt and a run of the done task" \
	is tasklet_engine/account bottom_halves 8
say "Now an interrupt that belongs to no request:"
run "echo 1 > $bench/tasklet_engine/raise"
claim "this interrupt is accounted for" quiet tasklet_engine
run "cat $bench/tasklet_engine/engine"
claim "this interrupt counts as a stray interrupt" is tasklet_engine/engine stray 1
claim "the done task did not run for the stray interrupt" \
	is tasklet_engine/account bottom_halves 8
say "Unload the module with a thousand requests in the queue:"
run "echo 1000 > $bench/tasklet_engine/submit"
unload tasklet_engine

step "The successor: the same driver on a BH work item"
if [ -e demo_bh_work.ko ]; then
	say "The conversion changes these lines. Changed comments are left out:"
	run "diff -U0 demo_tasklet.c demo_bh_work.c | grep '^[-+].' | grep -vE '^(---|[+]{3})|/[*]|^. [*]'"
	load demo_bh_work.ko
	pin demo_bh_work "$cpu"
	run "echo '1 $cpu' > $bench/demo_bh_work/raise"
	quiet demo_bh_work
	run "cat $bench/demo_bh_work/bottom/context"
	claim "a BH work item runs in a softirq, as the tasklet did" \
		is demo_bh_work/bottom/context ran_in softirq
	claim "a BH work item belongs to the same vector" is demo_bh_work/bottom/context vector TASKLET
	claim "a BH work item may not sleep either" \
		is demo_bh_work/bottom/context may_sleep no
	context_row "BH work" demo_bh_work bottom
	run "echo 1000 > $bench/demo_bh_work/raise"
	claim "no event is lost" quiet demo_bh_work
	run "cat $bench/demo_bh_work/account"
	claim "1001 events were handled" is demo_bh_work/account handled 1001
	run "echo '2000 $cpu' > $bench/demo_bh_work/rate"
	claim "the device keeps raising events" \
		await 30 atleast demo_bh_work/account handled 1100
	unload demo_bh_work
else
	skip "the same driver on a BH work item" \
		"this kernel has no BH workqueues, which came with 6.9"
	claim "there is no system_bh_wq on this kernel" \
		sh -c '! grep -q " system_bh_wq$" /proc/kallsyms'
fi

step "With devm the interrupt is freed after remove()"
devm=devm_irq_outlives_fixed
driver=/sys/bus/bench/drivers/$devm
say "This driver requests its interrupt with devm_request_irq(), and its remove() raises" \
	"an event. The kernel logs what devm releases, and in which order."
load pairs/$devm.ko
run "echo > $tracing/trace; echo dev:devres_log > $tracing/set_event"
run "echo $devm > $driver/unbind"
run "echo > $tracing/set_event"
run "grep -o 'REL .*' $tracing/trace"
claim "devm frees the interrupt first" \
	test "$(released 1)" = devm_irq_release
claim "then devm calls the driver's action, which kills the tasklet" \
	sh -c "echo $(released 2) | grep -qxE 'devm_(irq_outlives_stop|action_release)'"
claim "devm frees the state of the driver last" \
	test "$(released 3)" = devm_kzalloc_release
run "cat $bench/$devm/account"
claim "the event that remove() raised was handled" is $devm/account handled 1
run "echo $devm > $driver/bind"
run "echo '1 $cpu' > $bench/$devm/raise"
claim "after the driver is bound again, it works as before" await 30 is $devm/account handled 2
unload $devm

claim "the kernel reported nothing in the whole run" \
	[ "$(splats)" = "$splats" ]
finish
