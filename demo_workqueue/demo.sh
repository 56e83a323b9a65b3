#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The guided run of the lesson on workqueues. README.md and MORE.md show the same commands for you to
# type.
#
# claim() and await() call the functions below by name, and shellcheck does not see these calls:
# shellcheck disable=SC2317

cd "$(dirname "$0")" || exit
# shellcheck source=../testbench/demo_lib.sh
. ../testbench/demo_lib.sh

cpus=$(getconf _NPROCESSORS_ONLN)

# matches REGEX STRING
matches() {
	printf '%s\n' "$2" | grep -Eq "$1"
}

# column FILE ROW COLUMN - print a cell of a table whose rows begin with their name
column() {
	awk -v r="$2" -v c="$3" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) col = i }
		$1 == r { print $col }' "$1"
}

# runs_logged - print the lines that the work item has logged so far, one per run
runs_logged() {
	dmesg -t | grep 'demo_workqueue: kworker.* slept'
}
earlier=$(runs_logged | wc -l)

# slept - has a run given up the CPU? In a slow VM the timer of usleep_range() may expire before the
# task gives up the CPU. So if no run has slept yet, raise another event
slept() {
	runs_logged | tail -n "+$((earlier + 1))" | grep -q 'voluntary switches [1-9]' || {
		echo '1 0' >"$device/raise"
		quiet demo_workqueue
		false
	}
}

# overlapped DEVICE - raise a burst of events; have two jobs ever run at once?
overlapped() {
	echo "8 0" >"$bench/$1/raise" &&
	quiet "$1" &&
	[ "$(value "$bench/$1/worker" most_running)" -ge 2 ]
}

# rescuers - print the rescuers of this lesson's workqueues: threads that serve only one queue
rescuers() {
	cat /proc/[0-9]*/comm 2>/dev/null | grep -E '^(kworker/R-)?bh_' | sort
}

title "demo_workqueue: a work item, run by a kernel thread that may sleep"

# splats - print the number of reports in the kernel log
splats() {
	dmesg | grep -cE 'BUG|WARNING|Call Trace|events lost'
}
complaints=$(splats)

step "One interrupt, one run. The bottom half sleeps"
load demo_workqueue.ko dyndbg=+p || finish
device=$bench/demo_workqueue
pin demo_workqueue 0
run "echo '1 0' > $device/raise"
claim "the event was read and handled" quiet demo_workqueue
run "dmesg -t | grep slept | tail -n 1"
run "cat $device/bottom/context"
context=$device/bottom/context
top_half_claims demo_workqueue
claim "the bottom half ran in a task" test "$(value "$context" ran_in)" = task
claim "interrupts were on" test "$(value "$context" interrupts)" = on
claim "preemption was on" test "$(value "$context" preemptible)" = yes
claim "the bottom half may sleep" test "$(value "$context" may_sleep)" = yes
claim "the bottom half slept: its thread gave up the CPU by itself" await 30 slept
claim "the task is a kworker of CPU 0" \
	matches '^kworker/0:[0-9]+$' "$(value "$context" task)"
context_row "work" demo_workqueue bottom

step "The system queue is per CPU: the job runs on the CPU of the interrupt"
if [ "$cpus" -ge 2 ]; then
	pin demo_workqueue 1
	run "echo '1 1' > $device/raise"
	claim "the event was handled" quiet demo_workqueue
	run "grep -E 'task|cpu' $context"
	claim "the job was raised on CPU 1, and ran on CPU 1" test \
		"$(value "$context" raised_cpu) $(value "$context" cpu)" = "1 1"
	claim "a kworker of CPU 1 ran the job" \
		matches '^kworker/1:[0-9]+$' "$(value "$context" task)"
else
	skip "the job was raised on CPU 1, and ran on CPU 1" "there is one CPU"
fi

step "A burst: one run handles the events of many interrupts, and no event is lost"
pin demo_workqueue 0
predict "500 events, one after the other. Will the work item run 500 times? yes or no:"
run "echo '500 0' > $device/raise"
claim "every event was handled" quiet demo_workqueue
run "cat $device/account"
claim "there were fewer runs than events" test \
	"$(value "$device/account" bottom_halves)" -lt "$(value "$device/account" events)"
# The number of runs includes the run of the first step. With two CPUs, the number also includes the
# run of the second step.
answer "$([ "$(value "$device/account" bottom_halves)" -ge 500 ] && echo yes || echo no)"
unload demo_workqueue

step "What work->data contains: bits and a pointer of the workqueue code"
load work_data.ko || finish
device=$bench/work_data
run "echo '1 0' > $device/raise"
claim "the event was handled" quiet work_data
run "cat $device/data"
claim "while the item is queued, PENDING is set, and the other bits of the data hold a pointer" test \
	"$(column "$device/data" queued PENDING) $(column "$device/data" queued PWQ)" = "1 1"
