#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# frames.sh - measure what a frame costs in the network driver, for each strategy. For comparison it
# also measures dummy, veth and netdevsim (which only debug kernels have). Runs in the VM, with one
# CPU and exact measurement. Prints lines with fields separated by tabs:
#
#	idle    WHAT  the nanoseconds that WHAT took, and how many of them were counted as busy
#	frames  DEVICE SIZE LOAD QUEUES  frames sent, instructions, interrupts, frames lost
#	stream  DEVICE  MiB sent, instructions, TCP segments that were sent again
#	effect  STRATEGY FRAMES-UNDER-WAY  interrupts per frame
#
# Each device is measured several times, with different numbers of frames. Each measurement is one
# point, and has one line "frames". From these points lib/fit.py computes what a frame costs. One
# TCP connection is measured in the same way, with different amounts of data ("stream"). LOAD is the
# number of frames per second, or "flood" if pktgen sends as fast as it can. With the load 1000,
# pktgen sleeps between frames. So the cost of a frame includes waking pktgen, even for dummy. With
# the load 50000 pktgen spins between frames, so this load only shows the effect of interrupt
# moderation.
cd "$(dirname "$0")/../napi_dummy_netdev" || exit
# shellcheck source=../selftests/bench.sh
. ../selftests/bench.sh
# shellcheck source=lib/frame_cost.sh
. ../measure/lib/frame_cost.sh

one_cpu frames.sh
cost_modules frames.sh
sed 's/^/idle /; s/ /\t/g' $busy/checked
[ -d "$bench" ] || insmod ../testbench/bh_testbench.ko || exit

# row DEVICE INTERFACE MAC - print the points for frames of $size bytes at $load
row() {
	delay=0 counts='1200 400 2000 800 1600'
	[ "$load" = flood ] || delay=$((1000000000 / load)) counts='300 100 500 200 400'
	[ "$load/$size" != flood/60 ] || counts='2400 800 4000 1600 3200'
	points "$2" "$3" | sed "s/^/frames\t$1\t$size\t$load\t$queues\t/; s/ \([0-9]*\) \([0-9]*\) \(-*[0-9]*\)\$/\t\1\t\2\t\3/"
}

# mtu INTERFACE... - make the MTU large enough for frames of $size bytes
mtu() {
	for interface; do
		ip link set "$interface" mtu $((size > 1514 ? 9000 : 1500))
	done
}

