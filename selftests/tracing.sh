#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests the bpftrace programs of tracing/: each must report as many events as the test has raised,
# or as the kernel itself counts. Then this script records traces for timeline.sh. If /share is
# mounted, the traces are kept there, and the output of the programs in /share/bt/.
#
# check() calls the functions below by name, which shellcheck does not see. Every "a && b || { say
# why; return 1; }" is intended:
# shellcheck disable=SC2015,SC2317,SC2329

. ./lib.sh
. ./napi_dummy_lib.sh

lab=${BH_LAB:-$(cd .. && pwd)}
bt=$lab/tracing/bt
[ -x "$bt" ] || skip_all "no tracing/ next to this folder"
command -v bpftrace >/dev/null || skip_all "no bpftrace here"
need_modules bh_testbench demo_tasklet demo_workqueue demo_threaded_irq work_queues softirq_flood \
	napi_dummy_netdev

cpu=$(($(nproc) - 1))
# watched() and record() start this script a second time, as "tracing.sh run". The first script
# reads the counts of the second one, so both must use the same folder: BH_KEEP names it.
keep=${BH_KEEP:-/share}
[ -n "${BH_KEEP:-}" ] || mountpoint -q "$keep" || keep=$(mktemp -d)
export BH_KEEP="$keep"
mkdir -p "$keep/bt"
printed=$keep/bt

# The following functions run while a program records.

# one_by_one LINE N - raise events on the last CPU; each is handled before the next is raised
one_by_one() {
	pin "$1" "$cpu"
	for _i in $(seq "$2"); do
		echo "1 $cpu" >"$bench/$1/raise"
		await 60 line_is_quiet "$1" || return
	done
}

# pings N - send N pings; read the counters of the device before and after
pings() {
	packets >"$printed/before"
	ip netns exec bh_a ping -q -c "$1" -i 0.02 -W 30 10.0.0.2
	# Perhaps the interrupt of the last reply has not been counted yet.
	sleep 1
	packets >"$printed/after"
}

packets() {
	value "$bench/nd1-rx0/counters" interrupts_delivered
	ip netns exec bh_b cat /sys/class/net/nd1/statistics/rx_packets
}

# ask_qemu N - send N pings to QEMU through eth0, the network device of vm/run --nic. Its driver is
# a part of the kernel
ask_qemu() {
	eth0_counts >"$printed/before"
	ping -q -c "$1" -i 0.05 -W 30 10.0.2.2
	sleep 1
	eth0_counts >"$printed/after"
}

# eth0_irq - print the name of eth0's interrupt for received packets
eth0_irq() {
	echo "$(basename "$(readlink -f /sys/class/net/eth0/device)")-input.0"
}

eth0_counts() {
	awk -v name="$(eth0_irq)" '
		$NF == name { for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i }
		END { print n }' /proc/interrupts
	cat /sys/class/net/eth0/statistics/rx_packets
}

burst() {
	echo "$2 $cpu" >"$bench/$1/raise"
	await 60 line_is_quiet "$1"
}

tracefs=/sys/kernel/tracing

# hist WHERE EVENT KEY FILTER COMMAND... - run COMMAND, and meanwhile let ftrace count those EVENTs
# that match FILTER, in a histogram by KEY. WHERE is the folder of tracefs, or of an instance in it.
# The last line of output is the count
hist() {
	_event=$1/events/$2
	_hist="hist:keys=$3 if $4"
	shift 4
	echo "$_hist" >"$_event/trigger" || return
	"$@"
	_rc=$?
	sed -n 's/^ *Hits: //p' "$_event/hist"
	echo "!$_hist" >"$_event/trigger"
	return $_rc
}

# inside EVENT KEY FILTER COMMAND... - call hist() while a bpftrace program records. ftrace begins
# later and ends earlier, so the program must count at least as many events. The count of ftrace
# goes to $printed/inside
inside() {
	hist $tracefs "$@" >"$printed/inside.out"
	_rc=$?
	tail -n 1 "$printed/inside.out" >"$printed/inside"
	return $_rc
}

