#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests whether the network driver does what the network stack and its tools expect of a network
# device. napi_dummy.sh tests whether the driver transports frames.

. ./lib.sh
. ./napi_dummy_lib.sh

need_modules bh_testbench napi_dummy_netdev
trap 'unpair; rmmod netconsole pktgen 2>/dev/null; rm -f "$log" "$log".*' EXIT

# says COMMAND... - each line of stdin must be a line of the output of COMMAND; any white space counts
# as one space
says() {
	"$@" >"$log.out" || return
	sed -e 's/[[:space:]][[:space:]]*/ /g' -e 's/^ //' "$log.out" >"$log.says"
	while read -r _line; do
		grep -qxF "$_line" "$log.says" || {
			echo "no '$_line' in:"
			cat "$log.says"
			return 1
		}
	done
}

settings() {
	says in_b ethtool -i nd1 <<-END &&
		driver: napi_dummy
		bus-info: nd1
		supports-statistics: yes
		supports-priv-flags: yes
	END
	in_b ethtool -G nd1 rx 100 tx 33 && says in_b ethtool -g nd1 <<-END &&
		RX: 128
		TX: 64
	END
	! in_b ethtool -G nd1 rx 4 && ! in_b ethtool -G nd1 rx 5000 &&
	in_b ethtool -G nd1 rx 256 tx 256 &&
	in_b ethtool -L nd1 combined 3 && ! in_b ethtool -L nd1 combined 9 &&
	! in_b ethtool -L nd1 combined 0 && in_b ls /sys/class/net/nd1/queues/rx-2 &&
	! in_b ls /sys/class/net/nd1/queues/rx-3 && in_b ethtool -L nd1 combined 2 && spread &&
	in_b ethtool -C nd1 rx-usecs 50 rx-frames 7 tx-usecs 60 tx-frames 9 &&
	says in_b ethtool -c nd1 <<-END &&
		rx-usecs: 50
		rx-frames: 7
		tx-usecs: 60
		tx-frames: 9
	END
	! in_b ethtool -C nd1 rx-usecs 10001 && default_moderation && await 30 carrier &&
	says in_b ethtool nd1 <<-END
		Speed: 10000Mb/s
		Duplex: Full
		Link detected: yes
	END
}

# soon COMMAND... - run COMMAND until it succeeds, for at most 10 s. COMMAND compares counters. The
# kernel may send an ARP request at any time, and if this frame arrives after COMMAND has read the
# first counter, the next counter differs. If COMMAND still fails after 10 s, the difference is
# real: run COMMAND once more and show its output
soon() {
	await 10 "$@" >/dev/null || "$@"
}

# The counters of the queues must add up to the counters of the link.
statistics_agree() {
	for _n in 0 1; do
		want "nd$_n rx_packets" "$(link $_n rx_packets)" "$(driver $_n rx_packets)" &&
		want "nd$_n rx_bytes" "$(link $_n rx_bytes)" "$(driver $_n rx_bytes)" &&
		want "nd$_n tx_packets" "$(link $_n tx_packets)" "$(driver $_n tx_packets)" &&
		want "nd$_n tx_bytes" "$(link $_n tx_bytes)" "$(driver $_n tx_bytes)" ||
		return
	done
	want "nd1 rx_bytes, nd0 tx_bytes" "$(link 0 tx_bytes)" "$(link 1 rx_bytes)"
}

statistics() {
	frames -n 2000 -f 16 && all_adds_up || return
	_twice=$(in_b ethtool -S nd1 | awk '{ print $1 }' | sort | uniq -d)
	want "names that appear twice" "" "$_twice" && soon statistics_agree || return
	for _q in 0 1; do
		in_b ethtool -S nd1 | grep -q "rx${_q}_packets: [1-9]" || return
	done
}

