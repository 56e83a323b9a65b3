#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# demo_softirq: the guided run of the lesson on softirqs. README.md explains what is shown here.
# claim() calls many functions of this file by name, and shellcheck does not see these calls:
# shellcheck disable=SC2317,SC2329
cd "$(dirname "$0")" || exit
# shellcheck source=../testbench/demo_lib.sh
. ../testbench/demo_lib.sh

tracing=/sys/kernel/tracing
cpus=$(nproc)
cpu=$((cpus - 1))	# interrupts are raised on the last CPU, away from this shell
vectors='HI TIMER NET_TX NET_RX IRQ_POLL TASKLET HRTIMER RCU'
before=$(mktemp)
seen=$(mktemp)
trap 'rm -f "$before" "$seen" "$seen".*' EXIT

# The context in which a top half raises a softirq, and the place where the softirq then runs
if realtime; then
	raised=bh_off
	at_end="in the IRQ thread"
else
	raised=hardirq
	at_end="at the end of the interrupt"
fi

# counted VECTOR... - print how much the count of each VECTOR has grown on each CPU since the last
# call of now()
counted() {
	awk -v vectors=" $* " '
		FNR == 1 { next }
		{ sub(":", "", $1) }
		FNR == NR { for (i = 2; i <= NF; i++) was[$1, i] = $i; next }
		FNR == 2 {
			printf "%-10s", ""
			for (i = 2; i <= NF; i++) printf "%10s", "CPU" i - 2
			print ""
		}
		vectors == "  " || index(vectors, " " $1 " ") {
			printf "%-10s", $1
			for (i = 2; i <= NF; i++) printf "%10s", "+" $i - was[$1, i]
			print ""
		}' "$before" /proc/softirqs
}

# now - save the counts of /proc/softirqs, with which counted() and grown() compare later counts
now() {
	cat /proc/softirqs >"$before"
}

# grown VECTOR [CPU] - print how much the count of VECTOR has grown since the last call of now(), on
# CPU or on all CPUs
grown() {
	awk -v v="$1:" -v c="${2:-all}" '
		$1 != v { next }
		FNR == NR { for (i = 2; i <= NF; i++) was[i] = $i; next }
		{ for (i = 2; i <= NF; i++) if (c == "all" || c == i - 2) sum += $i - was[i] }
		END { print sum + 0 }' "$before" /proc/softirqs
}

# right_vector VECTOR - did the handler run in softirq context, in VECTOR, on the CPU of the
# interrupt, and did the kernel count the softirq there?
right_vector() {
	awk -v vector="$1" -v cpu="$cpu" -v raised="$raised" '
		{ v[$1] = $2 }
		END { exit !(v["ran_in"] == "softirq" && v["vector"] == vector &&
			     v["raised_in"] == raised && v["raised_cpu"] == cpu &&
			     v["cpu"] == cpu && v["runs"] >= 1 && v["counted"] >= 1) }' \
		"$seen.$1"
}

# in_rcuc - did the RCU callback run in the task rcuc/CPU, and did the kernel count no softirq RCU?
in_rcuc() {
	awk -v cpu="$cpu" '
		{ v[$1] = $2 }
		END { exit !(v["ran_in"] == "bh_off" && v["task"] == "rcuc/" cpu &&
			     v["runs"] >= 1 && v["counted"] == 0) }' "$seen.RCU"
}

# grown_by N VECTOR [CPU] - has the count of VECTOR grown by N or more?
grown_by() {
	[ "$(grown "$2" "${3:-}")" -ge "$1" ]
}

# only_on VECTOR CPU - has the count of VECTOR grown on CPU, and on no other CPU?
only_on() {
	[ "$(grown "$1" "$2")" -ge 1 ] && [ "$(grown "$1" "$2")" -eq "$(grown "$1")" ]
}

# exported FUNCTION - is FUNCTION exported to modules?
exported() {
	grep -qw "__ksymtab_$1" "$seen"
}

# not_exported FUNCTION... - are these functions in the kernel, but not exported to modules?
not_exported() {
	for _f; do
		grep -qw "$_f" "$seen" && ! exported "$_f" || return
	done
}

# no_sleep FILE PREEMPTIBLE - does FILE say "interrupts on", "may_sleep no" and "preemptible
# PREEMPTIBLE"?
no_sleep() {
	[ "$(value "$1" interrupts)" = on ] && [ "$(value "$1" preemptible)" = "$2" ] &&
	[ "$(value "$1" may_sleep)" = no ]
}

