# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Counts what a frame costs, in the VM under exact measurement (one CPU, one instruction takes one
# nanosecond). napi_dummy_netdev/cost.sh and measure/frames.sh share this file. Source it after
# demo_lib.sh or selftests/bench.sh.
#
# The time in which the CPU was not idle is the number of instructions. bh_busy.ko counts this time,
# and loads only if its count is right. pktgen sends different numbers of frames, for example 800
# and 1600, and each number twice. Each time, the script waits until everything that the frames
# caused has ended. This gives a point: frames, and instructions. The slope of the line through
# these points is the cost of one frame. It is what the CPU executes to make the frame, send it,
# receive it at the other end, and free it. The IP layer of the other end drops the frame. Work that
# does not depend on the number of frames does not change the slope.

pg=/proc/net/pktgen
busy=/sys/kernel/debug/bh_busy
counts='2400 800 4000 1600 3200'
size=60		# size of a frame, in bytes
delay=0		# time from the start of a frame to the start of the next, in nanoseconds
queues=1	# number of queues that get the frames in turn
warm=yes	# run a first round, which is not counted

# send FRAMES INTERFACE MAC - let pktgen send FRAMES frames through INTERFACE to the address MAC
send() {
	for word in "count $1" "pkt_size $size" "clone_skb 0" "delay $delay" \
			"dst_mac $3" "dst 192.0.2.2" "src_min 192.0.2.1" \
			"src_max 192.0.2.1" "queue_map_min 0" \
			"queue_map_max $((queues - 1))"; do
		echo "$word" >"$pg/$2"
	done
	echo start >$pg/pgctrl
}

# cost FRAMES INTERFACE MAC - send FRAMES frames, and set $instructions to the number of
# instructions for everything that these frames caused. Reading "settled" takes a second of the VM's
# clock, 200 times as long as the slowest device needs to finish. The clock skips the part of this
# second in which the CPU is idle, so the wait is short
cost() {
	read -r began <$busy/busy
	send "$@"
	read -r ended <$busy/settled
	instructions=$((ended - began))
}

# interrupts - print the interrupts of the NIC that receives, and of its DMA controller
interrupts() {
	# shellcheck disable=SC2154 # bench.sh sets it
	cat "$bench"/nd1-rx*/counters "$bench"/nd1-dma*/counters 2>/dev/null |
		awk '$1 == "interrupts_delivered" { n += $2 } END { print n + 0 }'
}

# arrived INTERFACE - print how many packets the stack has accepted from the other end of INTERFACE.
# For dummy, which drops its packets, and for netdevsim, print how many packets INTERFACE has sent
arrived() {
	case $1 in
	nd0) other=nd1/statistics/rx_packets ;;
	cost_v0) other=cost_v1/statistics/rx_packets ;;
	*) other=$1/statistics/tx_packets ;;
	esac
	refused=$(while read -r _ n _; do echo "$((0x$n))"; done </proc/net/softnet_stat)
	echo $(($(cat "/sys/class/net/$other") - refused))
}

# points INTERFACE MAC - print a line for each number of frames: the number, instructions,
# interrupts, lost frames
points() {
	echo rem_device_all >$pg/kpktgend_0
	echo "add_device $1" >$pg/kpktgend_0
	# The first round is not counted, because it fills caches and pools.
	[ -z "$warm" ] || cost "${counts%% *}" "$1" "$2"
	lines=
	# shellcheck disable=SC2086 # numbers
	for count in $counts $counts; do
		irqs=$(interrupts) there=$(arrived "$1")
		cost "$count" "$1" "$2"
		lines="$lines$count $instructions $(($(interrupts) - irqs)) $((there + count - $(arrived "$1")))
"
	done
	# Print everything at the end, because a program that reads the output must not run during
	# the measurement.
	printf %s "$lines"
}

# per_frame INTERFACE MAC - set $per to the instructions per frame, $low and $high to the first and
# third quartile of the slopes (see fit.py), $irqs to the interrupts per frame, and $missing to the
# number of lost frames
per_frame() {
	points=$(points "$@")
	# shellcheck disable=SC2046 # words
	set -- $(echo "$points" | python3 -B ../measure/lib/fit.py)
	# shellcheck disable=SC2034 # cost.sh reads them
	per=$1 low=$2 high=$3 irqs=$4 missing=$5
}

mac() {
	cat "/sys/class/net/$1/address"
}

is_up() {
	[ "$(cat "/sys/class/net/$1/carrier" 2>/dev/null)" = 1 ]
}

# dummy_up, veth_up - set up devices for comparison with the driver: cost_d, or cost_v0 and cost_v1
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

# netdevsim_up - set up two joined netdevsim devices, cost_s0 and cost_s1. Fail if this kernel has no
# netdevsim, or if it is older than 6.9 and cannot join two netdevsim devices
netdevsim_up() {
	_bus=/sys/bus/netdevsim
	modprobe -q netdevsim 2>/dev/null
	[ -w $_bus/link_device ] || return
	for _n in 0 1; do
		echo "$_n 1" >$_bus/new_device
		ip link set "$(ls $_bus/devices/netdevsim$_n/net)" name cost_s$_n
		ip link set cost_s$_n up
	done
	# Write two devices to link_device, each as NAMESPACE:IFINDEX. NAMESPACE is a file
	# descriptor. Before the write, the shell opens the file of the network namespace as this
	# descriptor.
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

# receive_by FLAG RX-USECS - set the strategy with which nd1 receives, and its interrupt moderation
receive_by() {
	ip link set nd1 down
	ethtool --show-priv-flags nd1 | grep -q "^$1 *: on" ||
		ethtool --set-priv-flags nd1 "$1" on
	# Delay interrupts for RX-USECS, or until there are 64 frames. If RX-USECS is 0, do not
	# delay interrupts.
	_frames=64
	[ "$2" -gt 0 ] || _frames=1
	ethtool -C nd1 rx-usecs "$2" rx-frames $_frames >/dev/null 2>&1
	ip link set nd1 up
	await 60 is_up nd0 && await 60 is_up nd1
}

# one_cpu SCRIPT - end the script unless there is exactly one CPU
one_cpu() {
	[ "$(nproc)" -eq 1 ] && return
	echo "$1 needs a VM with one CPU: see its first lines" >&2
	exit 2
}

# cost_modules SCRIPT - load the modules that send frames and count instructions. Switch IPv6 off,
# because only pktgen may send frames. If the count is wrong on this kernel, end the script
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