claim "while the item runs, PENDING is clear, so the item can be queued again" test \
	"$(column "$device/data" running PENDING) $(column "$device/data" requeued PENDING)" = "0 1"
unload work_data

step "The same job on seven queues: which kworker ran it, and how many at once"
load work_queues.ko || finish
queues="work_queues work_queues_highpri work_queues_percpu work_queues_unbound
	work_queues_ordered work_queues_create work_queues_single"
for queue in $queues; do
	pin "$queue" 0
	echo "8 0" >"$bench/$queue/raise"
done
for queue in $queues; do
	claim "$queue: 8 events cause 8 jobs" quiet "$queue"
done
table() {
	set -- queue task nice cpu cpus_allowed most_running out_of_order
	format='%-20s %-14s %4s %4s %13s %13s %13s\n'
	# shellcheck disable=SC2059
	printf "$format" "$@"
	for queue in $queues; do
		awk -v q="$queue" -v f="$format" '{ v[$1] = $2 }
			END { printf f, q, v["task"], v["nice"], v["cpu"],
			      v["cpus_allowed"], v["most_running"],
			      v["out_of_order"] }' "$bench/$queue/worker"
	done
}
table | show
worker() {
	value "$bench/work_queues$1/worker" "$2"
}
claim "system queue: a kworker of the CPU's normal pool runs the job, at nice 0" \
	matches '^kworker/0:[0-9]+ 0$' "$(worker '' task) $(worker '' nice)"
claim "high priority: kworker/0:nH runs the job, at nice -20" \
	matches '^kworker/0:[0-9]+H -20$' "$(worker _highpri task) $(worker _highpri nice)"
claim "own per-CPU queue: a kworker of the CPU's normal pool runs the job, as for the system queue" \
	matches '^kworker/0:[0-9]+ 0$' "$(worker _percpu task) $(worker _percpu nice)"
for queue in unbound ordered single; do
	claim "$queue: a kworker/u, which is bound to no CPU, runs the job" \
		matches '^kworker/u[0-9]+:[0-9]+$' "$(worker _$queue task)"
done
if [ "$cpus" -ge 2 ]; then
	claim "per-CPU: the kworker may run on CPU 0 only" test "$(worker _percpu cpus_allowed)" = 0
	claim "unbound: the kworker may run on more than one CPU" \
		test "$(worker _unbound cpus_allowed)" != "$(worker _unbound cpu)"
else
	skip "per-CPU and unbound differ in the CPUs allowed" "there is one CPU"
fi
claim "unbound: jobs overlap" await 30 overlapped work_queues_unbound
claim "per-CPU: jobs that sleep overlap too, because the next worker takes over" \
	await 30 overlapped work_queues_percpu
for queue in ordered single; do
	claim "$queue: jobs run one at a time, in the order in which they were queued" test \
		"$(worker _$queue most_running) $(worker _$queue out_of_order)" = "1 0"
done
claim "create_workqueue(): each CPU runs one job at a time" \
	test "$(worker _create most_running)" = 1

step "What create_workqueue() and create_singlethread_workqueue() became"
run "modinfo -F create_workqueue ./work_queues.ko"
run "modinfo -F create_singlethread_workqueue ./work_queues.ko"
say "WQ_MEM_RECLAIM gives a queue a rescuer thread. These are the rescuers of our five queues:"
rescuers | show
claim "these two queues have a rescuer, and the other three have no thread at all" \
	test "$(rescuers | wc -l)" -eq 2
claim "neither rescuer ran a job" matches '^kworker/[0-9u]+:' "$(worker _single task)"

step "An unbound queue can be tuned from outside (WQ_SYSFS)"
run "echo 5 > /sys/devices/virtual/workqueue/bh_unbound/nice"
run "echo '8 0' > $bench/work_queues_unbound/raise"
claim "the events were handled" quiet work_queues_unbound
claim "the jobs of this queue run at nice 5 now" test "$(worker _unbound nice)" = 5
unload work_queues

step "One message per event, but only one embedded work item: messages are lost silently"
load work_coalesce.ko || finish
pin work_coalesce 0
predict "200 events have a message each, and there is one work item. Will every message arrive? yes or no:"
run "echo '200 0' > $bench/work_coalesce/raise"
claim "every event was counted" quiet work_coalesce
messages=$bench/work_coalesce/messages
run "cat $messages"
claim "messages were lost without a report" test "$(value "$messages" lost)" -gt 0
answer "$([ "$(value "$messages" lost)" -eq 0 ] && echo yes || echo no)"
claim "queue_work() returned false for messages that were lost" \
	test "$(value "$messages" queued_already)" -gt 0
unload work_coalesce

step "First answer: one work item per event"
load work_items.ko || finish
run "echo '200 0' > $bench/work_items/raise"
claim "every event was handled" quiet work_items
messages=$bench/work_items/messages
run "cat $messages"
claim "200 messages arrived, and none was lost" test \
	"$(value "$messages" arrived) $(value "$messages" lost)" = "200 0"