# Netlink must show the same counters as ethtool, and the NAPI instance and interrupt of each queue.
netlink_agrees() {
	in_b ./napi_dummy_netlink nd1 >"$log.netlink"
	_rc=$?
	cat "$log.netlink"
	[ $_rc -eq 0 ] || return $_rc
	for _q in 0 1; do
		_irq=$(awk -v n="nd1-rx$_q" '$NF == n { print $1 + 0 }' /proc/interrupts)
		_id=$(awk -v q="rx-$_q" '$1 == q && $2 == "napi" { print $3 }' "$log.netlink")
		says cat "$log.netlink" <<-END || return
			napi $_id irq $_irq
			tx-$_q napi $_id
			rx-$_q packets $(in_b ethtool -S nd1 | awk "/ rx${_q}_packets:/ { print \$2 }")
			tx-$_q packets $(in_b ethtool -S nd1 | awk "/ tx${_q}_packets:/ { print \$2 }")
		END
	done
	says cat "$log.netlink" <<-END
		device rx_packets $(link 1 rx_packets)
		device tx_packets $(link 1 tx_packets)
	END
}

netlink() {
	soon netlink_agrees
}

# Netlink must show the page pool of each queue, and the NAPI instance that uses this pool.
pools() {
	strategy ring || return
	in_b ./napi_dummy_netlink nd1 >"$log.netlink"
	_rc=$?
	cat "$log.netlink"
	[ $_rc -eq 0 ] || return $_rc
	for _q in 0 1; do
		_id=$(awk -v q="rx-$_q" '$1 == q && $2 == "napi" { print $3 }' "$log.netlink")
		grep -qx "pool napi $_id" "$log.netlink" || return
	done
	strategy napi
}

# Reads what pools() has written. With the strategy ring, the driver takes a page for each of the 256
# descriptors when a device comes up.
pool_statistics() {
	grep '^pool allocated' "$log.netlink" || skip "no statistics of page pools here"
	[ "$(awk '/^pool allocated/ && $3 >= 256' "$log.netlink" | wc -l)" -ge 2 ]
}

netlink_fewer_queues() {
	in_b ethtool -L nd1 combined 1 && await 30 carrier || return
	in_b ./napi_dummy_netlink nd1 >"$log.netlink"
	_rc=$?
	cat "$log.netlink"
	in_b ethtool -L nd1 combined 2 && spread && await 30 carrier
	[ $_rc -eq 0 ] || return $_rc
	# The counts of a queue that is no longer in use still belong to the device.
	! grep -q '^rx-1' "$log.netlink" && says cat "$log.netlink" <<-END
		device rx_packets $(link 1 rx_packets)
	END
}

renamed_and_moved() {
	ip netns add bh_c && in_b ip link set nd1 down &&
	in_b ip link set nd1 name other && in_b ip link set other netns bh_c &&
	ip -n bh_c link set other up && await 30 in_a sh -c 'ip -br link show nd0 | grep LOWER_UP' &&
	./napi_dummy_frames -n 2000 -f 8 bh_a nd0 bh_c other &&
	ip -n bh_c -d link show other | grep napi_dummy &&
	ip -n bh_c link set other down && ip -n bh_c link set other name nd1 && ip -n bh_c link set nd1 netns bh_b
	_rc=$?
	ip netns del bh_c
	up && in_b ip addr replace 192.0.2.2/24 dev nd1 && frames -n 2000 && all_adds_up &&
	grep nd1-rx0 /proc/interrupts && return $_rc
}

# A device must show the index and the namespace of its other end.
peer_shown() {
	says in_a cat /sys/class/net/nd0/iflink <<-END &&
		$(in_b cat /sys/class/net/nd1/ifindex)
	END
	in_a ip link show nd0 | grep link-netns &&
	in_a ethtool -S nd0 | grep -qw "peer_ifindex: $(in_b cat /sys/class/net/nd1/ifindex)"
}

mtus() {
	for _mtu in 68 576 9000 1500; do
		in_a ip link set nd0 mtu $_mtu && in_b ip link set nd1 mtu $_mtu &&
		await 30 carrier && frames -n 500 -s $((_mtu + 14)) -w 32 || return
	done
	all_adds_up
}

# ordered QUEUES - with this number of queues, the frames of each of 64 flows must arrive in order
ordered() {
	in_a ethtool -L nd0 combined "$1" && in_b ethtool -L nd1 combined "$1" &&
	spread && await 30 carrier && frames -n 5000 -f 64
	_rc=$?
	_used=$(in_b ethtool -S nd1 | grep -c 'rx[0-9]_packets: [1-9]')
	in_a ethtool -L nd0 combined 2 && in_b ethtool -L nd1 combined 2 && spread
	# A random hash decides which flow uses which queue, so a queue may remain unused.
	await 30 carrier && echo "$_used of $1 queues used" &&
	[ "$_used" -gt $(($1 / 2)) ] && return $_rc
}

