#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The guided run of the network driver (napi_dummy). README.md explains the lesson.
#
# claim() and await() call the functions below by name, which shellcheck does not see:
# shellcheck disable=SC2317,SC2329

cd "$(dirname "$0")" || exit 1
# shellcheck source=../testbench/demo_lib.sh
. ../testbench/demo_lib.sh

tracing=/sys/kernel/tracing
nd=/sys/kernel/debug/napi_dummy
parameters=/sys/module/napi_dummy_netdev/parameters
# The weights of the receivers nd1 and nd3. A device takes its weight when it comes up: see hold().
# shellcheck disable=SC2034
weight_nd1=64 weight_nd3=16
trace=$(mktemp)
sender=$(($(nproc) - 1))	# the CPU that sends; CPU 0 receives
trap 'for ns in a b; do ip netns del $ns; done 2>/dev/null; rm -f "$trace"' EXIT

carrier() {
	ip -n a -br link show nd0 | grep -q LOWER_UP &&
	ip -n b -br link show nd1 | grep -q LOWER_UP
}

# strategy NAME - change the strategy of the receiving device, which goes down for a moment
strategy() {
	run "ip -n b link set nd1 down"
	ip netns exec b ethtool --show-priv-flags nd1 | grep -q "^$1 *: on" ||
		run "ip netns exec b ethtool --set-priv-flags nd1 $1 on"
	run "ip -n b link set nd1 up"
	await 30 carrier
}

# watched - record, with the kernel's own tracepoints, what happens to the frame of one ping: from the
# first interrupt of nd1 to the end of the poll that has passed the packet to the stack
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
	ip netns exec a ping -q -c 1 -W 20 10.0.0.2 >/dev/null
	echo 0 >$tracing/tracing_on
	echo 0 >$tracing/events/enable
	grep -v '^#' $tracing/trace | awk '
		/name=nd1-rx/ { on = 1 }
		on && (/nd1/ || /no_device/ || /softirq_entry/ || /napi_dummy/) { print }
		/netif_receive_skb/ && /nd1/ { seen = on }
		seen && /napi_poll/ { exit }' |
		sed -e 's/^ *//' -e 's/  */ /g' >"$trace"
	show <"$trace"
}

# then_comes PATTERN... - does the trace contain lines like these, in this order?
then_comes() {
	printf '%s\n' "$@" | awk 'NR == FNR { want[++n] = $0; next }
		at < n && $0 ~ want[at + 1] { at++ }
		END { exit at < n }' - "$trace"
}

# per_hundred WINDOW - set $per to the number of interrupts of nd1's queue per hundred frames.
# WINDOW frames are under way at a time. CPU 0 also sends the frames, so the number of CPUs does not
# matter: sender, wire and receiver take turns on CPU 0
per_hundred() {
	_irqs=$(value "$bench/nd1-rx0/counters" interrupts_delivered)
	taskset -c 0 ../selftests/napi_dummy_frames -n 2000 -w "$1" -f 1 \
		a nd0 b nd1 >"$trace" 2>&1 || cat "$trace"
	per=$((($(value "$bench/nd1-rx0/counters" interrupts_delivered) - _irqs) / 20))
}

# load_rows STRATEGY - print the rows of the table for STRATEGY. Set $slow and $fast to the interrupts
# in the first and the last row
load_rows() {
	strategy "$1"
	slow=
	for _window in 1 2 4 16 64; do
		per_hundred $_window
		say "$(printf '%-9s %15d %15d' "$1" $_window "$per")"
		slow=${slow:-$per}
	done
	fast=$per
}

# offer FRAMES DEVICE... - let pktgen send FRAMES frames through each DEVICE, in turn, as fast as
# possible
offer() {
	_n=$1
	shift
	{
		echo "cd /proc/net/pktgen; echo rem_device_all >kpktgend_$sender"
		for _dev; do
			echo "echo add_device $_dev >kpktgend_$sender"
			for _word in "count $_n" "pkt_size 60" "delay 0" "dst 10.0.0.9" \
					"dst_mac 02:00:00:00:00:09" "queue_map_min 0" \
					"queue_map_max 0"; do
				echo "echo $_word >$_dev"
			done
		done
		echo "echo start >pgctrl; echo rem_device_all >kpktgend_$sender"
	} | ip netns exec a sh
}

