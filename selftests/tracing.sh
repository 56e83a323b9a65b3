#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The bpftrace programs of tracing/, against known counts: so many events are made, and so
# many must be reported. Then traces for timeline.sh, if there is a /share to leave them in.
# What the programs printed stays there too, in bt/.
#
# The helpers are called by name:
# shellcheck disable=SC2317,SC2329

. ./lib.sh

lab=${BH_LAB:-$(cd .. && pwd)}
bt=$lab/tracing/bt
[ -x "$bt" ] || skip_all "no tracing/ beside this folder"
command -v bpftrace >/dev/null || skip_all "no bpftrace here"
need_modules bh_testbench demo_tasklet demo_workqueue demo_threaded_irq napi_dummy_netdev

cpu=$(($(nproc) - 1))
# What "run" starts keeps its counters where this looks for them.
keep=${BH_KEEP:-/share}
[ -n "${BH_KEEP:-}" ] || mountpoint -q "$keep" || keep=$(mktemp -d)
export BH_KEEP="$keep"
mkdir -p "$keep/bt"
printed=$keep/bt

# What follows runs while a program looks.

# one_by_one LINE N - events on the last CPU, each handled before the next is raised
one_by_one() {
	for _i in $(seq "$2"); do
		echo "1 $cpu" >"$bench/$1/raise"
		await 60 line_is_quiet "$1" || return
	done
}

# pings N - and the counters of the device before and after
pings() {
	packets >"$printed/before"
	ip netns exec bh_a ping -q -c "$1" -i 0.02 -W 30 10.0.0.2
	# The last reply's interrupt may not be counted yet.
	sleep 1
	packets >"$printed/after"
}

packets() {
	value "$bench/nd1-rx0/counters" interrupts_delivered
	ip netns exec bh_b cat /sys/class/net/nd1/statistics/rx_packets
}

burst() {
	echo "$2 $cpu" >"$bench/$1/raise"
	await 60 line_is_quiet "$1"
}

# Nobody empties the buffer meanwhile: what is too much for it is lost, on a fast host too.
unread() {
	pkill -STOP -x trace-cmd
	"$@"
	_rc=$?
	pkill -CONT -x trace-cmd
	return $_rc
}

nodded() {
	[ "$(value "$bench/$1/account" handled)" -ge 1 ]
}

# nodding LINE - events for one whose handler sleeps. From the generator, which finds a task
# in user space: there interrupts and softirqs run on that task's stack. Over a kernel
# thread, the one of raise too, it is the CPU's only interrupt stack, where the next
# do_softirq() writes over a sleeper.
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

if [ "${1:-}" = run ]; then
	shift
	"$@"
	exit
fi

# watched PROGRAM COMMAND... - of this script, while the program looks
watched() {
	_program=$1
	shift
	"$bt" "$_program" "cd '$PWD' && BH_LAB='$lab' ./tracing.sh run $*" \
		>"$printed/$_program" 2>"$printed/$_program.err"
	_rc=$?
	[ $_rc -ne 4 ] || skip "$(cat "$printed/$_program.err")"
	[ $_rc -eq 0 ] || { cat "$printed/$_program" "$printed/$_program.err"; return 1; }
}

# said PROGRAM MAP [FIELD] - of the line "MAP: 50" or "MAP: count 50, average 1, ..."
said() {
	awk -v map="$2: " 'index($0, map) == 1 {
		$0 = substr($0, length(map) + 1)
		sub(/^count /, ""); sub(/,.*/, ""); print; found = 1 }
		END { if (!found) print "nothing" }' "$printed/$1"
}

# says PROGRAM MAP EXPECTED
says() {
	want "$1: $2" "$3" "$(said "$1" "$2")" || { grep -v '|' "$printed/$1"; return 1; }
}

# delta LINE - of what packets printed, before and after
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

# The vector may have been raised by others too.
softirq_latency() {
	watched softirq_latency one_by_one demo_tasklet 50 || return
	for _map in waits takes; do
		_n=$(said softirq_latency "@${_map}[TASKLET, $cpu]")
		if [ "$_n" -lt 50 ] || [ "$_n" -gt 60 ]; then
			echo "$_map: $_n times TASKLET on CPU $cpu, expected 50"
			return 1
		fi
	done
}

tasklet_time() {
	watched tasklet_time one_by_one demo_tasklet 50 &&
	says tasklet_time "@tasklets[demo_bottom]" 50
}

workqueue_latency() {
	watched workqueue_latency one_by_one demo_workqueue 50 &&
	says workqueue_latency "@waits[demo_workqueue_bottom]" 50 &&
	says workqueue_latency "@runs[demo_workqueue_bottom]" 50
}

threaded_irq() {
	watched threaded_irq one_by_one demo_threaded_irq 50 &&
	says threaded_irq "@hard[demo_threaded_irq]" 50 || return
	# After its last event is handled the thread may not sleep yet when the next comes.
	_n=$(said threaded_irq "@to_thread[demo_threaded_irq]")
	if [ "$_n" -lt 45 ] || [ "$_n" -gt 50 ]; then
		echo "to_thread: $_n of 50"
		return 1
	fi
}