# between EVENT KEY FILTER PROGRAM MAP COMMAND... - PROGRAM records while COMMAND runs. COMMAND
# calls inside(). ftrace also counts in an instance, where it begins before PROGRAM and ends after
# it. The sum of MAP over its keys must be between these two counts of ftrace
between() {
	_what=$1 _key=$2 _filter=$3 _of=$4 _map=$5
	shift 5
	mkdir -p $tracefs/instances/bt &&
	hist $tracefs/instances/bt "$_what" "$_key" "$_filter" watched "$_of" "$@" >"$printed/outside"
	_rc=$?
	rmdir $tracefs/instances/bt
	[ $_rc -eq 0 ] || { cat "$printed/outside"; return $_rc; }
	_least=$(cat "$printed/inside")
	_n=$(sum_of "$_of" "$_map")
	_most=$(tail -n 1 "$printed/outside")
	[ "$_least" -ge 1 ] && [ "$_n" -ge "$_least" ] && [ "$_n" -le "$_most" ] && return
	echo "$_of: $_n; ftrace counted $_least in a shorter and $_most in a longer time"
	grep -v '|' "$printed/$_of"
	return 1
}

# sum_of PROGRAM MAP - print the sum of a map over its keys. MAP is a pattern: "polls\[nd1.*"
sum_of() {
	sed -n -e "s/^@$2\\]: count \\([0-9]*\\),.*/\\1/p" -e "s/^@$2\\]: \\([0-9]*\\)\$/\\1/p" "$printed/$1" |
		awk '{ n += $1 } END { print n + 0 }'
}

# woken - raise one event for softirq_flood, whose many softirqs wake ksoftirqd
woken() {
	inside sched/sched_waking comm 'comm ~ "ksoftirqd/*"' one_by_one softirq_flood 1
}

# polled - send pings while ftrace counts the polls of nd1
polled() {
	inside napi/napi_poll dev_name 'dev_name == "nd1"' pings 20
}

# busy_polled - a task waits for 20 answers and busy-polls nd0, while ftrace counts its polls. The
# budget of a busy poll is 8 (BUSY_POLL_BUDGET); the budget of any other poll is the weight of nd0,
# 64
busy_polled() {
	inside napi/napi_poll dev_name 'dev_name == "nd0" && budget == 8' busy_pings 10.0.0.2 20 100000
}

# squeezes - print how often net_rx_action() gave up before it was done (softnet_stat), on all CPUs
squeezes() {
	_sum=0
	while read -r _ _ _count _; do
		_sum=$((_sum + 0x$_count))
	done </proc/net/softnet_stat
	echo $_sum
}

# squeezed - send pings while net.core.netdev_budget is one packet
squeezed() {
	_budget=$(cat /proc/sys/net/core/netdev_budget)
	echo 1 >/proc/sys/net/core/netdev_budget
	_before=$(squeezes)
	pings 20
	echo $(($(squeezes) - _before)) >"$printed/inside"
	echo "$_budget" >/proc/sys/net/core/netdev_budget
}

# delivered LINE N - were there more than N interrupts?
delivered() {
	[ "$(value "$bench/$1/counters" interrupts_delivered)" -gt "$2" ]
}

# nothing_there LINE N - make N interrupts that the device did not raise. The device's handler
# returns IRQ_NONE for each of them. Then raise 20 events
nothing_there() {
	pin "$1" "$cpu"
	for _i in $(seq "$2"); do
		_delivered=$(value "$bench/$1/counters" interrupts_delivered)
		echo "1 $cpu" >"$bench/$1/spurious"
		await 60 delivered "$1" "$_delivered" || return
	done
	one_by_one "$1" 20
}

# storming LINE - raise events at a rate until hardirq_time.bt has reported a storm
storming() {
	pin "$1" "$cpu"
	echo "3000 $cpu" >"$bench/$1/rate"
	await 60 storm_reported "$1"
	_rc=$?
	echo off >"$bench/$1/rate"
	await 60 line_is_quiet "$1" && return $_rc
}