# in_rings FRAMES DEVICE... - are there at least FRAMES frames in the ring of each DEVICE?
in_rings() {
	_want=$1
	shift
	for _dev; do
		[ "$(value "$nd/$_dev/counters" rx_in_ring)" -ge "$_want" ] || return
	done
}

drained() {
	for _dev; do
		[ "$(value "$nd/$_dev/counters" rx_in_ring)" -eq 0 ] || return
	done
}

link_up() {
	ip -n a -br link show nd"$(($1 - 1))" | grep -q LOWER_UP &&
	ip -n b -br link show nd"$1" | grep -q LOWER_UP
}

# hold NUMBER NANOSECONDS - take the device nd<NUMBER> down, and bring it up with its weight. After
# the first frame, NAPI does not enable the device's interrupt, and polls the device after
# NANOSECONDS
hold() {
	ip -n b link set "nd$1" down
	eval "echo \$weight_nd$1" >$parameters/weight
	ip netns exec b sh -c "cd /sys/class/net/nd$1 &&
		echo $2 >gro_flush_timeout && echo 1 >napi_defer_hard_irqs"
	ip -n b link set "nd$1" up
	await 60 link_up "$1"
}

# piled FRAMES FROM TO [FROM TO] - collect frames in the receivers' rings, then record the polls
# that take them out: lines "TASK DEVICE WORK BUDGET" in $trace
piled() {
	_frames=$1 _from="$2 ${4:-}" _to="$3 ${5:-}"
	# Sending the frames may take long on a slow host. Then try again, with a longer time before
	# the poll.
	for _seconds in 1 5 20; do
		for _dev in $_to; do hold "${_dev#nd}" ${_seconds}000000000; done
		watch_polls
		# Read the counter before the frames are sent: on a slow host, the polls may already
		# be over when the last frame has been sent.
		_squeezed=$(squeezed)
		# shellcheck disable=SC2086 # words
		offer 1 $_from
		# shellcheck disable=SC2086
		offer "$_frames" $_from
		# shellcheck disable=SC2086
		in_rings "$_frames" $_to && break
		# The next try must not count the polls of this try.
		# shellcheck disable=SC2086
		await 60 drained $_to
	done
	# shellcheck disable=SC2086
	await 60 drained $_to
	echo 0 >$tracing/events/napi/napi_poll/enable
	squeezes=$(($(squeezed) - _squeezed))
	sed -n 's/^ *\(.*\)-[0-9]* *\[.*napi_poll:.* for device \([^ ]*\) work \([0-9]*\) budget \([0-9]*\).*/\1 \2 \3 \4/p' \
		$tracing/trace | awk -v to=" $_to " '
		index(to, " " $2 " ") && ($3 > 1 || on) { on = 1; print }' >"$trace"
}

watch_polls() {
	echo 0 >$tracing/tracing_on
	echo >$tracing/trace
	echo 1 >$tracing/events/napi/napi_poll/enable
	echo 1 >$tracing/tracing_on
}

# squeezed - print how often net_rx_action() on CPU 0 has given up before all polls were done
squeezed() {
	printf '%d\n' "0x$(awk 'NR == 1 { print $3 }' /proc/net/softnet_stat)"
}

# in_short N - print the first N lines of a summary of the polls in $trace. A line has the task, the
# device, the work and the budget of a poll, and how many polls with the same values followed each
# other
in_short() {
	awk '{ line = sprintf("%-16s %-5s work %3d of %d", $1, $2, $3, $4) }
		line != last { if (n) print last, " x", n; last = line; n = 0 }
		{ n++ }
		END { if (n) print last, " x", n }' "$trace" >"$trace.short"
	head -n "$1" "$trace.short" | show
	_more=$(($(wc -l <"$trace.short") - $1))
	[ $_more -le 0 ] || say "... and $_more lines more"
	rm -f "$trace.short"
}

