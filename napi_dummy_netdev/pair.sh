#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# pair.sh broken|idle|fixed - the guided run of the pair napi_dummy_sleep. "broken" shows a poll
# that sleeps until its DMA transfer has ended, and explains the kernel's report line by line.
# "idle" shows the same on an idle CPU, as in real use; this usually kills the VM. "fixed" shows the
# strategy "workqueue", in which a worker sleeps and the poll does not. It sends the same traffic as
# "broken", and then more frames. "broken" and "idle" need their own VM.
# shellcheck disable=SC2317,SC2329
cd "$(dirname "$0")" || exit
# shellcheck source=../testbench/demo_lib.sh
. ../testbench/demo_lib.sh
# shellcheck source=../testbench/pair_lib.sh
. ../testbench/pair_lib.sh

which=${1:-}
module=napi_dummy_sleep_broken
nd=/sys/kernel/debug/napi_dummy
hog=
sender=$(($(nproc) - 1))	# the CPU that sends; CPU 0 gets the queue's interrupt
report=$(mktemp)
trap 'kill $hog 2>/dev/null; for ns in a b; do ip netns del $ns; done 2>/dev/null; rm -f "$report"' EXIT

carrier() {
	ip -n a -br link show nd0 | grep -q LOWER_UP &&
	ip -n b -br link show nd1 | grep -q LOWER_UP
}

# wire STRATEGY - put nd0 and nd1 into two namespaces; nd1 receives with STRATEGY. IPv6 is off,
# because it sends packets at any time.
wire() {
	run "ip netns add a; ip link set nd0 netns a"
	run "ip netns add b; ip link set nd1 netns b"
	for ns in a b; do
		ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1 \
			net.ipv6.conf.all.disable_ipv6=1
	done
	run "ip netns exec b ethtool --set-priv-flags nd1 $1 on"
	run "ip netns exec b ethtool -C nd1 rx-usecs 0 rx-frames 1"
	run "ip -n a addr add 10.0.0.1/24 dev nd0; ip -n b addr add 10.0.0.2/24 dev nd1"
	run "ip -n a link set nd0 up; ip -n b link set nd1 up"
	await 30 carrier
}

# pings WORDS... - print the command for a ping from a to b. If there is a second CPU, the ping runs
# on it, because CPU 0 receives
pings() {
	echo "ip netns exec a taskset -c $sender ping $* -W 20 10.0.0.2"
}

# computing - start a task that computes in user space on the CPU that receives. Make the wire so
# slow that the sender already sleeps when the frame arrives, even if it runs on the same CPU
computing() {
	run "ip netns exec a tc qdisc add dev nd0 root netem delay 300ms"
	say "# taskset -c 0 sh -c 'while :; do :; done' &"
	taskset -c 0 sh -c 'while :; do :; done' &
	hog=$!
}

# decoded HEX - print the fields of a preempt_count and what they mean
decoded() {
	decode_preempt_count "$1" | sed 's/^/   /' | show
}