storm_reported() {
	grep -q "^$1: [0-9]* interrupts this second on CPU $cpu," "$printed/hardirq_time"
}

# ordered - queue eight jobs on an ordered queue
ordered() {
	burst work_queues_ordered 8
}

# hogged - a work item computes for three seconds, and another work item waits
hogged() {
	hogging 20000000
	echo 1 >"$bench/work_hogs_cpu_broken/command"
	await 60 nodded work_hogs_cpu_broken && await 60 line_is_quiet work_hogs_cpu_broken
}

# unread COMMAND... - stop trace-cmd while COMMAND runs, so that nothing empties the trace buffer.
# So the buffer becomes full and events are lost, even on a fast host
unread() {
	pkill -STOP -x trace-cmd
	"$@"
	_rc=$?
	pkill -CONT -x trace-cmd
	return $_rc
}

# nodded LINE - has the driver handled an event?
nodded() {
	[ "$(value "$bench/$1/account" handled)" -ge 1 ]
}

# nodding LINE - raise events for a device whose handler sleeps. The generator raises them while a
# task runs in user space: then interrupts and softirqs run on this task's stack. If an interrupt
# comes while the kernel runs (as with "raise"), interrupts and softirqs run on the CPU's only
# interrupt stack. There the next do_softirq() would overwrite the frames of a sleeping handler.
nodding() {
	taskset -c "$cpu" sh -c 'while :; do :; done' >/dev/null 2>&1 &
	_hog=$!
	echo "5 $cpu" >"$bench/$1/rate"
	await 60 nodded "$1"
	_rc=$?
	echo off >"$bench/$1/rate"
	await 60 line_is_quiet "$1" || _rc=1
	kill $_hog
	return $_rc
}

# watched() and record() start this script a second time, with the arguments "run COMMAND". Then the
# script only runs this command. So every such command must be defined above.
if [ "${1:-}" = run ]; then
	shift
	"$@"
	exit
fi

# watched PROGRAM COMMAND... - run a command of this script while the program records
watched() {
	_program=$1
	shift
	"$bt" "$_program" "cd '$PWD' && BH_LAB='$lab' ./tracing.sh run $*" \
		>"$printed/$_program" 2>"$printed/$_program.err"
	_rc=$?
	[ $_rc -ne 4 ] || skip "$(cat "$printed/$_program.err")"
	[ $_rc -eq 0 ] || { cat "$printed/$_program" "$printed/$_program.err"; return 1; }
}

# said PROGRAM MAP [FIELD] - print a number from the line "MAP: 50" or "MAP: count 50, average 1,
# ..."
said() {
	awk -v map="$2: " 'index($0, map) == 1 {
		$0 = substr($0, length(map) + 1)
		sub(/^count /, ""); sub(/,.*/, ""); print; found = 1 }
		END { if (!found) print "nothing" }' "$printed/$1"
}

# says PROGRAM MAP EXPECTED - the number of MAP in the output of PROGRAM must be EXPECTED
says() {
	want "$1: $2" "$3" "$(said "$1" "$2")" || { grep -v '|' "$printed/$1"; return 1; }
}

# delta LINE - print by how much the number in this line of the output of packets() has grown
delta() {
	echo $(($(sed -n "$1p" "$printed/after") - $(sed -n "$1p" "$printed/before")))
}

bottom_half() {
	watched bottom_half one_by_one demo_tasklet 50 &&
	says bottom_half "@raises[demo_tasklet, tasklet]" 50 &&
	says bottom_half "@runs[demo_tasklet, tasklet]" 50 &&
	says bottom_half "@runs[demo_tasklet, hardirq]" 50 &&
	says bottom_half "@delay[demo_tasklet, tasklet]" 50 &&
	says bottom_half "@ran_in[demo_tasklet, tasklet, softirq, may not sleep]" 50
}

