#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests settings of the network driver that users and tools change while it runs, and failures during
# such changes. A change that fails must leave everything as it was, and no change may lose another
# setting.

. ./lib.sh
. ./napi_dummy_lib.sh

need_modules bh_testbench napi_dummy_netdev
trap 'unpair; rm -f "$log" "$log".*' EXIT

# refused WORD COMMAND... - COMMAND must fail, and its message must contain WORD
refused() {
	_word=$1
	shift
	if "$@" >"$log.refused" 2>&1; then
		echo "not refused: $*"
		return 1
	fi
	cat "$log.refused"
	grep -qi "$_word" "$log.refused"
}

# Sets bits above the bit of the last private flag. The test uses the ioctl, which passes any bit to
# the driver, so the driver must refuse the bits. A driver that accepts them reads past the end of
# its table of strategies. It holds RTNL at this time, so if it crashes, RTNL stays locked, and
# networking no longer works.
unknown_private_flags() {
	in_a ip link set nd0 down || return
	_flags=$(in_a ethtool --show-priv-flags nd0 | grep -c ' *: o')
	for _bit in "$_flags" $((_flags + 1)) 31; do
		refused 'invalid argument' in_a ./napi_dummy_ctl spflags nd0 $((1 << _bit)) ||
			return
	done
	up
}

# The user requests the first free name, and the new device must get it. The driver itself chooses a
# name for the peer of this device. It must not choose the name that the user has requested.
first_free_name() {
	_name=$(first_free)
	ip link add "$_name" type napi_dummy && ip link show "$_name" &&
	ip link del "$_name"
}

first_free() {
	_i=0
	while ip link show nd$_i; do
		_i=$((_i + 1))
	done >/dev/null 2>&1
	echo nd$_i
}

both_named() {
	./napi_dummy_ctl add left right && ip link show left && ip link show right &&
	refused 'file exists' ./napi_dummy_ctl add other right &&
	! ip link show other && ip link del right && ! ip link show left
}

multicast_address() {
	in_a ip maddr add 01:80:c2:00:00:02 dev nd0 &&
	in_a ip maddr show dev nd0 | grep -q 01:80:c2:00:00:02 &&
	in_a ip maddr del 01:80:c2:00:00:02 dev nd0
}

# A second unicast address, here that of a macvlan device, must not make the device promiscuous
# (IFF_UNICAST_FLT).
second_address() {
	modinfo macvlan >/dev/null 2>&1 || skip "no macvlan here"
	in_a ip link add link nd0 name second type macvlan mode bridge &&
	in_a ip link set second up && in_a ip -d link show nd0 | grep 'promiscuity 0 '
	_rc=$?
	in_a ip link del second
	return $_rc
}

# irq NAME - print the number of the interrupt with this name
irq() {
	awk -v n="$1" '$NF == n { print $1 + 0 }' /proc/interrupts
}

# changes COMMAND... - change those settings of nd1 that make the driver start again with new rings,
# and run COMMAND after each change
changes() {
	in_b ethtool -G nd1 rx 512 && "$@" &&
	in_b ip link set nd1 mtu 2000 && "$@" &&
	in_b ethtool -L nd1 combined 4 && "$@" &&
	in_b ethtool -L nd1 combined 2 && spread && "$@"
	_rc=$?
	in_b ethtool -G nd1 rx 256
	in_b ip link set nd1 mtu 1500
	in_b ethtool -L nd1 combined 2
	await 30 carrier && return $_rc
}

down_and_up() {
	in_b ip link set nd1 down && in_b ip link set nd1 up && await 30 carrier && "$@"
}

affinity_is() {
	for _name in nd1-rx0 nd1-dma0; do
		want "affinity of $_name" "$1" \
			"$(cat "/proc/irq/$(irq $_name)/smp_affinity_list")" || return
	done
}

