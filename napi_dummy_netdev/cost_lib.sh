# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Counting what a frame costs, in the VM under exact measurement (one CPU, one instruction
# takes one nanosecond): shared by cost.sh and measure/frames.sh. Sourced after demo_lib.sh
# or selftests/bench.sh.
#
# The time in which the CPU was not idle is a count of instructions. bh_busy.ko counts it, and
# loads only where its count is right. pktgen sends several numbers of frames, each twice. After
# each we wait until all that comes of it is over. The line through these points is what a
# frame costs: made, sent, received at the other end as far as the IP layer, which drops it,
# freed. What does not depend on the number of frames is not in its slope.

pg=/proc/net/pktgen
busy=/sys/kernel/debug/bh_busy
counts='1500 500 2500 1000 2000'
size=60		# of a frame, in bytes
delay=0		# from the start of a frame to that of the next, in nanoseconds
queues=1	# that the frames go to, in turn
warm=yes	# a round that does not count, first

# send FRAMES INTERFACE MAC
send() {
	for word in "count $1" "pkt_size $size" "clone_skb 0" "delay $delay" \
			"dst_mac $3" "dst 192.0.2.2" "src_min 192.0.2.1" \
			"src_max 192.0.2.1" "queue_map_min 0" \
			"queue_map_max $((queues - 1))"; do
		echo "$word" >"$pg/$2"
	done
	echo start >$pg/pgctrl
}

# cost FRAMES INTERFACE MAC - of all that comes of sending so many: instructions in
# $instructions. Reading "settled" takes a second of the VM's own time, two hundred times
# what the slowest needs. It passes at once when the CPU is idle.
cost() {
	read -r began <$busy/busy
	send "$@"
	read -r ended <$busy/settled
	instructions=$((ended - began))
}

# interrupts - of the NIC that receives, its DMA controller's too
interrupts() {
	# shellcheck disable=SC2154 # of bench.sh
	cat "$bench"/nd1-rx*/counters "$bench"/nd1-dma*/counters 2>/dev/null |
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

# points INTERFACE MAC - a line for each number of frames: the number, instructions, interrupts,
# frames that did not arrive
points() {
	echo rem_device_all >$pg/kpktgend_0
	echo "add_device $1" >$pg/kpktgend_0
	# Caches and pools fill.
	[ -z "$warm" ] || cost "${counts%% *}" "$1" "$2"
	lines=
	# shellcheck disable=SC2086 # numbers
	for count in $counts $counts; do
		irqs=$(interrupts) there=$(arrived "$1")
		cost "$count" "$1" "$2"
		lines="$lines$count $instructions $(($(interrupts) - irqs)) $((there + count - $(arrived "$1")))
"
	done
	# At the end: who reads it must not run meanwhile.
	printf %s "$lines"
}

# per_frame INTERFACE MAC - instructions per frame in $per, with the middle half of the slopes
# between two points in $low and $high; interrupts per frame in $irqs; in $missing frames that did
# not arrive
per_frame() {
	points=$(points "$@")
	# shellcheck disable=SC2046 # words
	set -- $(echo "$points" | python3 -B ../measure/lib/fit.py)
	# shellcheck disable=SC2034 # of cost.sh
	per=$1 low=$2 high=$3 irqs=$4 missing=$5
}

mac() {
	cat "/sys/class/net/$1/address"
}

is_up() {
	[ "$(cat "/sys/class/net/$1/carrier" 2>/dev/null)" = 1 ]
}

# dummy_up, veth_up - what the driver is compared with: cost_d; cost_v0 and cost_v1
dummy_up() {
	ip link add cost_d type dummy
	ip link set cost_d up
}

veth_up() {
	ip link add cost_v0 type veth peer name cost_v1
	ethtool -K cost_v1 gro on
	ip link set cost_v0 up
	ip link set cost_v1 up
	await 60 is_up cost_v0
}

# netdevsim_up - two of them joined, cost_s0 and cost_s1; false where this kernel has none, or
# none that can be joined (before 6.9)
netdevsim_up() {
	_bus=/sys/bus/netdevsim
	modprobe -q netdevsim 2>/dev/null
	[ -w $_bus/link_device ] || return
	for _n in 0 1; do
		echo "$_n 1" >$_bus/new_device
		ip link set "$(ls $_bus/devices/netdevsim$_n/net)" name cost_s$_n
		ip link set cost_s$_n up
	done
	# A netdevsim is named by its namespace, as an open file, and its number.
	exec 8</proc/self/ns/net
	echo "8:$(cat /sys/class/net/cost_s0/ifindex) 8:$(cat /sys/class/net/cost_s1/ifindex)" \
		>$_bus/link_device
	exec 8<&-
	await 60 is_up cost_s0
}

netdevsim_down() {
	for _n in 0 1; do
		echo $_n >/sys/bus/netdevsim/del_device
	done
}

# receive_by FLAG RX-USECS - how nd1 receives
receive_by() {
	ip link set nd1 down
	ethtool --show-priv-flags nd1 | grep -q "^$1 *: on" ||
		ethtool --set-priv-flags nd1 "$1" on
	# Held back for so long or for 64 frames; with 0 not at all.
	_frames=64
	[ "$2" -gt 0 ] || _frames=1
	ethtool -C nd1 rx-usecs "$2" rx-frames $_frames >/dev/null 2>&1
	ip link set nd1 up
	await 60 is_up nd0 && await 60 is_up nd1
}

# one_cpu SCRIPT - or no measurement
one_cpu() {
	[ "$(nproc)" -eq 1 ] && return
	echo "$1: one CPU, please: see its first lines" >&2
	exit 2
}

# cost_modules - what the frames come from, and nobody else sends any; what counts. A count that
# is wrong on this kernel ends the script.
cost_modules() {
	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
	insmod ../measure/bh_busy.ko || {
		dmesg | grep 'bh_busy:' >&2
		echo "$1: instructions cannot be counted on this kernel" >&2
		exit 1
	}
	modprobe pktgen
	modprobe dummy numdummies=0
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
}