# count_polls AWK-CONDITION - print how many polls in $trace fulfil the condition
count_polls() {
	awk "$1"' { n++ } END { print n + 0 }' "$trace"
}

# between N LOW HIGH - is N at least LOW and at most HIGH?
between() {
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

title "A network driver that combines them all"
modprobe bh_testbench
modprobe pktgen

step "Two devices connected by a wire, each in its own namespace"
load napi_dummy_netdev.ko pairs=2 queues=1
for ns in a b; do
	ip netns add $ns
	# Only this script may send anything.
	ip netns exec $ns sysctl -qw net.ipv6.conf.default.disable_ipv6=1 \
		net.ipv6.conf.all.disable_ipv6=1
done
run "ip link set nd0 netns a; ip link set nd1 netns b"
run "ip -n a addr add 10.0.0.1/24 dev nd0; ip -n b addr add 10.0.0.2/24 dev nd1"
run "ip -n a link set nd0 up; ip -n b link set nd1 up"
await 30 carrier
run "ip netns exec a ping -q -c 3 -i 0.2 10.0.0.2"
run "grep nd1 /proc/interrupts"

step "The path of one frame, as in textbooks: hard IRQ, NET_RX softirq, poll, stack"
ip netns exec b ethtool -C nd1 rx-usecs 0 rx-frames 1
watched
claim "the path is interrupt, softirq, stack" then_comes \
	"irq_handler_entry.*nd1-rx0" "NET_RX" "netif_receive_skb.*nd1"

step "The same, but the NIC has written the frame into a buffer of the driver"
strategy ring
watched
claim "the path is interrupt, softirq, stack" then_comes \
	"irq_handler_entry.*nd1-rx0" "NET_RX" "netif_receive_skb.*nd1"

step "The same, but a worker sleeps for the DMA transfer"
strategy workqueue
watched
claim "the path is interrupt, worker, the transfer's interrupt, softirq, stack" then_comes \
	"irq_handler_entry.*nd1-rx0" "napi_dummy_workqueue_fetch" \
	"irq_handler_entry.*nd1-dma0" "NET_RX" "netif_receive_skb.*nd1"

step "The same, but nothing sleeps: a tasklet runs after the transfer"
strategy tasklet
watched
claim "the path is interrupt, the transfer's interrupt, tasklet, softirq, stack" then_comes \
	"irq_handler_entry.*nd1-rx0" "irq_handler_entry.*nd1-dma0" "TASKLET" \
	"netif_receive_skb.*nd1"

step "The same, but the IRQ thread sleeps"
strategy threaded
watched
claim "the path is interrupt, the transfer's interrupt, softirq, stack" then_comes \
	"irq_handler_entry.*nd1-rx0" "irq_handler_entry.*nd1-dma0" "NET_RX" \
	"netif_receive_skb.*nd1"
run "ps -eo comm,cls,rtprio | grep irq/.*nd1-rx0"

step "The same path as it was before NAPI: everything in the interrupt"
strategy netif_rx
watched
claim "the path is interrupt, softirq, stack" then_comes \
	"irq_handler_entry.*nd1-rx0" "NET_RX" "netif_receive_skb.*nd1"
claim "the poll is the kernel's own, which serves all devices without NAPI" \
	then_comes "netif_receive_skb.*nd1" "napi_poll.*no_device.* work 1 "

step "What NAPI is for: interrupts per frame, as the load rises"
say "The sender's NIC moves up to 32 waiting frames in one transfer (tx-work). So the more" \
    "frames are under way, the closer together they come. Interrupts for a hundred frames:"
ip -n a link set nd0 down
run "ip netns exec a ethtool --set-priv-flags nd0 tx-work on"
ip -n a link set nd0 up
predict "Many frames come close together. Will NAPI take an interrupt for each frame? yes or no:"
say "$(printf '%-9s %15s %15s' strategy 'frames under way' interrupts)"
# On a busy host the sender is slow, and its frames arrive one at a time: then try again.
for _try in 1 2 3; do
	load_rows napi
	if realtime || [ "$fast" -lt 50 ]; then break; fi
done
claim "napi: if frames come one by one, nearly every frame has an interrupt" test "$slow" -ge 80
if realtime; then
	say "PREEMPT_RT: the IRQ thread preempts the sender after each single frame. While the" \
	    "CPU keeps up, a poll never finds two frames together."
	claim "napi: at a high load, nearly every frame still has an interrupt" test "$fast" -ge 80
else
	claim "napi: at a high load, fewer than half of the frames have an interrupt" test "$fast" -lt 50
fi
answer "$([ "$fast" -ge 80 ] && echo yes || echo no)"
load_rows netif_rx
claim "netif_rx: if frames come one by one, nearly every frame has an interrupt" test "$slow" -ge 80
claim "netif_rx: at a high load, nearly every frame still has an interrupt" test "$fast" -ge 80
ip -n a link set nd0 down
run "ip netns exec a ethtool --set-priv-flags nd0 tx-work off"
ip -n a link set nd0 up
strategy napi

step "A flood: the budget runs out, and ksoftirqd takes over"
say "After the first frame, nd1 does not enable its interrupt, and is polled a second later" \
    "(napi_defer_hard_irqs, gro_flush_timeout). Meanwhile 4000 frames collect in its ring, so" \
    "there is a flood on any machine."
run "ip netns exec b ethtool -G nd1 rx 4096"
piled 4000 nd0 nd1
in_short 12
# shellcheck disable=SC2016 # awk expands them
full=$(count_polls '$3 == $4')
claim "of 63 polls, at least 62 used their whole budget of 64" between "$full" 62 63
claim "ksoftirqd took over" test "$(count_polls '/^ksoftirqd/')" -gt 0
say "handle_softirqs() runs ten rounds at most. No round begins after 2 ms, counted in ticks," \
    "or when a task needs the CPU. ksoftirqd, a task like any other, does the rest."

step "netdev_budget, netdev_budget_usecs, time_squeeze"
say "net_rx_action() gives up when its polls together have handled netdev_budget frames, or have" \
    "taken netdev_budget_usecs. The third column of /proc/net/softnet_stat counts how often it" \
    "gave up. A run polls a busy instance once, so one device alone never reaches 300 frames."
usecs=$(sysctl -n net.core.netdev_budget_usecs)
run "sysctl -w net.core.netdev_budget_usecs=10000000"
piled 4000 nd0 nd1
say "netdev_budget 300: $squeezes times squeezed"
claim "net_rx_action() was never squeezed" test "$squeezes" -eq 0
run "sysctl -w net.core.netdev_budget=64"
predict "netdev_budget is 64, the most that one poll may do. Will net_rx_action() be squeezed? yes or no:"
piled 4000 nd0 nd1
say "netdev_budget 64: $squeezes times squeezed"
claim "net_rx_action() was squeezed after every poll that used its budget" between "$squeezes" 62 64
answer "$([ "$squeezes" -gt 0 ] && echo yes || echo no)"
run "sysctl -w net.core.netdev_budget=300"
say "The time is counted in ticks, and a run may take two ticks (8000 us with 250 ticks per second). A" \
    "device that is polled once per run does not take so long. A smaller value is refused:"
say "# sysctl -w net.core.netdev_budget_usecs=1000"
sysctl -w net.core.netdev_budget_usecs=1000 2>&1 | show
claim "the time limit has not changed" \
	test "$(sysctl -n net.core.netdev_budget_usecs)" -eq 10000000
sysctl -qw net.core.netdev_budget_usecs="$usecs"

step "Two floods on one CPU, and two weights"
run "ip link set nd2 netns a; ip link set nd3 netns b"
run "ip netns exec b ethtool -G nd3 rx 4096; ip netns exec b ethtool -C nd3 rx-usecs 0 rx-frames 1"
run "ip -n a link set nd2 up"
say "A device takes its weight when it comes up:"
run "ip -n b link set nd3 down; echo 16 > $parameters/weight; ip -n b link set nd3 up"
await 60 link_up 3
# shares - count the polls in $trace while both devices have frames. This time begins when the
# second device is polled for the first time. It ends before the last poll of the device that
# becomes empty first. Set $polls1 and $frames1 for nd1, $polls3 and $frames3 for nd3, and $both to
# the number of all these polls. $turns is the number of polls that came directly after a poll of
# the other device
shares() {
	awk '{ dev[NR] = $2; work[NR] = $3; last[$2] = NR; if (!first[$2]) first[$2] = NR }
		END {
			from = first["nd1"] > first["nd3"] ? first["nd1"] : first["nd3"]
			to = last["nd1"] < last["nd3"] ? last["nd1"] : last["nd3"]
			for (i = from; i < to; i++) {
				polls[dev[i]]++; frames[dev[i]] += work[i]
				turns += i > from && dev[i] != dev[i - 1]
			}
			print polls["nd1"] + 0, frames["nd1"] + 0, polls["nd3"] + 0, \
			      frames["nd3"] + 0, turns + 0, to - from
		}' "$trace" >"$trace.sum"
	read -r polls1 frames1 polls3 frames3 turns both <"$trace.sum"
	rm -f "$trace.sum"
}

predict "nd1 has weight 64, nd3 has weight 16. How many times as many frames will nd1 get?"
# Each device is polled one second after its own first frame. On a busy host one device may already
# have handled all its frames when the other begins: then try again.
for _try in 1 2 3; do
	piled 3000 nd0 nd1 nd2 nd3
	shares
	[ "$both" -lt 40 ] || break
done
in_short 8
say "nd1, weight 64: $polls1 polls, $frames1 frames" \
    "nd3, weight 16: $polls3 polls, $frames3 frames"
if realtime && [ "$both" -lt 40 ]; then
	# The timers that start the polls run in the task ktimers/0. On 6.12 the task that runs
	# softirqs on this CPU holds a lock for which ktimers/0 waits. So the first device may be
	# finished before the timer of the second one runs, even three times in a row.
	say "polls while both had frames: $both"
	skip "the two devices took turns, and four times the weight gave four times the frames" \
		"PREEMPT_RT: here the two devices were never polled at the same time"
else
	claim "while both had frames, there were at least 40 polls" test "$both" -ge 40
	claim "the two devices took turns" test "$turns" -ge $((both * 9 / 10))
	claim "both devices had the same number of polls" between "$polls1" $((polls3 - 3)) $((polls3 + 3))
	claim "four times the weight gave four times the frames" \
		between $((frames1 * 10 / (frames3 > 0 ? frames3 : 1))) 36 44
	answer "$(((frames1 * 10 / (frames3 > 0 ? frames3 : 1) + 5) / 10))"
fi
ip -n b link set nd3 down
run "ip netns exec b sh -c 'cd /sys/class/net/nd1; echo 0 > napi_defer_hard_irqs; echo 0 > gro_flush_timeout'"
# nd1 may still be waiting for the poll that follows a second after a frame. Take nd1 down, which
# ends this wait.
ip -n b link set nd1 down
ip -n b link set nd1 up
await 60 carrier

step "No memory in the poll: the refill work finds some, nothing is lost"
run "echo fail_alloc 500 > $nd/nd1/fault"
run "ip netns exec a ping -q -c 20 -i 0.01 -W 20 10.0.0.2"
run "echo fail_alloc 1 > $nd/nd1/fault"
run "ip netns exec b ethtool -S nd1 | grep -E 'alloc_failed|refills|dropped'"
claim "nothing was dropped" \
	sh -c "ip netns exec b ethtool -S nd1 | grep -q 'rx0_dropped: 0'"

step "A bus error: the reset work sleeps, and loses nothing that was accepted"
resets() {
	ip netns exec b ethtool -S nd1 | awk '$1 == "resets:" { print $2 }'
}
was_reset() {
	[ "$(resets)" -eq $((resets + 1)) ]
}
resets=$(resets)
run "echo bus_error > $nd/nd1/fault"
claim "the NIC was reset" await 30 was_reset
run "ip netns exec a ping -q -c 3 -i 0.2 10.0.0.2"

unload napi_dummy_netdev
rmmod pktgen
finish
