#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# cost.sh [FRAMES] - what a frame costs, in instructions, device by device.
#
# Run it in the virtual machine, one CPU, exact measurement:
#
#	vm/run --icount -- /lab/napi_dummy_netdev/cost.sh
#
# There one instruction takes one nanosecond, so pktgen's time is a count: to make
# a frame of 60 bytes, send it, receive it at the other end as far as the IP layer,
# which drops it, and free it. "irqs/frame" counts interrupts of the card that
# receives. Outside --icount the numbers are nanoseconds of whatever machine it is.
set -eu

frames=${1:-20000}
pg=/proc/net/pktgen
nd=/sys/kernel/debug/napi_dummy

modprobe pktgen
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1

# blast INTERFACE MAC - send $frames; prints nanoseconds a frame
blast() {
	echo rem_device_all >$pg/kpktgend_0
	echo "add_device $1" >$pg/kpktgend_0
	for word in "count $frames" "pkt_size 60" "clone_skb 0" "delay 0" \
			"dst_mac $2" "dst 192.0.2.2" "src_min 192.0.2.1" \
			"src_max 192.0.2.1" "queue_map_min 0" "queue_map_max 0"; do
		echo "$word" >"$pg/$1"
	done
	echo start >$pg/pgctrl
	# Result: OK: 31660000(c31660000+d0) usec, 20000 (60byte,0frags)
	awk -v n="$frames" '/^Result: OK/ { getline line; split($3, us, "(")
		printf "%.0f\n", us[1] * 1000 / n }' "$pg/$1"
}

# mac INTERFACE
mac() {
	cat "/sys/class/net/$1/address"
}

# await_up INTERFACE
await_up() {
	until [ "$(cat "/sys/class/net/$1/carrier" 2>/dev/null)" = 1 ]; do
		sleep 0.01
	done
}

counter() {
	awk -v n="$2" '$1 == n { print $2 }' "$nd/$1/counters"
}

# row NAME NANOSECONDS IRQS FRAMES-MISSED
row() {
	printf '%-24s %12s %12s %8s\n' "$@"
}

# nd NAME FLAG [rx-usecs] - one row
strategy() {
	ip link set nd0 down
	ip link set nd1 down
	ethtool --show-priv-flags nd1 | grep -q "^$2 *: on" ||
		ethtool --set-priv-flags nd1 "$2" on
	ethtool -C nd1 rx-usecs "$3" 2>/dev/null || :
	ip link set nd0 up
	ip link set nd1 up
	await_up nd0
	await_up nd1
	irqs=$(counter nd1 interrupts)
	missed=$(counter nd1 rx_missed)
	ns=$(blast nd0 "$(mac nd1)")
	row "$1" "$ns" "$(awk -v i=$(($(counter nd1 interrupts) - irqs)) -v n="$frames" \
		'BEGIN { printf "%.3f", i / n }')" $(($(counter nd1 rx_missed) - missed))
}

row device instructions irqs/frame missed
modprobe dummy numdummies=0
ip link add cost0 type dummy
ip link set cost0 up
row dummy "$(blast cost0 02:00:00:00:00:01)" - -
ip link del cost0

ip link add cost0 type veth peer name cost1
ethtool -K cost1 gro on
ip link set cost0 up
ip link set cost1 up
await_up cost0
row 'veth, GRO on' "$(blast cost0 "$(mac cost1)")" - -
ip link del cost0

modprobe napi_dummy_netdev queues=1
strategy napi napi 32
strategy 'napi, rx-usecs 0' napi 0
strategy workqueue workqueue 32
strategy tasklet tasklet 32
strategy threaded threaded 32
strategy netif_rx netif_rx 32
strategy 'netif_rx, rx-usecs 0' netif_rx 0
echo rem_device_all >$pg/kpktgend_0
rmmod napi_dummy_netdev pktgen
