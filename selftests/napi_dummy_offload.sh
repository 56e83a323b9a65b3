#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests work that the NIC and the driver do for the stack: segmentation, checksums, XDP and XPS.
# Also tests devices that are stacked on a network device: VLAN, bridge and bond. Each test that
# sends data with TCP compares the data at the other end.

. ./lib.sh
. ./napi_dummy_lib.sh

need_modules bh_testbench napi_dummy_netdev
dir=$(mktemp -d)
trap 'unpair; rm -rf "$log" "$dir"' EXIT

# tcp ADDRESS [MIB] - send MIB MiB (default: 3) to ADDRESS at the other end. The same data must arrive
# there, and no checksum may be wrong
tcp() {
	command -v iperf3 >/dev/null || skip "needs iperf3"
	_wrong=$(csum_errors)
	file_by_tcp "$1" "${2:-3}" && want "checksums that were wrong" "$_wrong" "$(csum_errors)"
}

# csum_errors - print how many wrong TCP checksums the receiving stack has found. The stack checks
# only packets whose checksum the NIC has not checked
csum_errors() {
	# shellcheck disable=SC2016 # awk expands them
	in_b awk '$1 == "Tcp:" { n = $NF } END { print n }' /proc/net/snmp
}

all_on() {
	in_a ethtool -K nd0 sg on tx on tso on gso on && in_b ethtool -K nd1 rx on gro on
}