# set_affinity CPU - do as a user does: move both interrupts of queue 0 to CPU
set_affinity() {
	for _name in nd1-rx0 nd1-dma0; do
		echo "$1" >"/proc/irq/$(irq $_name)/smp_affinity_list"
	done
}

# The test sets CPU 1, because the driver itself would choose CPU 0.
affinity_kept() {
	[ "$(nproc)" -ge 2 ] || skip "needs two CPUs"
	affinity_is 0 && set_affinity 1 && changes affinity_is 1 && down_and_up affinity_is 1
	_rc=$?
	set_affinity 0
	return $_rc
}

napi_ids() {
	in_b ./napi_dummy_netlink nd1 | grep -E '^(rx|tx)-[01] napi'
}

napi_ids_are() {
	want "NAPI instances" "$1" "$(napi_ids)"
}

napi_kept() {
	in_b ./napi_dummy_netlink nd1 >"$log.netlink"
	[ $? -ne "$KSFT_SKIP" ] || skip "no netlink family netdev here"
	_ids=$(napi_ids)
	echo "$_ids"
	changes napi_ids_are "$_ids" || return
	# On kernel 6.13 and newer, the driver gives each NAPI instance an index. So the networking
	# core keeps the ids of the instances while the device is down.
	! grep -q ' napi_restore_config$' /proc/kallsyms ||
	down_and_up napi_ids_are "$_ids"
}

# A user may change settings of a single NAPI instance, too. They must be kept as its ID is.
napi_settings_kept() {
	in_b ./napi_dummy_netlink nd1 2 100000
	_rc=$?
	[ $_rc -ne "$KSFT_SKIP" ] || skip "no settings per NAPI instance here"
	[ $_rc -eq 0 ] || return
	in_b ./napi_dummy_netlink nd1 | grep ' defer_hard_irqs 2 gro_flush_timeout 100000$' \
		>"$log.settings"
	want "instances with these settings" 2 "$(wc -l <"$log.settings")" &&
	changes napi_settings_are && down_and_up napi_settings_are
	_rc=$?
	in_b ./napi_dummy_netlink nd1 0 0 && return $_rc
}

# napi_settings_are - is every line of $log.settings still true?
napi_settings_are() {
	in_b ./napi_dummy_netlink nd1 >"$log.netlink" || return
	while read -r _line; do
		grep -xF "$_line" "$log.netlink" || { cat "$log.netlink"; return 1; }
	done <"$log.settings"
}

# A socket is charged for all the memory that holds a datagram, not only for the datagram. So the
# driver must not use a large buffer for a short packet.
short_datagrams() {
	in_a ethtool -L nd0 combined 1 || return
	_fit=$(./napi_dummy_ctl fill bh_a bh_b 192.0.2.2 1000)
	_rc=$?
	in_a ethtool -L nd0 combined 2 && await 30 carrier
	echo "$_fit datagrams of 18 bytes fit the receive buffer"
	[ $_rc -eq 0 ] && [ "$_fit" -ge 200 ]
}

settings_of() {
	in_b sh -c 'ethtool -g nd1 | grep -E "^(RX|TX):"; ethtool -l nd1
		cat /sys/class/net/nd1/mtu; ls /sys/class/net/nd1/queues'
}

# fails_cleanly TEXT COMMAND... - let each allocation of COMMAND fail once. COMMAND must print TEXT,
# and after each failure all settings must be as before
fails_cleanly() {
	_text=$1
	shift
	_before=$(settings_of)
	_n=0
	while [ $_n -lt 100 ]; do
		_n=$((_n + 1))
		echo "fail_setup $_n" >"$nd_dir/nd1/fault" || return
		"$@" >"$log.said" 2>&1 && break
		grep -qi "$_text" "$log.said" || { cat "$log.said"; return 1; }
		want "settings" "$_before" "$(settings_of)" && frames -n 50 -w 8 || return
	done
	echo "failed at $((_n - 1)) places: $*"
	echo "fail_setup 0" >"$nd_dir/nd1/fault"
	await 30 carrier && frames -n 200 -w 8 && [ $_n -gt 3 ] && [ $_n -lt 100 ]
}