# cpus_of NAME - print how often each of two CPUs has handled the interrupt NAME
cpus_of() {
	awk -v n="$1" '$NF == n { print $2, $3 }' /proc/interrupts
}

affinity() {
	[ "$(nproc)" -eq 2 ] || skip "needs two CPUs"
	in_a ethtool -L nd0 combined 1 && in_b ethtool -L nd1 combined 1 &&
	await 30 carrier || return
	_irq=$(awk '$NF == "nd1-rx0" { print $1 + 0 }' /proc/interrupts)
	_rc=0
	for _cpu in 1 0; do
		echo $_cpu >"/proc/irq/$_irq/smp_affinity_list"
		_was=$(cpus_of nd1-rx0)
		frames -n 500 -w 1 -f 1 || _rc=1
		_now=$(cpus_of nd1-rx0)
		echo "CPUs had $_was, $_now; affinity $_cpu"
		[ "${_was#* }" -eq "${_now#* }" ] || [ $_cpu -eq 1 ] || _rc=1
		[ "${_was% *}" -eq "${_now% *}" ] || [ $_cpu -eq 0 ] || _rc=1
		[ "$_was" != "$_now" ] || _rc=1
	done
	in_a ethtool -L nd0 combined 2 && in_b ethtool -L nd1 combined 2 && spread &&
	await 30 carrier && return $_rc
}

# longest FILE - print the length of the longest captured packet
longest() {
	tcpdump -e -n -r "$1" 2>/dev/null | awk '
		{ for (i = 1; i < NF; i++) if ($i == "length" && $(i + 1) + 0 > n) n = $(i + 1) + 0 }
		END { print n + 0 }'
}

capture_ready() {
	grep -q 'listening on' "$log.tcpdump"
}

# capture GRO - send 8 MiB with TCP, and set $longest to the longest packet that the stack got
capture() {
	in_b ethtool -K nd1 gro "$1" && in_b ethtool -C nd1 rx-usecs 500 rx-frames 0 ||
		return
	ip netns exec bh_b tcpdump -Z root -n -i nd1 -s 64 -w "$log.pcap" \
		src 192.0.2.1 2>"$log.tcpdump" &
	_tcpdump=$!
	in_b iperf3 -s -1 >/dev/null &
	_server=$!
	await 60 capture_ready && await 60 listening && in_a iperf3 -c 192.0.2.2 -n 8M
	_rc=$?
	wait $_server
	kill $_tcpdump
	wait $_tcpdump
	longest=$(longest "$log.pcap")
	echo "GRO $1: longest packet $longest"
	return $_rc
}

# If several segments of a flow arrive in one poll, they must reach the stack as one packet.
gro() {
	capture on && [ "$longest" -gt 1514 ] && capture off && [ "$longest" -eq 1514 ]
	_rc=$?
	in_b ethtool -K nd1 gro on && default_moderation && return $_rc
}

# netstat COUNTER - print a TcpExt counter of /proc/net/netstat
netstat() {
	in_a cat /proc/net/netstat | awk -v n="$1" '$1 == "TcpExt:" {
		if (!names) { names = split($0, name) } else
			for (i = 2; i <= names; i++) if (name[i] == n) print $i }'
}

busy_poll() {
	strategy "$1" && addresses || return
	_before=$(netstat BusyPollRxPackets)
	busy_pings 192.0.2.2 100 "$2"
	_rc=$?
	_found=$(($(netstat BusyPollRxPackets) - _before))
	echo "$_found of 100 found by busy polling"
	# Busy polling may miss some answers: the interrupt may come first, or the worker may need
	# this CPU. If no task busy-polls, the count is 0.
	[ $_rc -eq 0 ] && [ $_found -gt 0 ]
}

# net.core.busy_read turns busy polling on for all sockets, without a change to the program.
busy_read() {
	_was=$(cat /proc/sys/net/core/busy_read)
	echo 100000 >/proc/sys/net/core/busy_read
	busy_poll napi 0
	_rc=$?
	echo "$_was" >/proc/sys/net/core/busy_read
	return $_rc
}

listener_ready() {
	in_b ss -Hlun | grep -q ':6666 '
}

