#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Sends numbered frames through the network driver, with one strategy after the other. If no ring
# overflows, every frame must arrive, and in order. If a ring overflows, frames are lost, and each
# of them must be counted.

. ./lib.sh
. ./napi_dummy_lib.sh

need_modules bh_testbench napi_dummy_netdev
trap 'unpair; rm -f "$log"' EXIT

many=$(scaled 100000)
flood=$(scaled 20000)

in_order() {
	strategy "$1" && frames -n "$many" -w 128 && all_adds_up &&
	want "ring overruns" 0 "$(nic 1 rx_missed)"
}

in_order_by_worker() {
	strategy napi && flags tx-work on && frames -n "$many" -w 128 &&
	all_adds_up
	_rc=$?
	flags tx-work off
	return $_rc
}

# The receiver's ring is as small as possible, and any number of frames may be under way (-w 0). So
# the ring overflows, and frames are lost.
overrun() {
	strategy "$1" && in_b ethtool -G nd1 rx 8 && await 30 carrier || return
	_missed=$(nic 1 rx_missed)
	frames -l -n "$flood" -w 0
	_rc=$?
	all_adds_up || _rc=1
	echo "missed $(($(nic 1 rx_missed) - _missed))"
	in_b ethtool -G nd1 rx 256 && await 30 carrier
	return $_rc
}

jumbo() {
	in_a ip link set nd0 mtu 9000 && in_b ip link set nd1 mtu 9000 &&
	await 30 carrier && strategy workqueue && frames -n 2000 -s 9014 -w 64 &&
	strategy ring && frames -n 2000 -s 9014 -w 64 && strategy napi && frames -n 2000 -s 9014 -w 64 && all_adds_up
	_rc=$?
	in_a ip link set nd0 mtu 1500
	in_b ip link set nd1 mtu 1500
	return $_rc
}

too_long() {
	in_a ip link set nd0 mtu 9000 && await 30 carrier || return
	_before=$(nic 1 rx_too_long)
	frames -l -n 10 -s 9014
	want "frames too long for the other end" $((_before + 10)) \
		"$(nic 1 rx_too_long)"
	_rc=$?
	in_a ip link set nd0 mtu 1500
	return $_rc
}

mtu_limits() {
	! in_a ip link set nd0 mtu 67 && ! in_a ip link set nd0 mtu 9001 &&
	in_a ip link set nd0 mtu 68 && in_a ip link set nd0 mtu 1500
}

# The bottom half finds no memory for new buffers, so the refill work must allocate the buffers.
no_memory() {
	strategy "$1" || return
	_before=$(driver 1 rx_refills)
	for _i in 1 2 3 4 5; do
		echo fail_alloc 200 >"$nd_dir/nd1/fault" &&
		frames -n 1000 -w 64 || return
	done
	echo fail_alloc 1 >"$nd_dir/nd1/fault"
	all_adds_up && [ "$(driver 1 rx_refills)" -gt "$_before" ]
}

# With this strategy the driver queues the refill work only when less than a quarter of the ring has
# buffers. If the ring is empty before the work runs, the NIC has no buffer for a frame, and counts
# the frame as lost. When memory is available again, no more frames may be lost.
no_buffers() {
	strategy ring || return
	_before=$(driver 1 rx_refills)
	for _i in 1 2 3 4 5; do
		echo fail_alloc 2000 >"$nd_dir/nd1/fault" &&
		frames -l -n 1000 -w 64 || return
	done
	echo fail_alloc 1 >"$nd_dir/nd1/fault"
	all_adds_up && [ "$(driver 1 rx_refills)" -gt "$_before" ] && frames -n 1000 -w 64
}

lost_dma() {
	strategy "$1" || return
	_before=$(driver 1 q_dma_lost)
	echo lose_dma 2 >"$nd_dir/nd1/fault" && frames -n 1000 -w 64 &&
	all_adds_up && want "lost transfers noticed" $((_before + 2)) \
		"$(driver 1 q_dma_lost)"
}

channels() {
	for _n in 1 8 3 2; do
		in_a ethtool -L nd0 combined $_n &&
		in_b ethtool -L nd1 combined $((9 - _n)) && spread && await 30 carrier &&
		frames -n 2000 -f 16 -w 64 || return
	done
	in_b ethtool -L nd1 combined 2 && spread && await 30 carrier && all_adds_up
}

# ms OPTION... - call frames() with these options, and set $ms to the milliseconds that it took
ms() {
	_said=$(frames -t "$@")
	_rc=$?
	echo "$_said"
	ms=${_said#in }
	ms=${ms%% ms*}
	return $_rc
}

# by_number - the NIC delays its interrupt until $_batch frames have arrived, or for 10 ms. Does the
# NIC raise its interrupt as soon as the last frame has arrived? Then the transfer takes at most
# half of $_by_time. ($_by_time is the time of a transfer when the NIC always waits for 10 ms.) On a
# busy host the 10 ms may end before the last frame is sent, so moderated() calls this function
# several times.
by_number() {
	_before=$(nic 1 interrupts)
	ms -n $((50 * _batch)) -w "$_batch" -b -f 1 || return
	_irqs=$(($(nic 1 interrupts) - _before))
	echo "$ms ms by number in $_irqs interrupts"
	[ "$_irqs" -le 80 ] && [ $((2 * ms)) -le "$_by_time" ]
}

# If the NIC delays its interrupts for a fixed time, a frame that arrives alone waits that long. If
# the NIC delays its interrupts until there are eight frames, the eighth frame causes an interrupt
# at once. On the debug kernel, sending eight frames takes longer than the longest delay (10 ms), so
# there the test uses two frames.
moderated() {
	_batch=8
	[ ! -r /proc/lockdep_stats ] || _batch=2
	strategy napi && in_b ethtool -C nd1 rx-usecs 2000 rx-frames 0 &&
	ms -n 200 -w 1 -f 1 || return
	_single=$ms
	in_b ethtool -C nd1 rx-usecs 10000 rx-frames 0 &&
	ms -n $((50 * _batch)) -w "$_batch" -b -f 1 || return
	_by_time=$ms
	in_b ethtool -C nd1 rx-usecs 10000 rx-frames "$_batch" || return
	for _try in 1 2 3 4 5 6 7 8; do
		by_number && break
	done
	_rc=$?
	default_moderation
	echo "200 single frames: $_single ms; 50 times $_batch: $_by_time ms by time"
	[ $_rc = 0 ] && [ "$_single" -ge 400 ] && [ "$_by_time" -ge 500 ]
}

switching_refused() {
	! in_a ethtool --set-priv-flags nd0 tasklet on
}

plan 29
check "a pair of devices comes up" pair
for s in $nd_strategies; do
	check "$s: $many frames, none lost, none out of order" in_order "$s"
done
check "transmitting by a worker: $many frames, none lost, none out of order" in_order_by_worker
for s in $nd_strategies; do
	check "$s: the ring overflows, and each of $flood frames is accounted for" overrun "$s"
done
for s in napi workqueue tasklet threaded; do
	check "$s: no memory for buffers, and no frame is lost" no_memory "$s"
done
check "ring: no memory for buffers, and every frame is accounted for" no_buffers
for s in workqueue tasklet threaded; do
	check "$s: a DMA completion that never comes" lost_dma "$s"
done
check "frames of 9014 bytes" jumbo
check "frames too long for the receiver" too_long
check "MTU 68 to 9000" mtu_limits
check "1 to 8 channels, not the same number at both ends" channels
check "interrupts are delayed, by time and by number of frames" moderated
check "the strategy cannot change while the device is up" switching_refused
check "the module can be unloaded" unpair
ktap_finished