# about PROGRAM MAP LEAST MOST - the same as says(), but the number must be between LEAST and MOST,
# because other code in the kernel may add to it
about() {
	_n=$(said "$1" "$2")
	[ "$_n" != nothing ] && [ "$_n" -ge "$3" ] && [ "$_n" -le "$4" ] && return
	echo "$1: $2: $_n, expected $3 to $4"
	grep -v '|' "$printed/$1"
	return 1
}

# at_most PROGRAM MAP LONGEST - the longest time, in the map LONGEST, must be between the average and
# the total of the times in MAP
at_most() {
	_longest=$(said "$1" "$3")
	awk -v map="$2: count " -v longest="$_longest" 'index($0, map) == 1 {
		gsub(/[^0-9 ]/, "", $0); n = split($0, f, " ")
		ok = longest ~ /^[0-9]+$/ && longest + 0 >= f[n - 1] + 0 && longest + 0 <= f[n] + 0 }
		END { exit !ok }' "$printed/$1" && return
	echo "$1: $3: $_longest"
	grep -v '|' "$printed/$1"
	return 1
}

softirq_latency() {
	watched softirq_latency one_by_one demo_tasklet 50 &&
	about softirq_latency "@waits[TASKLET, $cpu]" 50 60 &&
	about softirq_latency "@takes[TASKLET, $cpu]" 50 60 &&
	at_most softirq_latency "@takes[TASKLET, $cpu]" "@longest_run[TASKLET, $cpu]" &&
	grep -q "^@takes_ns\[TASKLET, $cpu\]" "$printed/softirq_latency"
}

softirq_raisers() {
	watched softirq_raisers one_by_one demo_tasklet 50 &&
	about softirq_raisers "@raises[TASKLET]" 50 60 &&
	grep -q 'demo_top+' "$printed/softirq_raisers"
}

ksoftirqd_woken() {
	between sched/sched_waking comm 'comm ~ "ksoftirqd/*"' ksoftirqd_woken 'woken\[.*' woken &&
	grep -q '^@why\[' "$printed/ksoftirqd_woken"
}

tasklet_time() {
	watched tasklet_time one_by_one demo_tasklet 50 &&
	says tasklet_time "@tasklets[demo_bottom]" 50
}

workqueue_latency() {
	watched workqueue_latency one_by_one demo_workqueue 50 &&
	says workqueue_latency "@waits[demo_workqueue_bottom]" 50 &&
	says workqueue_latency "@for_worker[demo_workqueue_bottom]" 50 &&
	says workqueue_latency "@for_turn[demo_workqueue_bottom]" nothing &&
	says workqueue_latency "@runs[demo_workqueue_bottom]" 50 &&
	at_most workqueue_latency "@runs[demo_workqueue_bottom]" "@longest_run[demo_workqueue_bottom]" &&
	grep -q '^@runs_ns\[demo_workqueue_bottom\]' "$printed/workqueue_latency"
}

# Each job takes 5 ms, so all jobs except the first wait for their turn. If the host is busy, the
# events are further apart, and a few more jobs need not wait.
workqueue_turns() {
	_jobs=$(value "$bench/work_queues_ordered/account" bottom_halves)
	watched workqueue_latency ordered || return
	_jobs=$(($(value "$bench/work_queues_ordered/account" bottom_halves) - _jobs))
	says workqueue_latency "@waits[job_fn]" "$_jobs" &&
	about workqueue_latency "@for_turn[job_fn]" $((_jobs - 4)) $((_jobs - 1))
}

workqueue_stalls() {
	modprobe work_hogs_cpu_broken force=1 && watched workqueue_stalls hogged
	_rc=$?
	rmmod work_hogs_cpu_broken
	[ $_rc -eq 0 ] || return
	says workqueue_stalls "@stalls[work_hogs_cpu_bottom]" 1 &&
	grep -q '^work_hogs_cpu_bottom waits for [0-9]* ms on CPU ' "$printed/workqueue_stalls" || { cat "$printed/workqueue_stalls"; return 1; }
}