# netconsole sends the kernel log to the other end through netpoll, with interrupts off. The TX ring
# is as small as possible, and its interrupt is delayed. So netpoll may have to poll the device
# until the ring has room.
netconsole() {
	modinfo netconsole >/dev/null 2>&1 || skip "no netconsole here"
	strategy "$1" && in_a ethtool -G nd0 tx 32 && await 30 carrier &&
	in_a ethtool -C nd0 tx-usecs 10000 tx-frames 0 || return
	in_b ./napi_dummy_udp listen 6666 "end of $1" >"$log.console" &
	_listener=$!
	_levels=$(cat /proc/sys/kernel/printk)
	if ! await 30 listener_ready || ! console_on; then
		kill $_listener
		console_off
		return 1
	fi
	dmesg -n 7
	for _i in $(seq 200); do
		echo "<6>napi_dummy: line $_i by $1" >/dev/kmsg
	done
	echo "<6>napi_dummy: end of $1" >/dev/kmsg
	wait $_listener
	_rc=$?
	echo "$_levels" >/proc/sys/kernel/printk
	console_off
	in_a ethtool -C nd0 tx-usecs 64 tx-frames 64
	in_a ethtool -G nd0 tx 256 && await 30 carrier &&
	want "lines that arrived" 200 "$(grep -c "line [0-9]* by $1" "$log.console")" &&
	all_adds_up && return $_rc
}

# pg COMMAND FILE - write COMMAND to a file of pktgen
pg() {
	in_a sh -c "echo '$1' >/proc/net/pktgen/$2"
}

pktgen() {
	modprobe pktgen || skip "no pktgen here"
	_before=$(link 1 rx_packets)
	pg rem_device_all kpktgend_0 && pg "add_device nd0" kpktgend_0 || return
	for _word in "count 5000" "pkt_size 60" "clone_skb 0" \
			"dst_mac $(in_b cat /sys/class/net/nd1/address)" "dst 192.0.2.2"; do
		pg "$_word" nd0 || return
	done
	pg start pgctrl && in_a cat /proc/net/pktgen/nd0 | grep -q 'Result: OK' &&
	# pktgen sends as fast as it can, so the ring may have no room for some frames. These frames
	# are lost, and must be counted.
	all_adds_up && echo "$(($(link 1 rx_packets) - _before)) of 5000 received" &&
	want "frames sent" 5000 "$(($(nic 1 rx_frames) + $(nic 1 rx_missed) -
		_arrived))"
}

# neighbours NUD - tell each end of the pair the other's address. If NUD is permanent, neither end
# sends ARP requests for the other's address
neighbours() {
	in_a ip neigh replace 192.0.2.2 lladdr "$(in_b cat /sys/class/net/nd1/address)" dev nd0 nud "$1" &&
	in_b ip neigh replace 192.0.2.1 lladdr "$(in_a cat /sys/class/net/nd0/address)" dev nd1 nud "$1"
}

# Both ends must know each other's address beforehand, because the test would count an ARP request
# or reply as a frame of pktgen.
pktgen_flood() {
	neighbours permanent || return
	_arrived=$(($(nic 1 rx_frames) + $(nic 1 rx_missed)))
	pktgen
	_rc=$?
	pg rem_device_all kpktgend_0
	! [ -e "$(modinfo -n pktgen)" ] || rmmod pktgen
	neighbours reachable
	return $_rc
}

stops_and_wakes() {
	_stops=$(driver 0 tx_stops)
	_wakes=$(driver 0 tx_wakes)
}

# Uses the smallest TX ring. It also sets a high limit for BQL (byte queue limits), so that BQL does
# not stop the queue before the ring is full. The queue must stop when the ring is full, and wake
# when the ring has room. No frame may be lost.
stop_and_wake() {
	flags tx-work "$1" && in_a ethtool -G nd0 tx 32 && await 30 carrier &&
	in_a ethtool -C nd0 tx-usecs 500 tx-frames 0 || return
	for _q in 0 1; do
		in_a sh -c "echo 100000 >/sys/class/net/nd0/queues/tx-$_q/byte_queue_limits/limit_min"
	done
	frames -n 10000 -w 128 && all_adds_up
	_rc=$?
	stops_and_wakes
	echo "$_stops stops, $_wakes wakes"
	for _q in 0 1; do
		in_a sh -c "echo 0 >/sys/class/net/nd0/queues/tx-$_q/byte_queue_limits/limit_min"
	done
	in_a ethtool -G nd0 tx 256 && in_a ethtool -C nd0 tx-usecs 64 tx-frames 64 &&
	flags tx-work off
	# For each of the two queues, the numbers of stops and wakes may differ by one.
	[ $_rc -eq 0 ] && [ "$_stops" -gt 100 ] && [ $((_stops - _wakes)) -le 2 ] &&
	[ $((_wakes - _stops)) -le 2 ]
}