# The kernel passes the driver's own message on for -G only. For the others there is the text of the
# error (ENOMEM).
no_memory_to_change() {
	fails_cleanly 'nothing has changed' in_b ethtool -G nd1 rx 512 tx 512 &&
	fails_cleanly 'memory' in_b ip link set nd1 mtu 1600 &&
	fails_cleanly 'memory' in_b ethtool -L nd1 combined 3 &&
	fails_cleanly 'memory' in_b ethtool -L nd1 combined 2
	_rc=$?
	in_b ethtool -G nd1 rx 256 tx 256
	in_b ip link set nd1 mtu 1500
	in_b ethtool -L nd1 combined 2
	await 30 carrier && all_adds_up && return $_rc
}

no_memory_to_open() {
	_n=0
	while [ $_n -lt 100 ]; do
		_n=$((_n + 1))
		in_b ip link set nd1 down && echo "fail_setup $_n" >"$nd_dir/nd1/fault" || return
		! in_b ip link set nd1 up || break
		! in_b ip -br link show nd1 | grep -qw UP || return
	done
	echo "failed at $((_n - 1)) places"
	echo "fail_setup 0" >"$nd_dir/nd1/fault"
	await 30 carrier && frames -n 200 && [ $_n -gt 3 ] && [ $_n -lt 100 ]
}

# Each write to the file is a separate command, even if all writes use one file descriptor.
fault_twice() {
	{
		echo fail_alloc 1 && echo fail_alloc 1 && echo fail_alloc 1
	} >"$nd_dir/nd1/fault" &&
	! echo nonsense >"$nd_dir/nd1/fault" &&
	! echo "fail_alloc 1 and something that is too long for it" >"$nd_dir/nd1/fault"
}

# gives ERROR FILE TEXT - write TEXT to nd1's debugfs file FILE: the write must fail with ERROR or,
# if ERROR is empty, succeed
gives() {
	want "'$3' into $2" "$1" "$(write_error "$nd_dir/nd1/$2" "$3")"
}

# The driver must refuse a value that is out of the file's range, and change nothing. In a variable
# of 32 bits, 4294967297 would become 1.
files_have_ranges() {
	_range='Numerical result out of range' _invalid='Invalid argument'
	_dma=$(cat "$nd_dir/nd1/dma_ns")
	gives "$_range" fault 'fail_alloc 1000001' && gives "$_range" fault 'fail_alloc 4294967297' &&
	gives "$_invalid" fault 'fail_alloc -1' && gives "$_invalid" fault 'fail_alloc 1 1' &&
	gives "$_range" dma_ns 1000000001 && gives "$_range" dma_ns 4294967297 &&
	gives "$_invalid" dma_ns -1 && want dma_ns "$_dma" "$(cat "$nd_dir/nd1/dma_ns")" &&
	gives '' dma_ns 1000000000 && gives '' dma_ns 0 && gives '' dma_ns "$_dma" &&
	gives '' fault 'fail_alloc 1000000' && gives '' fault 'fail_alloc 0'
}

# monotonic - read a counter again and again while the sender runs; the counter must never decrease
monotonic() {
	_last=0
	while kill -0 "$_sender"; do
		_now=$(link 1 rx_missed_errors)
		[ "$_now" -ge "$_last" ] || { echo "$_last, and then $_now"; return 1; }
		_last=$_now
		in_b ethtool -S nd1 >/dev/null &
		in_b ethtool -S nd1 >/dev/null
		_now=$(link 1 rx_missed_errors)
		[ "$_now" -ge "$_last" ] || { echo "$_last, and then $_now"; return 1; }
		_last=$_now
		wait $!
	done
	echo "$_last missed"
}