# each DEVICE INTERFACE MAC - measure every size and load. All devices here accept a new MTU while
# they are up.
each() {
	for size in 60 1514 9000; do
		warm=yes
		case $2 in
		nd0) mtu nd0 nd1; await 60 is_up nd0; await 60 is_up nd1 ;;
		cost_v0) mtu cost_v0 cost_v1 ;;
		cost_s0) mtu cost_s0 cost_s1 ;;
		*) mtu "$2" ;;
		esac
		for load in flood 50000 1000; do
			case $load/$size/$2 in
			50000/60/nd0) ;;
			50000/*) continue ;;
			esac
			row "$@"
			warm=
		done
	done
}

# nd NAME FLAG RX-USECS - measure the network driver with one strategy, as device NAME
nd() {
	receive_by "$2" "$3"
	each "$1" nd0 "$(mac nd1)"
}

dummy_up
each dummy cost_d 02:00:00:00:00:01
ip link del cost_d

veth_up
each veth cost_v0 "$(mac cost_v1)"
ip link del cost_v0

if netdevsim_up; then
	each netdevsim cost_s0 "$(mac cost_s1)"
	netdevsim_down
fi

insmod ./napi_dummy_netdev.ko queues=4
ethtool -L nd0 combined 1
ethtool -L nd1 combined 1
ethtool -G nd1 rx 4096
ip link set nd0 up
nd napi napi 32
nd 'napi, rx-usecs 0' napi 0
nd ring ring 32
nd workqueue workqueue 32
nd tasklet tasklet 32
nd threaded threaded 32
nd netif_rx netif_rx 32
nd 'netif_rx, rx-usecs 0' netif_rx 0

# Now measure more queues on the same CPU. Each queue has its own interrupt and NAPI instance.
size=60 load=flood warm=yes
for queues in 2 4; do
	for strategy in napi workqueue; do
		ethtool -L nd0 combined $queues
		ethtool -L nd1 combined $queues
		receive_by $strategy 32
		row $strategy nd0 "$(mac nd1)"
	done
done
echo rem_device_all >$pg/kpktgend_0
rmmod napi_dummy_netdev

# sides INTERFACE0 INTERFACE1 - make the namespaces side0 and side1, and move one end into each
sides() {
	for end in 0 1; do
		ip netns add side$end
		ip netns exec side$end sysctl -qw net.ipv6.conf.default.disable_ipv6=1 \
			net.ipv6.conf.all.disable_ipv6=1
		ip link set "$1" netns side$end
		shift
	done
}

no_sides() {
	ip netns del side0
	ip netns del side1
}

in_0() {
	ip netns exec side0 "$@"
}

in_1() {
	ip netns exec side1 "$@"
}

up_1() {
	[ "$(in_1 cat /sys/class/net/nd1/carrier)" = 1 ]
}

# receives STRATEGY RX-USECS RX-FRAMES - set how nd1 receives, and how long it delays interrupts
receives() {
	in_1 ip link set nd1 down
	in_1 ethtool --show-priv-flags nd1 | grep -q "^$1 *: on" ||
		in_1 ethtool --set-priv-flags nd1 "$1" on
	in_1 ethtool -C nd1 rx-usecs "$2" rx-frames "$3" >/dev/null 2>&1
	in_1 ip link set nd1 up
	await 60 up_1
}

# served INTERFACE0 INTERFACE1 - give both ends an address, and start a server in side1
served() {
	in_0 ip address add 192.0.2.0/31 dev "$1"
	in_1 ip address add 192.0.2.1/31 dev "$2"
	in_0 ip link set "$1" up
	in_1 ip link set "$2" up
	in_1 ../measure/stream 5201 &
	server=$!
	await 60 listening
}

listening() {
	in_1 ss -Hltn | grep -q :5201
}

no_offloads() {
	for end in 0 1; do
		ip netns exec side$end ethtool -K "$1" tso off gso off gro off tx off rx off sg off
		shift
	done >/dev/null
}

sent_again() {
	# shellcheck disable=SC2016 # awk's
	in_0 awk '$1 == "Tcp:" { n = $13 } END { print n }' /proc/net/snmp
}

# stream NAME - print the points of one TCP connection from side0 to side1. A first connection fills
# caches and pools, and is not counted
stream() {
	in_0 ../measure/stream 192.0.2.1 5201 16 || exit
	lines=
	for mib in 16 48 24 40 32 16 48 24 40 32; do
		again=$(sent_again)
		read -r began <$busy/busy
		in_0 ../measure/stream 192.0.2.1 5201 $mib || exit
		read -r ended <$busy/settled
		lines="$lines$1	$mib	$((ended - began))	$(($(sent_again) - again))
"
	done
	printf %s "$lines" | sed 's/^/stream\t/'
}

veth_up
sides cost_v0 cost_v1
served cost_v0 cost_v1
stream veth
no_offloads cost_v0 cost_v1
stream 'veth, no offloads'
kill $server
no_sides

insmod ./napi_dummy_netdev.ko queues=1
ethtool -G nd1 rx 4096
sides nd0 nd1
in_0 ip link set nd0 up
receives napi 32 64
served nd0 nd1
stream napi
receives ring 32 64
stream ring
no_offloads nd0 nd1
stream 'ring, no offloads'
receives napi 32 64
stream 'napi, no offloads'
kill $server
no_sides
await 60 rmmod napi_dummy_netdev

# Measure the effect of NAPI: if the time between frames is shorter, there are fewer interrupts. The
# sender moves up to 32 waiting frames in one transfer. So frames come closer together if more
# frames are under way. A transfer takes long here (100 us), so that many frames wait. There is no
# interrupt moderation.
insmod ./napi_dummy_netdev.ko queues=1
sides nd0 nd1
in_0 ethtool --set-priv-flags nd0 tx-work on
echo 100000 >/sys/kernel/debug/napi_dummy/nd0/dma_ns
in_0 ip link set nd0 up
frames=1000
for strategy in napi workqueue tasklet threaded netif_rx; do
	receives $strategy 0 1
	for window in 1 2 4 8 16 32 64; do
		irqs=$(interrupts)
		../selftests/napi_dummy_frames -n $frames -w $window -f 1 \
			side0 nd0 side1 nd1 >/dev/null || exit
		printf 'effect\t%s\t%s\t%s\n' $strategy $window \
			"$(awk -v i=$(($(interrupts) - irqs)) -v n=$frames \
				'BEGIN { printf "%.3f", i / n }')"
	done
done
no_sides
await 60 rmmod napi_dummy_netdev
