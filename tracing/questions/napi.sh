# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# Which code schedules NAPI, and what happens to a frame?
#
# If DEVICE=eth0 and PEER=ADDRESS are in the environment, it records the network device eth0 while
# it pings PEER once. The device may have any driver, and must be up. Without these variables, it
# records the network driver of this repository.

# interrupts_of DEVICE - print the numbers of a network device's interrupts. The interrupts belong
# to the bus device of DEVICE or, with virtio, to the parent of this bus device
interrupts_of() {
	for _device in "/sys/class/net/$1/device" "/sys/class/net/$1/device/.."; do
		[ ! -d "$_device/msi_irqs" ] || { ls "$_device/msi_irqs"; return; }
	done | grep . || cat "/sys/class/net/$1/device/irq"
}

ours=nd1-rx0
if [ -n "${DEVICE:-}" ]; then
	[ -n "${PEER:-}" ] || die "DEVICE=$DEVICE needs PEER=, an address to ping" 2
	[ -d "/sys/class/net/$DEVICE/device" ] || die "no network device '$DEVICE' with a driver" 2
	ours=$(interrupts_of "$DEVICE" | while read -r _irq; do
		awk -v irq="$_irq:" '$1 == irq { print $NF }' /proc/interrupts
	done | paste -sd'|')
	[ -n "$ours" ] || die "$DEVICE has no interrupt" 2
fi

events="$interrupts
$softirqs
$works
napi:napi_poll
net:netif_receive_skb
$tasks"

carrier() {
	ip -n bh_a -br link show nd0 | grep -q LOWER_UP &&
	ip -n bh_b -br link show nd1 | grep -q LOWER_UP
}

strategy() {
	ip -n bh_b link set nd1 down
	ip netns exec bh_b ethtool --show-priv-flags nd1 | grep -q "^$1 *: on" ||
		ip netns exec bh_b ethtool --set-priv-flags nd1 "$1" on || die "no strategy $1"
	ip -n bh_b link set nd1 up
	await 60 carrier
}

prepare() {
	[ -z "${DEVICE:-}" ] || return 0
	# Use one queue, so that the frame comes to nd1-rx0: with several queues, a hash chooses the
	# queue.
	load bh_testbench 'napi_dummy_netdev queues=1'
	for _ns in bh_a bh_b; do
		ip netns add $_ns
		ip netns exec $_ns sysctl -qw net.ipv6.conf.default.disable_ipv6=1 \
			net.ipv6.conf.all.disable_ipv6=1
	done
	ip link set nd0 netns bh_a
	ip link set nd1 netns bh_b
	ip -n bh_a addr add 10.0.0.1/24 dev nd0
	ip -n bh_b addr add 10.0.0.2/24 dev nd1
	ip -n bh_a link set nd0 up
	ip -n bh_b link set nd1 up
	await 60 carrier || die "the wire does not come up"
	ip netns exec bh_b ethtool -C nd1 rx-usecs 0 rx-frames 1
	# After this ping, both ends know each other's address before anything is recorded.
	ip netns exec bh_a ping -q -c 1 -W 30 10.0.0.2 >/dev/null
}

tidied() {
	[ -z "${DEVICE:-}" ] || return 0
	for _ns in bh_a bh_b; do ip netns del $_ns; done 2>/dev/null
}

ping_once() {
	ip netns exec bh_a ping -q -c 1 -W 30 10.0.0.2 >/dev/null || die "no answer to the ping"
}

ping_peer() {
	ping -q -c 1 -I "$DEVICE" -W 30 "$PEER" >/dev/null || die "$PEER does not answer to a ping"
}

act() {
	if [ -n "${DEVICE:-}" ]; then
		recorded "$DEVICE" ping_peer
		return
	fi
	for _strategy in napi workqueue tasklet threaded netif_rx; do
		strategy $_strategy
		recorded $_strategy ping_once
	done
}

# Prints what happens to the first frame of the report, from its interrupt to the stack
chain() {
	awk -v dev="${DEVICE:-nd1}" -v irq="($ours)" "$us"'
		function step(what) {
			t = ns($3)
			printf "    %9s  %-26s %s\n", us(t - first), what, "on top of " $1 ", CPU " $2
		}
		/ irq_handler_entry/ && $0 ~ "name=" irq && !first { first = ns($3) }
		!first { next }
		/ irq_handler_entry/ { step("hard IRQ " of("name")) }
		/ softirq_entry/ && /NET_RX/ { step("softirq NET_RX") }
		/ softirq_entry/ && /TASKLET/ { step("softirq TASKLET") }
		/ workqueue_execute_start/ && /napi_dummy/ {
			match($0, /napi_dummy[a-z_]*/)
			step("work " substr($0, RSTART + 11, RLENGTH - 11))
		}
		/ sched_switch/ && /(next_comm=|==> )irq\/[0-9]*-nd1/ { step("the IRQ thread gets a CPU") }
		/ napi_poll/ && $0 ~ " " dev " " { match($0, /work [0-9]* budget [0-9]*/); step("poll: " substr($0, RSTART, RLENGTH)) }
		/ netif_receive_skb/ && $0 ~ "dev=" dev { step("the packet is in the stack"); seen = 1; cpu = $2 }
		seen && $2 == cpu && (/ napi_poll/ || / softirq_exit/) { exit }
		END { exit !seen }' "$report"
}

seen() {
	if [ -n "${DEVICE:-}" ]; then
		say "$DEVICE, driver $(basename "$(readlink "/sys/class/net/$DEVICE/device/driver")"):"
		chain || die "no frame in the trace of $DEVICE: $report"
		picture "$DEVICE" "The way of one frame, $DEVICE"
		return
	fi
	for _strategy in napi workqueue tasklet threaded netif_rx; do
		trace=$_strategy
		report=$scratch/$trace
		say "strategy $_strategy:"
		chain || die "no frame in the trace of $_strategy: $report"
		picture "$_strategy" "The way of one frame, strategy $_strategy" --line nd1-rx0:1
	done
	trace=napi
}