threaded_irq() {
	watched threaded_irq one_by_one demo_threaded_irq 50 &&
	says threaded_irq "@hard[demo_threaded_irq]" 50 &&
	at_most threaded_irq "@hard[demo_threaded_irq]" "@longest_hard[demo_threaded_irq]" &&
	grep -q '^@hard_ns\[demo_threaded_irq\]' "$printed/threaded_irq" &&
	# After the thread has handled an event, the next event may come before the thread is
	# asleep.
	about threaded_irq "@to_thread[demo_threaded_irq]" 45 50
}

# This test uses demo_threaded_irq, because its top half runs in a hard interrupt on PREEMPT_RT too.
hardirq_time() {
	watched hardirq_time nothing_there demo_threaded_irq 5 &&
	says hardirq_time "@none[demo_threaded_irq]" 5 &&
	says hardirq_time "@takes[demo_threaded_irq]" 25 &&
	says hardirq_time "@storms[demo_threaded_irq]" nothing
}

# This test uses demo_tasklet, because the interrupt of demo_threaded_irq is masked while the IRQ
# thread sleeps.
hardirq_storms() {
	watched hardirq_time storming demo_tasklet &&
	says hardirq_time "@storms[demo_tasklet]" \
		"$(grep -c '^demo_tasklet: [0-9]* interrupts this second' "$printed/hardirq_time")"
}

wired() {
	modprobe napi_dummy_netdev queues=1 && apart &&
	ip -n bh_a addr add 10.0.0.1/24 dev nd0 && ip -n bh_b addr add 10.0.0.2/24 dev nd1 &&
	ip -n bh_a link set nd0 up && ip -n bh_b link set nd1 up && await 60 carrier
}