claim "each message arrived once: the sums agree" test \
	"$(value "$messages" sum_sent)" = "$(value "$messages" sum_arrived)"
unload work_items
say "Now there is room for only 4 items. The top half must know what to do when there is no room left."
load work_items.ko limit=4 || finish
pin work_items 0
run "echo '200 0' > $bench/work_items/raise"
claim "every event is accounted for" quiet work_items
run "cat $messages"
claim "some messages were refused, and the driver counted them" test "$(value "$messages" refused)" -gt 0
claim "every message has arrived or was counted as refused" test "$(value "$messages" lost)" -eq 0
unload work_items

step "Second answer: a ring, and one work item that drains it"
load work_ring.ko || finish
pin work_ring 0
run "echo '200 0' > $bench/work_ring/raise"
claim "every event was handled" quiet work_ring
messages=$bench/work_ring/messages
run "cat $messages"
claim "200 messages arrived in order, and none was lost" test \
	"$(value "$messages" arrived) $(value "$messages" lost) $(value "$messages" out_of_order)" = "200 0 0"
claim "queue_work() returned false here too" \
	test "$(value "$messages" queued_already)" -gt 0
claim "there were fewer runs than messages" \
	test "$(value "$bench/work_ring/account" bottom_halves)" -lt 200
unload work_ring

step "Delayed work: a burst of events, and mod_delayed_work()"
load delayed_work.ko || finish
predict "Each of 100 events delays the item again. How many runs will there be?"
run "echo '100 0' > $bench/delayed_work/raise"
claim "every event was handled" quiet delayed_work
run "cat $bench/delayed_work/account"
claim "100 events caused one run" \
	test "$(value "$bench/delayed_work/account" bottom_halves)" -eq 1
answer "$(value "$bench/delayed_work/account" bottom_halves)"

step "At a steady 500 Hz, mod_delayed_work() waits; queue_delayed_work() gathers"
before=$(value "$bench/delayed_work/account" bottom_halves)
run "echo 500 > $bench/delayed_work/rate"
run "echo 500 > $bench/delayed_work_queue/rate"
ran_often() {
	[ "$(value "$bench/delayed_work_queue/account" bottom_halves)" -ge 20 ]
}
claim "queue_delayed_work() ran 20 times" await 60 ran_often
gathered=$(value "$bench/delayed_work_queue/account" bottom_halves)
runs=$(($(value "$bench/delayed_work/account" bottom_halves) - before))
say "runs with queue_delayed_work(): $gathered, with mod_delayed_work(): $runs"
# If the host stops the VM for 50 ms, no event comes during this time, so mod_delayed_work() does
# not delay the item again. Then the item runs.
claim "mod_delayed_work() delayed the item nearly all the time" \
	test "$((runs * 2))" -lt "$gathered"
run "echo off > $bench/delayed_work/rate"
run "echo off > $bench/delayed_work_queue/rate"
claim "with the source off, the delayed events are handled" quiet delayed_work
claim "the gathered events are handled too" quiet delayed_work_queue
polled() {
	[ "$(cat "$bench/delayed_work/polls")" -gt "$polls" ]
}
polls=$(cat "$bench/delayed_work/polls")
claim "the poll item still runs, because it queues itself again" await 30 polled
unload delayed_work

step "Why teardown begins at the source: one more event after the item was stopped"
predict "cancel_work_sync() has returned, then the device raises one more event. Will the item run? yes or no:"
load work_teardown.ko || finish
rounds=$(cat $bench/work_teardown/rounds)
printf '%s\n' "$rounds" | show
claim "after flush_work() the item was idle, but the next event made it run again" \
	matches '^flush_work\(\) +idle +yes$' "$rounds"
claim "after cancel_work_sync() the item was idle, but the next event made it run again" \
	matches '^cancel_work_sync\(\) +idle +yes$' "$rounds"
claim "with the source off, the item did not run again" \
	matches '^disable_irq\(\), cancel_work_sync\(\) +idle +no$' "$rounds"
claim "the delayed event was handled when the source was on again" quiet work_teardown
answer "$(matches '^cancel_work_sync\(\) +idle +yes$' "$rounds" && echo yes || echo no)"
unload work_teardown

step "Unbind, bind and unload while the device interrupts: source, item, queue, memory"
for module in demo_workqueue work_data work_queues work_coalesce work_items \
	      work_ring delayed_work work_teardown; do
	load $module.ko || finish
	echo 2000 >"$bench/$module/rate"
	moving() {
		[ "$(value "$bench/$module/account" events)" -ge 20 ]
	}
	claim "$module is busy" await 30 moving
	run "echo $module > /sys/bus/bench/drivers/$module/unbind"
	run "echo $module > /sys/bus/bench/drivers/$module/bind"
	unload $module
	claim "$module left nothing behind" test ! -e "$bench/$module"
done

claim "the kernel log has no report" test "$(splats)" = "$complaints"

finish