carrier() {
	ip -n bh_a -br link show nd0 | grep -q LOWER_UP &&
	ip -n bh_b -br link show nd1 | grep -q LOWER_UP
}

wired() {
	modprobe napi_dummy_netdev queues=1 &&
	for ns in bh_a bh_b; do
		ip netns add $ns
		ip netns exec $ns sysctl -qw net.ipv6.conf.default.disable_ipv6=1 \
			net.ipv6.conf.all.disable_ipv6=1
	done
	ip link set nd0 netns bh_a && ip link set nd1 netns bh_b &&
	ip -n bh_a addr add 10.0.0.1/24 dev nd0 && ip -n bh_b addr add 10.0.0.2/24 dev nd1 &&
	ip -n bh_a link set nd0 up && ip -n bh_b link set nd1 up && await 60 carrier
}

napi_polls() {
	wired && watched napi_polls pings 20 &&
	says napi_polls "@packets[nd1]" "$(delta 2)"
}

# foreign_pings N - over QEMU's network device
foreign_pings() {
	ping -q -c "$1" -i 0.05 -W 30 10.0.2.2
}

foreign() {
	modprobe -q virtio_net
	[ -d /sys/class/net/eth0/device ] || skip "no eth0: vm/run has the option --nic"
	ip link set eth0 up
	ip addr replace 10.0.2.15/24 dev eth0
	watched irqs_a_packet foreign_pings 20 || return
	# ARP too, and the last reply may be on its way.
	_n=$(said irqs_a_packet '@packets[eth0]')
	if [ "$_n" = nothing ] || [ "$_n" -lt 19 ] || [ "$_n" -gt 30 ]; then
		echo "packets of eth0: $_n, expected 20 and perhaps some of ARP"
		return 1
	fi
	grep -q '^@irqs\[virtio[0-9]*-input' "$printed/irqs_a_packet" ||
		{ cat "$printed/irqs_a_packet"; return 1; }
}

irqs_a_packet() {
	watched irqs_a_packet pings 20 &&
	says irqs_a_packet "@packets[nd1]" "$(delta 2)" &&
	says irqs_a_packet "@irqs[nd1-rx0]" "$(delta 1)"
}

# A good softirq first: nothing may be said of it. Then one that sleeps, on a CPU with a
# task to be put to sleep: the idle task would not survive it every time.
slept_well() {
	watched slept_in_atomic one_by_one demo_tasklet 50 &&
	! grep '@in_' "$printed/slept_in_atomic"
}

# slept MODULE MAP FUNCTION - it is reported, with its stack, as often as by the kernel
slept() {
	dmesg --clear
	modprobe "$1" force=1 && watched slept_in_atomic nodding "$1" || return
	rmmod "$1"
	grep -q "^@$2, *\$" "$printed/slept_in_atomic" &&
	grep -q "$3+" "$printed/slept_in_atomic" &&
	says slept_in_atomic "@reported" "$(dmesg | grep -c 'BUG: scheduling while atomic')"
}

# slept_in DESCRIPTION ARGUMENT... - slept, as a test. The kernel's log is full of it, as it
# should be.
slept_in() {
	_description=$1
	shift
	slept "$@" >"$log" 2>&1
	_rc=$?
	[ $_rc -eq 0 ] || sed 's/^/# | /' "$log"
	ktap_test_result "$_description" test $_rc -eq 0
}

# record FILE OPTIONS... COMMAND - everything the timeline draws
record() {
	_file=$1 _command=$2
	shift 2
	trace-cmd record -q -o "/tmp/$_file" -e irq -e workqueue -e sched:sched_switch \
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

trap 'rm -f "$log"; for ns in bh_a bh_b; do ip netns del $ns; done 2>/dev/null' EXIT
for module in bh_testbench demo_tasklet demo_workqueue demo_threaded_irq; do
	modprobe "$module"
done
plan 12
check "bottom_half.bt: 50 raises, 50 runs" bottom_half
check "softirq_latency.bt: 50 times TASKLET" softirq_latency
check "tasklet_time.bt: 50 tasklets" tasklet_time
check "workqueue_latency.bt: 50 work items" workqueue_latency
check "threaded_irq.bt: 50 threads woken" threaded_irq
check "napi_polls.bt: as many packets as the device counts" napi_polls
# Before our own, whose output is the one that is kept
check "irqs_a_packet.bt: a driver of the kernel's own" foreign
check "irqs_a_packet.bt: as many interrupts, as many packets" irqs_a_packet
check "slept_in_atomic.bt: silent where nobody sleeps" slept_well
if command -v trace-cmd >/dev/null; then
	check "trace-cmd records for timeline.sh" recordings
else
	ktap_test_skip "trace-cmd records for timeline.sh"
fi
slept_in "slept_in_atomic.bt: a hard interrupt that sleeps, with its stack" \
	irq_sleep_hard_broken 'in_hardirq\[irq_sleep_hard_broken' irq_sleep_hard_top
slept_in "slept_in_atomic.bt: a softirq that sleeps, with its stack" \
	sleep_in_softirq_broken 'in_softirq\[TASKLET' sleep_in_softirq_bottom
ktap_finished