counters_rise() {
	in_b ethtool -G nd1 rx 8 && await 30 carrier || return
	frames_alone -l -n "$(scaled 30000)" -w 0 >/dev/null 2>&1 &
	_sender=$!
	monotonic
	_rc=$?
	wait $_sender
	in_b ethtool -G nd1 rx 256 && await 30 carrier && return $_rc
}

# The kernel's watchdog looks only at stopped queues. So the test sets a small limit for BQL (byte
# queue limits), which stops the queue at the second packet.
worker_hangs() {
	flags tx-work on && addresses && in_a ping -q -c 1 -W 20 192.0.2.2 || return
	for _q in 0 1; do
		in_a sh -c "echo 100 >/sys/class/net/nd0/queues/tx-$_q/byte_queue_limits/limit_max"
	done
	_before=$(driver 0 tx_timeouts)
	_sent=$(nic 0 tx_frames)
	echo tx_hang >"$nd_dir/nd0/fault"
	in_a ping -q -c 20 -i 0.1 -W 60 192.0.2.2 &
	_ping=$!
	await 60 timed_out "$_before"
	_rc=$?
	wait $_ping || _rc=1
	for _q in 0 1; do
		in_a sh -c "echo 1879048192 >/sys/class/net/nd0/queues/tx-$_q/byte_queue_limits/limit_max"
	done
	flags tx-work off && addresses && all_adds_up && return $_rc
}

# The driver must stamp a packet when the transfer to the NIC has ended, and not when the packet is
# queued for the worker.
stamped_late() {
	flags tx-work on && addresses && in_a ping -q -c 1 -W 20 192.0.2.2 || return
	echo 300000000 >"$nd_dir/nd0/dma_ns"
	_us=$(in_a ./napi_dummy_ctl stamp 192.0.2.2 9)
	_rc=$?
	echo 20000 >"$nd_dir/nd0/dma_ns"
	flags tx-work off && addresses
	echo "stamped $_us us after send(); a transfer takes 300000"
	[ $_rc -eq 0 ] && [ "$_us" -ge 300000 ]
}

# resets N - print how often ndN has been reset
resets() {
	_ns=bh_a
	[ "$1" = 0 ] || _ns=bh_b
	ip netns exec $_ns ethtool -S "nd$1" | awk '$1 == "resets:" { print $2 }'
}

was_reset() {
	[ "$(resets "$1")" -gt "$2" ]
}

# If a transfer is lost, the driver repeats it. After three lost transfers in a row, the driver
# resets the NIC. Frames that arrive while the receiver is reset are lost, and counted.
losses_escalate() {
	strategy "$1" && flags tx-work "$2" || return
	_n=$3
	_before=$(resets "$_n")
	echo lose_dma 2 >"$nd_dir/nd$_n/fault" && frames -n 500 -w 8 -f 1 &&
	want "resets after two losses" "$_before" "$(resets "$_n")" &&
	echo lose_dma 3 >"$nd_dir/nd$_n/fault" && frames -l -n 500 -w 8 -f 1 &&
	await 30 was_reset "$_n" "$_before" && all_adds_up
	_rc=$?
	flags tx-work off && return $_rc
}

# The sender's NIC is reset while packets are in its TX ring, or wait for the transmitting worker.
# No packet may be lost.
sender_reset() {
	frames_alone -n 20000 -w 64 >"$log.frames" &
	_sender=$!
	_rc=0
	for _i in 1 2 3; do
		_before=$(resets 0)
		echo bus_error >"$nd_dir/nd0/fault" && await 30 was_reset 0 "$_before" || _rc=1
	done
	wait $_sender || _rc=1
	cat "$log.frames"
	all_adds_up && return $_rc
}

sender_reset_by_worker() {
	flags tx-work on && sender_reset
	_rc=$?
	flags tx-work off && return $_rc
}