# bql NAME VALUE - set the BQL value NAME of both queues of nd0 to VALUE
bql() {
	for _q in 0 1; do
		in_a sh -c "echo $2 >/sys/class/net/nd0/queues/tx-$_q/byte_queue_limits/$1"
	done
}

# interrupts_of - send 500 frames, and set $irqs to the number of interrupts of nd0
interrupts_of() {
	_before=$(nic 0 interrupts)
	frames -n 500 -f 1 -w 64 || return
	irqs=$(($(nic 0 interrupts) - _before))
	echo "$irqs interrupts for 500 frames"
}

# With a limit of one byte, BQL gives the NIC only one frame at a time. BQL gives the NIC the next
# frame only after an interrupt has reported that the NIC has sent the previous frame. On a busy
# host one interrupt may report more than one frame, so the test does not require 500 interrupts.
byte_queue_limits() {
	in_a ethtool -C nd0 tx-usecs 1000 tx-frames 0 && interrupts_of || return
	_without=$irqs
	bql limit_max 1 && interrupts_of
	_rc=$?
	bql limit_max 1879048192
	in_a ethtool -C nd0 tx-usecs 64 tx-frames 64
	[ $_rc -eq 0 ] && [ "$irqs" -gt 300 ] && [ "$_without" -lt 200 ] &&
	for _q in 0 1; do
		want "bytes under way at rest" 0 \
			"$(in_a cat /sys/class/net/nd0/queues/tx-$_q/byte_queue_limits/inflight)" ||
			return
	done
}

# With threaded NAPI, a kernel thread runs the poll.
threaded() {
	strategy "$1" && in_b sh -c 'echo 1 >/sys/class/net/nd1/threaded' || return
	in_b ethtool -C nd1 rx-usecs 0 rx-frames 1
	pgrep -a napi/nd1
	_rc=$?
	frames -n 5000 -f 4 -w 64 || _rc=1
	in_b sh -c 'echo 0 >/sys/class/net/nd1/threaded' && default_moderation &&
	all_adds_up && return $_rc
}

bad_addresses() {
	! ip link add bad address 01:00:5e:00:00:01 type napi_dummy &&
	ip link add one numtxqueues 1 numrxqueues 1 type napi_dummy &&
	ip link del one
}

plan 38
check "a pair of devices with addresses" addressed_pair
check "ethtool: driver, rings, channels, moderation, and what is refused" settings
check "ethtool: statistics add up to those of the link" statistics
check "netlink: NAPI instances, interrupts and statistics of each queue" netlink
check "netlink: a page pool per queue" pools
check "netlink: statistics of the page pools" pool_statistics
check "netlink: the device's counters include those of queues no longer in use" netlink_fewer_queues
check "a device is renamed, and moved to another namespace" renamed_and_moved
check "each end shows where the other end is" peer_shown
check "frames of full length, for several MTUs" mtus
for n in 1 2 4 8; do
	check "$n queues: 64 flows in order" ordered $n
done
check "the interrupt goes where its affinity says" affinity
check "tcpdump sees that GRO works" gro
for s in napi ring workqueue tasklet threaded; do
	check "$s: busy polling (SO_BUSY_POLL)" busy_poll "$s" 100000
done
check "busy polling (net.core.busy_read)" busy_read
for s in napi ring workqueue tasklet threaded; do
	check "$s: netconsole" netconsole "$s"
done
check "pktgen" pktgen_flood
check "the transmit queue stops and wakes" stop_and_wake off
check "transmitting by a worker: the transmit queue stops and wakes" stop_and_wake on
check "byte queue limits respond" byte_queue_limits
for s in napi ring workqueue tasklet threaded; do
	check "$s: threaded NAPI" threaded "$s"
done
check "ip link add: a bad address, one queue" bad_addresses
check "the module can be unloaded" unpair
ktap_finished
