# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Counting what a frame costs, in the virtual machine under exact measurement (one CPU,
# one instruction takes one nanosecond): shared by cost.sh and measure/frames.sh. Sourced
# after demo_lib.sh.
#
# The time that the CPU was not idle is a count of instructions. pktgen makes $few frames,
# and then $many; each time we wait until all that comes of it is over. The difference,
# divided, is a frame: made, sent, received at the other end as far as the IP layer,
# which drops it, freed.

pg=/proc/net/pktgen
few=1000
many=4000
size=60		# of a frame, in bytes
delay=0		# from the start of a frame to that of the next, in nanoseconds
queues=1	# that the frames go to, in turn
warm=yes	# a round that does not count, first

# busy - nanoseconds since boot in which the CPU was not idle
busy() {
	awk '/^now at/ { now = $3 } /idle_sleeptime/ { now -= $3 }
		END { printf "%.0f\n", now }' /proc/timer_list
}

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
# $instructions. A second of the machine's own time is two hundred times what the
# slowest needs, and passes at once when the CPU is idle.
cost() {
	busy=$(busy)
	send "$@"
	sleep 1
	instructions=$(($(busy) - busy))
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

# per_frame INTERFACE MAC - instructions a frame in $per, interrupts a frame in $irqs,
# frames that did not arrive in $missing
per_frame() {
	echo rem_device_all >$pg/kpktgend_0
	echo "add_device $1" >$pg/kpktgend_0
	# Caches and pools fill.
	[ -z "$warm" ] || cost $few "$1" "$2"
	cost $few "$1" "$2"
	per=$instructions
	irqs=$(interrupts) missing=$(arrived "$1")
	cost $many "$1" "$2"
	per=$(((instructions - per) / (many - few)))
	irqs=$(awk -v i=$(($(interrupts) - irqs)) -v n=$many \
		'BEGIN { printf "%.3f", i / n }')
	missing=$((missing + many - $(arrived "$1")))
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

# cost_modules - what the frames come from, and nobody else sends any
cost_modules() {
	modprobe pktgen
	modprobe dummy numdummies=0
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
}