# According to include/uapi/linux/ethtool.h, if usecs is 0, only the number of frames decides when
# the NIC raises an interrupt. If the number of frames were 0 too, the NIC would never raise an
# interrupt. So the driver must refuse to set both to 0.
coalescing() {
	refused 'at least one' in_b ethtool -C nd1 rx-usecs 0 rx-frames 0 &&
	refused 'at least one' in_b ethtool -C nd1 tx-usecs 0 tx-frames 0 &&
	in_b ethtool -L nd1 combined 1 && in_a ethtool -L nd0 combined 1 &&
	in_a ip neigh replace 192.0.2.2 lladdr "$(in_b cat /sys/class/net/nd1/address)" \
		dev nd0 nud permanent &&
	await 30 carrier && in_b ethtool -C nd1 rx-usecs 0 rx-frames 4 || return
	# Fewer than four frames cause no interrupt.
	_before=$(nic 1 interrupts)
	in_a ping -q -c 1 -W 1 192.0.2.2
	in_a ping -q -c 1 -W 1 192.0.2.2
	_few=$(($(nic 1 interrupts) - _before))
	in_b ethtool -C nd1 rx-usecs 0 rx-frames 1 &&
	in_a ping -q -c 3 -i 0.2 -W 20 192.0.2.2
	_rc=$?
	default_moderation
	in_b ethtool -L nd1 combined 2 && in_a ethtool -L nd0 combined 2 && await 30 carrier
	in_a ip neigh del 192.0.2.2 dev nd0
	want "interrupts for two frames, although four are needed for one" 0 $_few && return $_rc
}

rounded() {
	in_b ethtool -G nd1 rx 100 >"$log.said" 2>&1 && cat "$log.said" &&
	in_b ethtool -g nd1 | grep -qx 'RX:[[:space:]]*128' &&
	in_b ethtool -G nd1 rx 256 && await 30 carrier &&
	grep -qi 'power' "$log.said" &&
	refused 'must be\|at least' in_b ethtool -G nd1 rx 4
}

# For each of these strategies there are seven tests.
# shellcheck disable=SC2086 # words
set -- $nd_tested
plan $((21 + 7 * $#))
check "a pair of devices with addresses" addressed_pair
check "private flags that do not exist are refused" unknown_private_flags
check "ip link add NAME: the first free name" first_free_name
check "a pair is made with names for both ends" both_named
check "a multicast address" multicast_address
check "a second unicast address" second_address
check "NAPI instances are kept" napi_kept
check "settings of NAPI instances are kept" napi_settings_kept
check "short datagrams in a receive buffer" short_datagrams
check "several faults, written through one file descriptor" fault_twice
check "the files dma_ns and fault refuse values that are out of range" files_have_ranges
_allowed=$allowed
allowed="$allowed
NETDEV WATCHDOG"
check "transmitting by a worker: the transmitter hangs" worker_hangs
allowed=$_allowed
check "transmitting by a worker: the time stamp" stamped_late
for s in workqueue tasklet threaded; do
	check "$s: three lost transfers in a row cause a reset" losses_escalate "$s" off 1
done
check "transmitting by a worker: three lost transfers in a row cause a reset" losses_escalate napi on 0
# The first test of the loop sets the strategy for the others, because setting it takes time.
for s in $nd_tested; do
	check "$s: both ends use this strategy" strategy "$s"
	check "$s: the user's affinity is kept" affinity_kept
	check "$s: a change finds no memory, and everything stays as before" no_memory_to_change
	check "$s: no memory to bring the device up" no_memory_to_open
	check "$s: counters never fall" counters_rise
	check "$s: resets of the sender lose nothing" sender_reset
	check "$s, transmitting by a worker: resets of the sender lose nothing" sender_reset_by_worker
done
check "back to the strategy napi" strategy napi
check "interrupt moderation by time, by number, and by neither" coalescing
check "rounded ring sizes are reported" rounded
check "the module can be unloaded" unpair
ktap_finished