# in_order FILE CPU EVENT... - are the kernel's events in this order, all on one CPU?
in_order() {
	_file=$1
	_cpu=$(printf '[%03d]' "$2")
	shift 2
	awk -v cpu="$_cpu" -v want="$(printf '%s:' "$@")" '
		/irq_handler_entry|softirq_raise|irq_handler_exit|softirq_entry|softirq_exit/ {
			if (!index($0, cpu)) bad = 1
			for (i = 1; i <= NF; i++)
				if ($i ~ /^(irq|softirq)_[a-z_]+:$/) seen = seen $i
		}
		END {
			exit bad || index(seen, want) != 1
		}' "$_file"
}

title "softirqs: the vectors, who may use them, and where they run"

step "The ten vectors, fixed when the kernel was built"
run "cat /proc/softirqs"
claim "there are ten vectors" test "$(awk 'END { print NR - 1 }' /proc/softirqs)" -eq 10
grep -wE '(__ksymtab_)?(open_softirq|raise_softirq|irq_poll_sched)' /proc/kallsyms >"$seen"
say "Three functions in /proc/kallsyms. Modules may use NAME if there is a symbol" \
    "__ksymtab_NAME:" "$(awk '{ printf "%s ", $3 }' "$seen")"
claim "irq_poll_sched() is exported to modules" exported irq_poll_sched
claim "open_softirq() and raise_softirq() exist, but are not exported" not_exported open_softirq raise_softirq

step "The same ten events through each of eight vectors"
load demo_softirq.ko
line=$bench/demo_softirq
pin demo_softirq "$cpu"
choose=/sys/module/demo_softirq/parameters/vector
say "for each VECTOR: echo VECTOR >$choose" \
    "                 echo 10 $cpu >$line/raise   (10 events, on CPU $cpu)" ''
say "   vector   interrupts  runs of it  /proc/softirqs  ran in   on     on top of"
for v in $vectors; do
	echo "$v" >"$choose"
	now
	cat "$line/account" >"$seen"
	echo "10 $cpu" >"$line/raise"
	quiet demo_softirq || claim "$v: all events were handled in time" false
	{
		echo "counted $(grown "$v" "$cpu")"
		awk 'FNR == NR { was[$1] = $2; next }
			{ d[$1] = $2 - was[$1] }
			END { print "irqs " d["top_halves"]; print "runs " d["bottom_halves"] }' \
			"$seen" "$line/account"
		cat "$line/$v/context"
	} >"$seen.$v"
	awk '{ v[$1] = $2 }
		END { printf "%-10s %10s %11s %15s  %-8s CPU %d  %s\n", v["vector"],
			v["irqs"], v["runs"], "+" v["counted"], v["ran_in"],
			v["cpu"], v["task"] }' "$seen.$v" | show
done
for v in $vectors; do
	if [ "$v" = RCU ] && realtime; then
		claim "RCU on PREEMPT_RT: the callbacks run in the task rcuc/$cpu, not in the vector" in_rcuc
	else
		claim "$v: the handler runs in this vector, on the CPU of the interrupt" right_vector "$v"
	fi
done

step "/proc/softirqs before and after, 100 interrupts through IRQ_POLL"
echo IRQ_POLL >"$choose"
now
run "i=0; while [ \$i -lt 100 ]; do echo 1 $cpu >$line/raise; i=\$((i + 1)); done"
quiet demo_softirq
run counted
run "cat $line/account"
claim "IRQ_POLL ran on the CPU that was interrupted, and on no other" only_on IRQ_POLL "$cpu"
claim "every event is accounted for" line_is_quiet demo_softirq

step "A softirq runs at the end of the interrupt: the kernel's own trace of one"
[ -d $tracing/events ] || mount -t tracefs tracefs $tracing
irq=$(awk '$NF == "demo_softirq" { sub(":", "", $1); print $1 }' /proc/interrupts)
tracing_on=$(cat $tracing/tracing_on)
echo 0 >$tracing/tracing_on
echo >$tracing/trace
for e in irq_handler_entry irq_handler_exit; do
	echo "irq == $irq" >$tracing/events/irq/$e/filter
	echo 1 >$tracing/events/irq/$e/enable
done
for e in softirq_raise softirq_entry softirq_exit; do
	echo 'vec == 5' >$tracing/events/irq/$e/filter
	echo 1 >$tracing/events/irq/$e/enable