# with SETTING... -- SETTING... - with ethtool -K, change the settings before "--" on the sender and
# the settings after it on the receiver, then send data with TCP
with() {
	_a=
	while [ "$1" != -- ]; do
		_a="$_a $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # words
	{ [ -z "$_a" ] || in_a ethtool -K nd0 $_a; } &&
	{ [ $# = 0 ] || in_b ethtool -K nd1 "$@"; } && tcp 192.0.2.2
	_rc=$?
	all_on && all_adds_up && return $_rc
}

# The sender has five settings, and the receiver has four. The test uses ten of the twenty combinations,
# because all of them would take twice as long.
combinations() {
	strategy "$1" && addresses &&
	with -- && with -- rx off && with -- gro off && with -- rx off gro off &&
	with tso off -- && with tso off -- rx off && with gso off tso off -- &&
	with sg off -- && with tx off -- && with tx off -- rx off gro off
}

capture_ready() {
	grep -q 'listening on' "$log.tcpdump"
}

# tcpdump on the sender sees a TCP packet before the NIC divides it. So this packet is longer than a
# frame on the wire.
segmented() {
	strategy ring && addresses || return
	ip netns exec bh_a tcpdump -Z root -n -i nd0 -s 64 -w "$dir/pcap" src 192.0.2.1 \
		2>"$log.tcpdump" &
	_tcpdump=$!
	await 60 capture_ready && tcp 192.0.2.2
	_rc=$?
	kill $_tcpdump
	wait $_tcpdump
	_longest=$(tcpdump -e -n -r "$dir/pcap" 2>/dev/null | awk '
		{ for (i = 1; i < NF; i++) if ($i == "length" && $(i + 1) + 0 > n) n = $(i + 1) + 0 }
		END { print n + 0 }')
	rm -f "$log.tcpdump"
	echo "the longest packet that was sent: $_longest"
	[ $_rc -eq 0 ] && [ "$_longest" -gt 1514 ] && all_adds_up &&
	want "frames too long" 0 "$(nic 1 rx_too_long)"
}

ipv6() {
	for _end in "bh_a nd0 fd00::1" "bh_b nd1 fd00::2"; do
		# shellcheck disable=SC2086 # words
		set -- $_end
		ip netns exec "$1" sysctl -qw "net.ipv6.conf.$2.disable_ipv6=0" &&
		ip -n "$1" addr add "$3/64" dev "$2" nodad || return
	done
	tcp fd00::2 && with -- rx off
	_rc=$?
	in_a sysctl -qw net.ipv6.conf.nd0.disable_ipv6=1
	in_b sysctl -qw net.ipv6.conf.nd1.disable_ipv6=1
	return $_rc
}

# The transmitting worker neither divides packets nor computes checksums, so segmentation offload
# must be off.
by_worker() {
	flags tx-work on && addresses &&
	in_a ethtool -k nd0 | grep -q '^tcp-segmentation-offload: off' && tcp 192.0.2.2 &&
	flags tx-work off && addresses &&
	in_a ethtool -k nd0 | grep -q '^tcp-segmentation-offload: on'
}

# over KIND OPTION... - stack a device of this kind on each end, and send data with TCP through both
over() {
	_kind=$1
	shift
	for _end in "bh_a nd0 198.51.100.1" "bh_b nd1 198.51.100.2"; do
		_ns=${_end%% *}
		_dev=${_end#* }
		_dev=${_dev% *}
		case $_kind in
		vlan)	ip -n "$_ns" link add link "$_dev" name top type vlan id 5 || return ;;
		*)	ip -n "$_ns" link add top type "$_kind" "$@" || return
			ip -n "$_ns" link set "$_dev" down
			ip -n "$_ns" link set "$_dev" master top || return
			ip -n "$_ns" link set "$_dev" up ;;
		esac
		ip -n "$_ns" addr add "${_end##* }/24" dev top
		ip -n "$_ns" link set top up || return
	done
	await 60 in_a ping -q -c 1 -W 1 198.51.100.2 && tcp 198.51.100.2
	_rc=$?
	ip -n bh_a link del top
	ip -n bh_b link del top
	up && addresses && all_adds_up && return $_rc
}

vlan() {
	modinfo 8021q >/dev/null 2>&1 || skip "no VLANs here"
	over vlan
}

bridge() {
	modinfo bridge >/dev/null 2>&1 || skip "no bridge here"
	over bridge
}

bond() {
	modinfo bonding >/dev/null 2>&1 || skip "no bonding here"
	modprobe bonding max_bonds=0
	over bond "$@"
}

# There is no test with a team device. The kernel's team driver does not speak LACP itself: teamd does,
# and the VM has no teamd. What teamd needs from the driver is a multicast address, which
# napi_dummy_config.sh tests.

# stack - put a bond, a VLAN and a bridge on each end, one over the other, and send data with TCP
# through all three
stack() {
	for _module in bonding 8021q bridge; do
		modinfo $_module >/dev/null 2>&1 || skip "no $_module here"
	done
	modprobe bonding max_bonds=0
	strategy "$1" || return
	for _end in "bh_a nd0 198.51.100.1" "bh_b nd1 198.51.100.2"; do
		# shellcheck disable=SC2086 # words
		set -- $_end
		ip -n "$1" link add low type bond mode active-backup miimon 100 &&
		ip -n "$1" link set "$2" down && ip -n "$1" link set "$2" master low &&
		ip -n "$1" link set "$2" up && ip -n "$1" link add link low name tag type vlan id 5 &&
		ip -n "$1" link add top type bridge && ip -n "$1" link set tag master top &&
		ip -n "$1" addr add "$3/24" dev top || return
		for _dev in low tag top; do
			ip -n "$1" link set $_dev up || return
		done
	done
	await 60 in_a ping -q -c 1 -W 1 198.51.100.2 && tcp 198.51.100.2 1
	_rc=$?
	for _ns in bh_a bh_b; do
		for _dev in top tag low; do
			ip -n $_ns link del $_dev
		done
	done
	up && addresses && all_adds_up && return $_rc
}

# XDP --------------------------------------------------------------------------

# under VERDICT COMMAND... - run COMMAND while nd1 has an XDP program that always returns VERDICT
under() {
	_verdict=$1
	shift
	in_b ./napi_dummy_ctl xdp nd1 "$_verdict" ip netns exec bh_a "$@"
}

neighbours() {
	in_a ip neigh replace 192.0.2.2 lladdr "$(in_b cat /sys/class/net/nd1/address)" \
		dev nd0 nud permanent
}

xdp() {
	strategy "$1" && addresses && neighbours || return
	under pass ping -q -c 5 -i 0.1 -W 20 192.0.2.2 || return
	_dropped=$(driver 1 rx_xdp_dropped)
	! under drop ping -q -c 5 -i 0.1 -W 1 192.0.2.2 || return
	_dropped=$(($(driver 1 rx_xdp_dropped) - _dropped))
	_back=$(nic 0 rx_frames)
	_sent=$(driver 1 rx_xdp_sent)
	! under tx ping -q -c 5 -i 0.1 -W 1 192.0.2.2 || return
	_back=$(($(nic 0 rx_frames) - _back))
	_sent=$(($(driver 1 rx_xdp_sent) - _sent))
	echo "$_dropped dropped, $_sent sent back, $_back came back"
	[ "$_dropped" -ge 5 ] && [ "$_sent" -ge 5 ] && [ "$_back" -ge 5 ] &&
	! under aborted ping -q -c 2 -i 0.1 -W 1 192.0.2.2 &&
	in_a ping -q -c 5 -i 0.1 -W 20 192.0.2.2 && all_adds_up
}

# The XDP program sends every frame back, through the smallest possible TX ring.
xdp_flood() {
	strategy "$1" && in_b ethtool -G nd1 tx 32 && await 30 carrier || return
	in_b ./napi_dummy_ctl xdp nd1 tx ./napi_dummy_frames -l -n "$(scaled 20000)" -w 0 -f 4 \
		bh_a nd0 bh_b nd1
	in_b ethtool -G nd1 tx 256 && await 30 carrier && all_adds_up &&
	frames -n 500 -w 32 && all_adds_up
}

# features_are N - netlink must show the XDP features N of both devices. In 6.1 it does not show them
features_are() {
	for _end in "bh_a nd0" "bh_b nd1"; do
		_shown=$(ip netns exec "${_end% *}" ./napi_dummy_netlink "${_end#* }" |
			awk '/^xdp features/ { print $3 }')
		[ -z "$_shown" ] || want "XDP features of ${_end#* }" "$1" "$_shown" || return
	done
}

# Netlink must show no XDP features while the driver refuses a program. 1 is NETDEV_XDP_ACT_BASIC.
xdp_elsewhere() {
	strategy workqueue && addresses && features_are 0 && ! under pass true &&
	strategy napi && features_are 1 && flags tx-work on && features_are 0 &&
	! in_a ./napi_dummy_ctl xdp nd0 pass true && flags tx-work off && features_are 1 &&
	addresses && under pass true
}

# An XDP program must stay attached while the settings of its device change.
xdp_stays() {
	strategy ring && addresses && neighbours &&
	in_b ./napi_dummy_ctl xdp nd1 drop sh -c '
		ethtool -G nd1 rx 512 && ethtool -L nd1 combined 3 && ip link set nd1 mtu 3000 &&
		ip link set nd1 down && ! ethtool --set-priv-flags nd1 workqueue on &&
		! ethtool --set-priv-flags nd1 tx-work on && ip link set nd1 up &&
		! ip netns exec bh_a ping -q -c 2 -W 1 192.0.2.2'
	_rc=$?
	in_b ethtool -G nd1 rx 256 && in_b ethtool -L nd1 combined 2 && spread &&
	in_b ip link set nd1 mtu 1500 && await 30 carrier && addresses &&
	in_a ping -q -c 2 -W 20 192.0.2.2 && return $_rc
}

# XPS gives each CPU its own queue: CPU 1 sends through queue 1. spread() has switched XPS off, so
# the test removes queue 1 and adds it again: a new queue has XPS on.
xps() {
	[ "$(nproc)" -eq 2 ] || skip "needs two CPUs"
	[ -e /sys/class/net/lo/queues/tx-0/xps_cpus ] || skip "no XPS here"
	in_a ethtool -L nd0 combined 1 && in_a ethtool -L nd0 combined 2 && await 30 carrier ||
		return
	want "CPUs of queue 1" 2 "$(in_a cat /sys/class/net/nd0/queues/tx-1/xps_cpus)" &&
	in_a sh -c 'echo 1 >/sys/class/net/nd0/queues/tx-0/xps_cpus'
	_before=$(in_a ethtool -S nd0 | awk '$1 == "tx1_packets:" { print $2 }')
	taskset -c 1 ./napi_dummy_frames -n 200 -w 8 -f 16 bh_a nd0 bh_b nd1
	_rc=$?
	_after=$(in_a ethtool -S nd0 | awk '$1 == "tx1_packets:" { print $2 }')
	spread
	echo "$((_after - _before)) of 200 by queue 1"
	[ $_rc -eq 0 ] && [ $((_after - _before)) -eq 200 ]
}

# shellcheck disable=SC2086 # words
set -- $nd_tested
plan $((17 + $#))
check "a pair of devices with addresses" addressed_pair
for s in napi ring; do
	check "$s: TCP, with offloads switched on and off" combinations "$s"
done
check "the NIC divides long TCP packets" segmented
check "TCP over IPv6" ipv6
check "transmitting by a worker: no offloads" by_worker
check "TCP over a VLAN" vlan
check "TCP over a bridge" bridge
check "TCP over a bond" bond mode active-backup miimon 100
# The bond logs this message until the first LACPDU of the other side arrives.
check_allowing 'No 802.3ad response from the link partner' "TCP over a bond, by LACP" \
	bond mode 802.3ad miimon 100 lacp_rate fast
for s in $nd_tested; do
	check "$s: TCP over a bridge over a VLAN over a bond" stack "$s"
done
for s in napi ring; do
	check "$s: XDP: pass, drop, tx, aborted" xdp "$s"
done
check "napi: XDP sends a flood back" xdp_flood napi
check "XDP is refused if the strategy does not support it" xdp_elsewhere
check "an XDP program stays attached while rings change" xdp_stays
check "XPS: each CPU has its queue" xps
check "the module can be unloaded" unpair
ktap_finished
