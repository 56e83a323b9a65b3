#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# cost.sh - what a frame costs, in instructions, device by device and strategy by
# strategy: make cost-napi. In the virtual machine, one CPU, exact measurement:
#
#	vm/run --icount -- /lab/napi_dummy_netdev/cost.sh
#
# There one instruction takes one nanosecond, so the time that the CPU was not idle is
# a count of instructions. pktgen makes 1000 frames of 60 bytes, and then 4000; each
# time we wait until all that comes of it is over. The difference, by 3000, is a frame:
# made, sent, received at the other end as far as the IP layer, which drops it, freed.
# 4000 frames fit into the ring, so that none is missed where a task that needs the CPU
# itself (worker, thread) has to fetch them while pktgen is busy; one claim says so.
# shellcheck disable=SC2317,SC2329
cd "$(dirname "$0")" || exit
# shellcheck source=../testbench/demo_lib.sh
. ../testbench/demo_lib.sh

pg=/proc/net/pktgen
few=1000
many=4000

# busy - nanoseconds since boot in which the CPU was not idle
busy() {
	awk '/^now at/ { now = $3 } /idle_sleeptime/ { now -= $3 }
		END { printf "%.0f\n", now }' /proc/timer_list
}

# send FRAMES INTERFACE MAC
send() {
	for word in "count $1" "pkt_size 60" "clone_skb 0" "delay 0" "dst_mac $3" \
			"dst 192.0.2.2" "src_min 192.0.2.1" "src_max 192.0.2.1" \
			"queue_map_min 0" "queue_map_max 0"; do
		echo "$word" >"$pg/$2"
	done
	echo start >$pg/pgctrl
}

# cost FRAMES INTERFACE MAC - of all that comes of sending so many: instructions in
# $instructions. A second of the machine's own time is two hundred times what the
# slowest needs, and passes at once when the CPU is idle.
cost() {
	busy=$(busy)
	send "$@"
	sleep 1
	instructions=$(($(busy) - busy))
}

# measure NAME INTERFACE MAC - a row of the table; instructions a frame in $per
measure() {
	echo rem_device_all >$pg/kpktgend_0
	echo "add_device $2" >$pg/kpktgend_0
	cost $few "$2" "$3"		# caches and pools fill
	cost $few "$2" "$3"
	per=$instructions
	before=$(interrupts) frames_before=$(arrived "$2")
	cost $many "$2" "$3"
	per=$(((instructions - per) / (many - few)))
	irqs=$(($(interrupts) - before))
	frames=$(($(arrived "$2") - frames_before))
	row "$1" $per "$(awk -v i=$irqs -v n=$many 'BEGIN { printf "%.3f", i / n }')" \
		$((many - frames))
	missed=$((missed + many - frames))
}

row() {
	say "$(printf '%-22s %12s %16s %7s' "$@")"
}

# interrupts - of the card that receives, its DMA controller's too
interrupts() {
	cat "$bench"/nd1-rx0/counters "$bench"/nd1-dma0/counters 2>/dev/null |
		awk '$1 == "interrupts_delivered" { n += $2 } END { print n + 0 }'
}

# arrived INTERFACE - packets that its other end has handed to the stack, and the stack
# has not refused; those of a dummy go nowhere, and were sent
arrived() {
	case $1 in
	nd0) other=nd1/statistics/rx_packets ;;
	cost_v0) other=cost_v1/statistics/rx_packets ;;
	*) other=$1/statistics/tx_packets ;;
	esac
	refused=$(while read -r _ n _; do echo "$((0x$n))"; done </proc/net/softnet_stat)
	echo $(($(cat "/sys/class/net/$other") - refused))
}

mac() {
	cat "/sys/class/net/$1/address"
}

is_up() {
	[ "$(cat "/sys/class/net/$1/carrier" 2>/dev/null)" = 1 ]
}

# nd NAME FLAG RX-USECS - a row
nd() {
	ip link set nd1 down
	ethtool --show-priv-flags nd1 | grep -q "^$2 *: on" ||
		ethtool --set-priv-flags nd1 "$2" on
	ethtool -C nd1 rx-usecs "$3" >/dev/null 2>&1
	ip link set nd1 up
	await 60 is_up nd0 && await 60 is_up nd1
	measure "$1" nd0 "$(mac nd1)"
}

if [ "$(nproc)" -ne 1 ]; then
	echo "cost.sh: one CPU, please: see its first lines" >&2
	exit 2
fi

title "What a frame costs"
modprobe pktgen
modprobe dummy numdummies=0
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
missed=0

step "Instructions a frame"
row device instructions interrupts/frame missed
ip link add cost_d type dummy
ip link set cost_d up
measure dummy cost_d 02:00:00:00:00:01
ip link del cost_d

ip link add cost_v0 type veth peer name cost_v1
ethtool -K cost_v1 gro on
ip link set cost_v0 up
ip link set cost_v1 up
await 60 is_up cost_v0
measure 'veth, GRO on' cost_v0 "$(mac cost_v1)"
veth=$per
ip link del cost_v0

insmod ./napi_dummy_netdev.ko queues=1
ethtool -G nd1 rx 4096
ip link set nd0 up
nd napi napi 32
napi=$per
nd 'napi, rx-usecs 0' napi 0
nd workqueue workqueue 32
nd tasklet tasklet 32
nd threaded threaded 32
nd netif_rx netif_rx 32
nd 'netif_rx, rx-usecs 0' netif_rx 0

step "And"
claim "no frame was missed by any of them" test "$missed" -eq 0
ethtool -G nd1 rx 256
none=$missed
nd 'workqueue, ring of 256' workqueue 32
say "That one is not to be compared: what is missed costs little."
claim "in a ring of 256 the same flood is missed in part" test "$missed" -gt "$none"
claim "napi costs no more than veth" test "$napi" -le "$veth"
echo rem_device_all >$pg/kpktgend_0
rmmod napi_dummy_netdev pktgen
finish
