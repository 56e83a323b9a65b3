#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The guided run of the capstone. README.md is the lesson itself.
#
# The helpers below are called by name, through claim and await:
# shellcheck disable=SC2317,SC2329

cd "$(dirname "$0")" || exit 1
# shellcheck source=../testbench/demo_lib.sh
. ../testbench/demo_lib.sh

tracing=/sys/kernel/tracing
nd=/sys/kernel/debug/napi_dummy
trace=$(mktemp)
sender=$(($(nproc) - 1))	# the CPU that sends; CPU 0 receives
trap 'ip netns del b 2>/dev/null; rm -f "$trace"' EXIT

carrier() {
	ip -br link show nd0 | grep -q LOWER_UP &&
	ip -n b -br link show nd1 | grep -q LOWER_UP
}

# strategy NAME - of the receiving device, which is down for a moment
strategy() {
	run "ip -n b link set nd1 down"
	ip netns exec b ethtool --show-priv-flags nd1 | grep -q "^$1 *: on" ||
		run "ip netns exec b ethtool --set-priv-flags nd1 $1 on"
	run "ip -n b link set nd1 up"
	await 30 carrier
}

# watched - the way of one ping's frame, as the kernel's own tracepoints see it:
# from the first interrupt of nd1 to the packet in the stack
watched() {
	echo 0 >$tracing/tracing_on
	echo >$tracing/trace
	echo 'name ~ "nd1-*"' >$tracing/events/irq/irq_handler_entry/filter
	echo 'vec == 3 || vec == 6' >$tracing/events/irq/softirq_entry/filter
	for e in irq/irq_handler_entry irq/softirq_entry napi/napi_poll \
			net/netif_receive_skb workqueue/workqueue_execute_start; do
		echo 1 >"$tracing/events/$e/enable"
	done
	echo 1 >$tracing/tracing_on
	ping -q -c 1 -W 20 10.0.0.2 >/dev/null
	echo 0 >$tracing/tracing_on
	echo 0 >$tracing/events/enable
	grep -v '^#' $tracing/trace | awk '
		/name=nd1-rx/ { on = 1 }
		on && (/nd1/ || /softirq_entry/ || /napi_dummy/) { print }
		on && /netif_receive_skb/ && /nd1/ { exit }' |
		sed -e 's/^ *//' -e 's/  */ /g' >"$trace"
	sed 's/^/   /' "$trace"
}

# then_comes PATTERN... - the trace has lines like these, in this order
then_comes() {
	printf '%s\n' "$@" | awk 'NR == FNR { want[++n] = $0; next }
		at < n && $0 ~ want[at + 1] { at++ }
		END { exit at < n }' - "$trace"
}

# per_frame FRAMES NANOSECONDS - interrupts of nd1 for a hundred frames that come
# so far apart, in $per
per_frame() {
	_irqs=$(value $nd/nd1/counters interrupts)
	_frames=$(value $nd/nd1/counters rx_frames)
	echo rem_device_all >/proc/net/pktgen/kpktgend_$sender
	echo "add_device nd0" >/proc/net/pktgen/kpktgend_$sender
	for _word in "count $1" "pkt_size 60" "delay $2" "dst 10.0.0.9" \
			"dst_mac 02:00:00:00:00:09" "queue_map_min 0" \
			"queue_map_max 0"; do
		echo "$_word" >/proc/net/pktgen/nd0
	done
	echo start >/proc/net/pktgen/pgctrl
	_irqs=$(($(value $nd/nd1/counters interrupts) - _irqs))
	_frames=$(($(value $nd/nd1/counters rx_frames) - _frames))
	per=$((_irqs * 100 / (_frames > 0 ? _frames : 1)))
}

# load_table STRATEGY - leaves the first and the last row in $slow and $fast
load_table() {
	say "$1: interrupts for a hundred frames"
	for _gap in 2000000 50000 0; do
		_n=5000
		[ "$_gap" -ne 2000000 ] || _n=200
		per_frame "$_n" "$_gap"
		say "    one frame in $_gap ns: $per"
		[ "$_gap" -ne 2000000 ] || slow=$per
	done
	fast=$per
}

title "A network driver that chains them all"
modprobe bh_testbench
modprobe pktgen

step "Two devices joined by a wire, one of them in a namespace of its own"
load napi_dummy_netdev.ko queues=1
run "ip netns add b; ip link set nd1 netns b"
run "ip addr add 10.0.0.1/24 dev nd0; ip -n b addr add 10.0.0.2/24 dev nd1"
run "ip link set nd0 up; ip -n b link set nd1 up"
await 30 carrier
run "ping -q -c 3 -i 0.2 10.0.0.2"
run "grep nd1 /proc/interrupts"

step "One frame's way, textbook: hard IRQ, NET_RX softirq, poll, stack"
ip netns exec b ethtool -C nd1 rx-usecs 0
watched
claim "interrupt, softirq, and the packet is in the stack" then_comes \
	"irq_handler_entry.*nd1-rx0" "NET_RX" "netif_receive_skb.*nd1"

step "The same, where a worker sleeps for the DMA transfer"
strategy workqueue
watched
claim "interrupt, worker, the transfer's interrupt, softirq, stack" then_comes \
	"irq_handler_entry.*nd1-rx0" "napi_dummy_workqueue_fetch" \
	"irq_handler_entry.*nd1-dma0" "NET_RX" "netif_receive_skb.*nd1"

step "The same, where nobody sleeps: a tasklet after the transfer"
strategy tasklet
watched
claim "interrupt, the transfer's interrupt, tasklet, softirq, stack" then_comes \
	"irq_handler_entry.*nd1-rx0" "irq_handler_entry.*nd1-dma0" "TASKLET" \
	"netif_receive_skb.*nd1"

step "The same, where the interrupt's own thread sleeps"
strategy threaded
watched
claim "interrupt, the transfer's interrupt, softirq, stack" then_comes \
	"irq_handler_entry.*nd1-rx0" "irq_handler_entry.*nd1-dma0" "NET_RX" \
	"netif_receive_skb.*nd1"
run "ps -eo comm,cls,rtprio | grep irq/.*nd1-rx0"

step "What NAPI is for: interrupts a frame, as the load rises"
strategy napi
load_table napi
claim "at a low load every frame has its interrupt" test "$slow" -ge 90
if [ "$(nproc)" -lt 2 ]; then
	skip "at a high load few do" "one CPU: sender and poll take turns"
else
	claim "at a high load not every second one" test "$fast" -lt 50
fi

step "No memory in the poll: the refill work finds some, nothing is lost"
run "echo fail_alloc 500 > $nd/nd1/fault"
run "ping -q -c 20 -i 0.01 -W 20 10.0.0.2"
run "echo fail_alloc 1 > $nd/nd1/fault"
run "ip netns exec b ethtool -S nd1 | grep -E 'alloc_failed|refills|dropped'"
claim "nothing was dropped" \
	sh -c "ip netns exec b ethtool -S nd1 | grep -q 'rx0_dropped: 0'"

step "A bus error: the reset work sleeps, and loses nothing that was accepted"
run "echo bus_error > $nd/nd1/fault"
was_reset() {
	ip netns exec b ethtool -S nd1 | grep -q 'resets: 1'
}
claim "the card was reset" await 30 was_reset
run "ping -q -c 3 -i 0.2 10.0.0.2"

echo rem_device_all >/proc/net/pktgen/kpktgend_$sender
unload napi_dummy_netdev
rmmod pktgen
finish