done
echo 1 >$tracing/tracing_on
echo "1 $cpu" >"$line/raise"
quiet demo_softirq
echo 0 >$tracing/tracing_on
for e in irq_handler_entry irq_handler_exit softirq_raise softirq_entry softirq_exit; do
	echo 0 >$tracing/events/irq/$e/enable
	echo 0 >$tracing/events/irq/$e/filter
done
run "grep -v '^#' $tracing/trace"
if realtime; then
	say "The hard interrupt handler is the kernel's own and only wakes the IRQ thread. The thread" \
	    "runs our top half, which raises the softirq. The softirq runs when the thread enables BH again."
	claim "PREEMPT_RT: the order on CPU $cpu is hard interrupt, its end, raise, softirq" \
		in_order $tracing/trace "$cpu" irq_handler_entry irq_handler_exit \
		softirq_raise softirq_entry softirq_exit
else
	say "The third letter of the flags is h in a hard interrupt, and s in a softirq. Both run on top" \
	    "of the task named at the left. The top half only raises the softirq. The softirq runs later."
	claim "the order on CPU $cpu is top half, raise, end of the top half, softirq" \
		in_order $tracing/trace "$cpu" irq_handler_entry softirq_raise \
		irq_handler_exit softirq_entry softirq_exit
fi
echo >$tracing/trace
echo "$tracing_on" >$tracing/tracing_on
run "cat $line/IRQ_POLL/context"
if realtime; then
	claim "PREEMPT_RT: interrupts are on, preemption is on, but sleeping is forbidden" \
		no_sleep "$line/IRQ_POLL/context" yes
else
	claim "interrupts are on, preemption is off, sleeping is forbidden" \
		no_sleep "$line/IRQ_POLL/context" no
fi
context_row softirq demo_softirq IRQ_POLL

step "Two vectors that no driver raises: BLOCK and SCHED"
claim "choosing BLOCK is refused" sh -c "! echo BLOCK >$choose"
claim "choosing SCHED is refused" sh -c "! echo SCHED >$choose"
claim "choosing a vector that does not exist is refused" sh -c "! echo MINE >$choose"
unload demo_softirq
if [ "$cpus" -lt 2 ]; then
	skip "BLOCK and SCHED" \
	     "with one CPU, blk-mq completes a request at once, and the scheduler has nothing to balance"
else
	if ! modinfo -n null_blk 2>/dev/null | grep -q /; then
		skip "BLOCK" "this kernel has no null_blk module that takes parameters"
	else
		now
		run "modprobe null_blk irqmode=1 submit_queues=1 poll_queues=0 gb=1"
		run "taskset -c $cpu dd if=/dev/nullb0 of=/dev/null bs=4k count=50 iflag=direct status=none"
		run "rmmod null_blk"
		run "counted BLOCK"
		claim "blk_mq_complete_request() raised BLOCK at least 50 times" \
			grown_by 50 BLOCK
	fi
	now
	hogs=
	for _ in 1 2 3; do
		taskset -c "$cpu" sh -c 'while :; do :; done' &
		hogs="$hogs $!"
	done
	say "Now three tasks need CPU $cpu, so the scheduler's tick must balance them."
	claim "SCHED is raised on CPU $cpu" \
		await 30 grown_by 3 SCHED "$cpu"
	# shellcheck disable=SC2086
	kill $hogs
	wait
	run "counted SCHED"
fi

step "irq_poll: your own handler with a budget, here 8 completions per run"
load irq_poll_budget.ko weight=8
line=$bench/irq_poll_budget
pin irq_poll_budget "$cpu"
say "There is one interrupt, and 100 completions are in the ring:"
now
run "echo 1 $cpu >$line/raise"
quiet irq_poll_budget
run "cat $line/runs"
claim "12 runs use the whole budget; the last run does less, which ends the polling" \
	test "$(tr -d '\n' <"$line/runs")" = '8 8 8 8 8 8 8 8 8 8 8 8 4 (13 runs)'
run "cat $line/account"
claim "there was one interrupt, because it stays masked while the ring is polled" \
	test "$(value "$line/account" top_halves)" -eq 1
say "Now the ring has 96 completions, 12 times 8. A run that has used its whole budget does not" \
    "know whether the ring is empty."