# taken_apart PATTERN - set $bug to the first line of the report that begins with "BUG: scheduling
# while atomic: PATTERN", and $victim, $pid and $count to the task, its pid and the preempt_count in
# this line
taken_apart() {
	bug=$(grep -m1 "BUG: scheduling while atomic: $1" "$report")
	victim=${bug#*atomic: }
	count=${victim##*/}
	victim=${victim%/*}
	pid=${victim##*/}
	victim=${victim%/*}
}

# huhs - has the kernel reported that a softirq changed preempt_count ("huh, entered softirq")?
huhs() {
	[ "$(logged | grep -c 'softirq: huh, entered softirq')" -ge 1 ]
}

# in_softirq_report - send a frame while a task computes, and copy the kernel's report to $report
in_softirq_report() {
	step "One frame, while a task computes on the CPU that receives"
	mark
	computing
	# Usually the first frame already interrupts the task in user space. If not, send another.
	for _try in 1 2 3 4 5; do
		attempt "$(pings -q -c 1)"
		! await 20 logs 'BUG: scheduling while atomic: sh/' || break
	done
	claim "the kernel reports the bug" logs 'BUG: scheduling while atomic'
	claim "the kernel reports the consequence" await 60 huhs
	logged >"$report"
	if ! grep -q 'softirq: huh' "$report"; then
		say "Without a report there is nothing to explain."
		return 1
	fi
}

broken() {
	title "a poll that sleeps for its DMA transfer, and what the kernel reports"

	step "The bug, in the source"
	run "sed -n '/^static void napi_dummy_sleep_fetch/,/^}/p' strategies/sleep.c"

	step "Load it: it first says what will happen"
	load napi_dummy_netdev.ko queues=1 dma_ns=2000000
	mark
	load "$module.ko"
	say "$(logged | grep "$module:")"
	claim "the module warns before it breaks anything" logs "$module: .*makes NET_RX sleep"
	wire sleep

	in_softirq_report || return

	step "The report, line by line"
	taken_apart "sh/"
	say "$bug"
	say "schedule() was called where nothing may sleep (__schedule_bug(), kernel/sched/core.c)." \
	    "$victim, pid $pid, is the task that computed when the interrupt came. It has nothing to" \
	    "do with a network, but now it sleeps until the transfer has ended." \
	    "$count is preempt_count(), which must be 0 here. On this kernel the count means:"
	decoded "$count"
	say "schedule() itself adds 1 to preempt before it checks. So the error is in the rest:" \
	    "the CPU is running a softirq."
	claim "the task in the report is the one that was computing" test "$pid" -eq "$hog"
	claim "the count says that a softirq was running" test "$(field softirq "$count")" -eq 1
	claim "no hard interrupt was running: the last one had already finished" \
		test "$(field hardirq "$count")" -eq 0
	echo
	told "$module"
	claim "one frame belongs to the module" \
		grep -q "napi_dummy_sleep_.*\[$module\]" "$report"
	claim "the vector NET_RX called the poll" grep -q ' net_rx_action+' "$report"
	say "Read the stack from below: the task computed in user space, an interrupt came, softirqs ran" \
	    "at its end, NET_RX called our poll, and the poll slept. Fix the line above the marked one."
	echo
	huh=$(grep -m1 'softirq: huh, entered softirq' "$report")
	say "$huh"
	entered=$(printf '%s\n' "$huh" | sed 's/.*preempt_count \([0-9a-f]*\),.*/\1/')
	left=$(printf '%s\n' "$huh" | sed 's/.*exited with \([0-9a-f]*\).*/\1/')
	say "The transfer is over, and the poll has returned. handle_softirqs() had called the softirq" \
	    "with the count $entered, and found $left after it: schedule() had reset the count to be able" \
	    "to continue. While the poll slept, this CPU was in the middle of net_rx_action(), but the" \
	    "count did not show this."
	claim "the softirq was NET_RX" sh -c "echo '$huh' | grep -q 'softirq 3 NET_RX'"
	claim "the count at the end of the softirq differs from the count at its beginning" \
		test "$entered" != "$left"

	step "The same with a thread for the poll: threaded NAPI"
	mark
	run "ip netns exec b sh -c 'echo 1 > /sys/class/net/nd1/threaded'"
	attempt "$(pings -q -c 1)"
	claim "the kernel reports the bug" await 60 logs 'BUG: scheduling while atomic: napi/nd1'
	logged >"$report"
	taken_apart "napi/nd1"
	say "$bug"
	decoded "$count"
	echo
	told "$module"
	claim "the poll ran in a separate thread" grep -q ' napi_threaded_poll' "$report"
	claim "no softirq was running, but BH was disabled" \
		test "$(field softirq "$count")" -eq 2
	say "napi_threaded_poll() disables BH around the poll, because the network stack expects to be" \
	    "called from a softirq. So this thread must not sleep either."
}

idle() {
	title "a poll that sleeps, on an idle CPU: how users meet it"
	load napi_dummy_netdev.ko queues=1 dma_ns=2000000
	load "$module.ko"
	wire sleep
	step "A few pings, and what is left of the VM after them"
	attempt "$(pings -c 5)"
	attempt "$(pings -q -f -c 500)"
	say "This time the VM has survived. Do not rely on that."
}

nothing_lost() {
	ip netns exec b ethtool -S nd1 | awk '
		/rx0_(dropped|missed):/ && $2 { bad = 1 } END { exit bad }' &&
	[ "$(value "$nd/nd1/counters" rx_in_ring)" -eq 0 ]
}

# numbered FRAMES WINDOW - send numbered frames, WINDOW of them under way at a time. Every frame must
# arrive, in order
numbered() {
	run "taskset -c $sender ../selftests/napi_dummy_frames -n $1 -w $2 -f 1 a nd0 b nd1"
	claim "every frame arrived, in order" \
		test "${_out##*sent }" = "$1 received $1 lost 0 reordered 0 duplicate 0"
}

fixed() {
	title "the same poll, which leaves the sleeping to a worker"

	step "What has changed"
	say "(diff of strategies/sleep.c and strategies/workqueue.c, without their first comments;" \
	    "functions have the same names here)"
	code strategies/sleep.c | sed 's/napi_dummy_sleep/napi_dummy_workqueue/' >"$report"
	code strategies/workqueue.c | diff -U 0 "$report" - |
		sed -n -e '1,2d' -e '/^[-+]/p' | show
	say "The worker starts the transfer, sleeps until it has ended, and puts the frames on a" \
	    "list. The poll delivers frames from that list, and returns how many it has delivered."

	step "The same traffic: a slow transfer, a task that computes, one frame"
	mark
	load napi_dummy_netdev.ko queues=1 dma_ns=2000000
	wire workqueue
	computing
	run "$(pings -q -c 1)"
	claim "the kernel log has no message" log_clean

	step "A hundred times as many, and 64 at a time"
	run "ip netns exec a tc qdisc del dev nd0 root"
	numbered 100 1
	numbered 10000 64
	claim "nothing was lost on the way" await 30 nothing_lost

	step "Threaded NAPI"
	run "ip netns exec b sh -c 'echo 1 > /sys/class/net/nd1/threaded'"
	numbered 100 1

	step "And the kernel log"
	claim "the kernel log has no message" log_clean
	unload napi_dummy_netdev
	claim "the log has no message after the unload" log_clean
}

case $which in
broken|idle|fixed) "$which" ;;
*) echo "usage: pair.sh broken|idle|fixed" >&2; exit 2 ;;
esac
finish