# places_add_up DEVICE - the polls, counted by place, must add up to all polls
places_add_up() {
	want "polls by place" "$(said napi_polls "@polls[$1]")" "$(sum_of napi_polls "polled_by\\[$1, .*")"
}

napi_polls() {
	wired && between napi/napi_poll dev_name 'dev_name == "nd1"' napi_polls 'polls\[nd1' polled &&
	says napi_polls "@packets[nd1]" "$(delta 2)" && places_add_up nd1
}

napi_busy_polls() {
	between napi/napi_poll dev_name 'dev_name == "nd0" && budget == 8' \
		napi_polls 'polled_by\[nd0, busy poll' busy_polled && places_add_up nd0
}

napi_time() {
	between napi/napi_poll dev_name 'dev_name == "nd1"' napi_time 'polls\[nd1, .*' polled
}

# This test uses napi_not_masked_fixed, because there only the interrupt schedules the poll. The
# poll of napi_dummy also schedules itself, after it has sent an answer.
napi_waits() {
	modprobe napi_not_masked_fixed && watched napi_time one_by_one napi_not_masked_fixed 50
	_rc=$?
	_irqs=$(value "$bench/napi_not_masked_fixed/counters" interrupts_delivered)
	rmmod napi_not_masked_fixed
	[ $_rc -eq 0 ] && want "interrupts" 50 "$_irqs" &&
	want "waits" 50 "$(sum_of napi_time 'to_poll\[.*, napi_not_masked_poll')" &&
	want "polls" 50 "$(sum_of napi_time 'polls\[.*, napi_not_masked_poll')" ||
		{ grep -v '|' "$printed/napi_time"; return 1; }
}

irqs_a_packet() {
	watched irqs_a_packet pings 20 &&
	says irqs_a_packet "@packets[nd1]" "$(delta 2)" &&
	says irqs_a_packet "@irqs[nd1, nd1-rx0]" "$(delta 1)" &&
	grep -q "^nd1: [0-9]* interrupts for $(delta 2) packets, [0-9]* for 100\$" "$printed/irqs_a_packet"
}

# The same test as in irqs_a_packet(), but with virtio_net, a network driver from the kernel's
# source tree. Only the pings use its device eth0, because IPv6 is off and QEMU's entry in the ARP
# table is permanent. Then this function records the way of one reply, which timeline.sh draws.
virtio_net() {
	modprobe -q virtio_net && [ -d /sys/class/net/eth0/device ] ||
		skip "no eth0 here: it needs vm/run --nic, and a kernel with virtio_net"
	sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1 &&
	ip link set eth0 up && ip addr replace 10.0.2.15/24 dev eth0 &&
	await 60 ping -q -c 1 -W 5 10.0.2.2 && ip neigh change 10.0.2.2 dev eth0 nud permanent &&
	watched irqs_a_packet ask_qemu 20 &&
	says irqs_a_packet "@packets[eth0]" "$(delta 2)" &&
	says irqs_a_packet "@irqs[eth0, $(eth0_irq)]" "$(delta 1)" || return
	_dir=$keep/questions/eth0/hand
	mkdir -p "$_dir"
	DEVICE=eth0 PEER=10.0.2.2 BH_NAMED=$_dir "$lab/tracing/trace" --by-hand napi "$_dir" >"$_dir/said" 2>&1 &&
	grep -q 'eth0, driver virtio_net:' "$_dir/said" &&
	grep -q "hard IRQ $(eth0_irq)" "$_dir/said" &&
	grep -q 'poll: work [1-9][0-9]* budget 64' "$_dir/said" && return
	cat "$_dir/said"
	return 1
}

net_rx_squeezed() {
	_before=$(squeezes)
	watched net_rx_squeezed squeezed || return
	_most=$(($(squeezes) - _before))
	_n=$(sum_of net_rx_squeezed 'squeezed\[.*')
	[ "$(cat "$printed/inside")" -ge 20 ] && [ "$_n" -ge "$(cat "$printed/inside")" ] && [ "$_n" -le $_most ] && return
	echo "$_n squeezed runs; softnet_stat: $(cat "$printed/inside"), $_most with what came before and after"
	return 1
}

# refused - the program cannot run here: does it print the reason, and not an empty answer?
refused() {
	"$bt" slept_in_atomic true >"$printed/slept_in_atomic" 2>&1
	[ $? -eq 4 ] && grep -q 'Not on PREEMPT_RT: softirqs run in tasks' "$printed/slept_in_atomic"
}

# slept_well - run a softirq that does not sleep; the program must report nothing. In the tests that
# follow, a top half or a softirq does sleep. It interrupts a task in user space (nodding()),
# because such a task can be put to sleep. If a softirq sleeps on top of the idle task, the kernel
# often dies.
slept_well() {
	watched slept_in_atomic one_by_one demo_tasklet 50 &&
	! grep '@in_' "$printed/slept_in_atomic"
}

# slept MODULE MAP FUNCTION - load MODULE, which sleeps where this is not allowed. The program must
# show the stack of the sleep, with MAP and FUNCTION, and count as many sleeps as the kernel reports
slept() {
	dmesg --clear
	modprobe "$1" force=1 && watched slept_in_atomic nodding "$1" || return
	rmmod "$1"
	grep -q "^@$2, *\$" "$printed/slept_in_atomic" &&
	grep -q "$3+" "$printed/slept_in_atomic" &&
	says slept_in_atomic "@reported" "$(dmesg | grep -c 'BUG: scheduling while atomic')"
}

# slept_in DESCRIPTION ARGUMENT... - call slept() with these arguments, and count the result as a
# test. check() would fail because of the reports in the kernel log. Here they are expected, so
# slept_in() does not check the log.
slept_in() {
	_description=$1
	shift
	slept "$@" >"$log" 2>&1
	_rc=$?
	[ $_rc -eq 0 ] || sed 's/^/# | /' "$log"
	ktap_test_result "$_description" test $_rc -eq 0
}

# record FILE COMMAND [OPTION...] - let trace-cmd record everything that the timeline draws, while
# this script runs COMMAND. OPTION is an option of trace-cmd
record() {
	_file=$1 _command=$2
	shift 2
	[ ! -d $tracefs/events/irq_vectors ] || set -- "$@" -e irq_vectors
	trace-cmd record -q -o "/tmp/$_file" -C mono -e irq -e workqueue -e sched:sched_switch \
		-e sched:sched_waking -e bottom_half -e napi -e net:netif_receive_skb "$@" \
		-- sh -c "cd '$PWD' && BH_LAB='$lab' ./tracing.sh run $_command" >"$log" 2>&1 ||
		{ cat "$log"; return 1; }
	[ -s "/tmp/$_file" ] && mv "/tmp/$_file" "$keep/"
}

recordings() {
	record small.dat "one_by_one demo_tasklet 10" --compression none &&
	record large.dat "burst demo_tasklet 10000" -b 20000 &&
	record lost.dat "unread burst demo_tasklet 2000" -b 50
}

trap 'rm -f "$log"; for _ns in bh_a bh_b; do ip netns del $_ns; done 2>/dev/null' EXIT
for module in bh_testbench demo_tasklet demo_workqueue demo_threaded_irq work_queues softirq_flood; do
	modprobe "$module"
done
echo 100 >/sys/module/softirq_flood/parameters/passes
plan 22
check "bottom_half.bt: 50 raises, 50 runs" bottom_half
check "softirq_latency.bt: 50 times TASKLET" softirq_latency
check "softirq_raisers.bt: 50 raises, by the top half" softirq_raisers
check "ksoftirqd_woken.bt: as often as ftrace counts" ksoftirqd_woken
check "tasklet_time.bt: 50 tasklets" tasklet_time
check "workqueue_latency.bt: 50 work items" workqueue_latency
check "workqueue_latency.bt: an ordered queue, waits for the turn" workqueue_turns
check_allowing 'work_hogs_cpu_broken' "workqueue_stalls.bt: one item waits for a hog" workqueue_stalls
check "threaded_irq.bt: 50 threads woken" threaded_irq
check "hardirq_time.bt: 20 interrupts, 5 times IRQ_NONE" hardirq_time
check "hardirq_time.bt: a storm, every second counted" hardirq_storms
check "napi_polls.bt: as many packets as the device counts, as many polls as ftrace counts" napi_polls
check "napi_polls.bt: as many busy polls as ftrace counts" napi_busy_polls
check "napi_time.bt: as many polls as ftrace counts" napi_time
check "napi_time.bt: 50 interrupts, 50 waits for the poll, 50 polls" napi_waits
check "irqs_a_packet.bt: as many interrupts and packets as the device counts" irqs_a_packet
check "virtio_net, a driver of the kernel's own: irqs_a_packet.bt, trace napi" virtio_net
check "net_rx_squeezed.bt: as often as softnet_stat counts" net_rx_squeezed
if realtime; then
	check "slept_in_atomic.bt: refuses, and says why" refused
else
	check "slept_in_atomic.bt: reports nothing if nothing sleeps" slept_well
fi
if command -v trace-cmd >/dev/null; then
	check "trace-cmd records for timeline.sh" recordings
else
	ktap_test_skip "trace-cmd records for timeline.sh"
fi
# An arm64 kernel does not survive a handler that sleeps: see the head of pairs.tsv.
if realtime || [ "$(uname -m)" = aarch64 ]; then
	ktap_test_skip "slept_in_atomic.bt: a hard interrupt that sleeps, with its stack"
	ktap_test_skip "slept_in_atomic.bt: a softirq that sleeps, with its stack"
	ktap_finished
fi
slept_in "slept_in_atomic.bt: a hard interrupt that sleeps, with its stack" \
	irq_sleep_hard_broken 'in_hardirq\[irq_sleep_hard_broken' irq_sleep_hard_top
slept_in "slept_in_atomic.bt: a softirq that sleeps, with its stack" \
	sleep_in_softirq_broken 'in_softirq\[TASKLET' sleep_in_softirq_bottom
ktap_finished