run "echo 96 >/sys/module/irq_poll_budget/parameters/ring"
run "echo 1 $cpu >$line/raise"
quiet irq_poll_budget
claim "there is a last run, which finds nothing to do" \
	test "$(tr -d '\n' <"$line/runs")" = '8 8 8 8 8 8 8 8 8 8 8 8 0 (13 runs)'
say "Now the ring has 2000 completions. After 256 of them, irq_poll_softirq() ends, and" \
    "raises the softirq again."
run "echo 2000 >/sys/module/irq_poll_budget/parameters/ring"
now
run "echo 1 $cpu >$line/raise"
quiet irq_poll_budget
run "counted IRQ_POLL"
claim "one interrupt led to 8 softirqs or more" \
	grown_by 8 IRQ_POLL "$cpu"
claim "every event is accounted for" line_is_quiet irq_poll_budget
unload irq_poll_budget

# undisturbed N FIRST - a flood has N runs. Did the first FIRST runs happen at the end of the
# interrupt, and all other runs in ksoftirqd?
undisturbed() {
	awk -v n="$1" -v first="$2" '
		NR == 1 { ok = $1 == 1 && $3 == first && $NF !~ /ksoftirqd/ }
		$NF ~ /ksoftirqd/ { left += $3 - $1 + 1 }
		{ last = $3 }
		END { exit !(ok && last == n && left == n - first) }' "$line/runs"
}

# flood N FIRST - start a flood of N runs, at most fifty times, until undisturbed() is true for it
flood() {
	echo "$1" >/sys/module/softirq_flood/parameters/passes
	for _try in $(seq 50); do
		echo "1 $cpu" >"$line/raise"
		quiet softirq_flood || return
		! undisturbed "$1" "$2" || return 0
	done
	return 1
}

step "A flood: the softirq raises itself again, and ksoftirqd takes over"
predict "The softirq raises itself a hundred times. How many runs come before ksoftirqd takes over?"
load softirq_flood.ko
line=$bench/softirq_flood
pin softirq_flood "$cpu"
say "A tick, or a task that needs the CPU, may end the ten rounds early. If so, the flood is repeated."
for n in 10 11 100; do
	at_exit=$((n > 10 ? 10 : n))
	claim "of $n runs, $at_exit are $at_end, and $((n - at_exit)) in ksoftirqd/$cpu" \
		flood $n $at_exit
	run "cat $line/runs"
done
answer "$(awk 'NR == 1 { print $3 }' "$line/runs")"
claim "every event is accounted for" line_is_quiet softirq_flood
unload softirq_flood

step "The same softirq on two CPUs at the same instant"
if [ "$cpus" -lt 2 ]; then
	skip "two CPUs in the handler" "there is one CPU"
else
	load softirq_two_cpus.ko
	line=$bench/softirq_two_cpus
	now
	predict "CPU 1 serves the softirq, and CPU 0 raises it as well. Will both run it at the same time? yes or no:"
	run "i=0; while [ \$i -lt 20 ]; do echo 1 $cpu >$line/raise; i=\$((i + 1)); done"
	quiet softirq_two_cpus
	run "cat $line/meetings"
	run "counted IRQ_POLL"
	claim "two CPUs were in the handler at the same time" \
		test "$(value "$line/meetings" met)" -ge 1
	answer "$([ "$(value "$line/meetings" met)" -ge 1 ] && echo yes || echo no)"
	claim "they were two different CPUs" \
		test "$(value "$line/meetings" first_cpu)" != "$(value "$line/meetings" second_cpu)"
	claim "every event is accounted for" line_is_quiet softirq_two_cpus
	unload softirq_two_cpus
fi

step "A timer that is stopped, and armed again by one more event"
predict "timer_delete_sync() has returned, then one more event arms the timer. Will the timer expire? yes or no:"
load timer_teardown.ko
rounds=$(cat $bench/timer_teardown/rounds)
printf '%s\n' "$rounds" | sed 's/^/   /' | show
# again CALL ANSWER - did the timer expire again after CALL? Succeed if ANSWER (yes or no) is right
again() {
	printf '%s\n' "$rounds" | grep -q "^$1() *$2\$"
}
claim "after timer_delete() the timer expired again" again timer_delete yes
claim "after timer_delete_sync() the timer expired again" again timer_delete_sync yes
answer "$(again timer_delete_sync yes && echo yes || echo no)"
claim "after timer_shutdown_sync() the timer did not expire again" again timer_shutdown_sync no
claim "every event is accounted for" line_is_quiet timer_teardown
unload timer_teardown

finish
