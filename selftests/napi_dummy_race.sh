#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests whether frames rot in the ring. A frame can rot if it arrives after a poll's last look at
# the ring, but before the poll enables the interrupt. In a broken driver such a frame stays in the
# ring until the next frame arrives. The tests send one frame at a time, as soon as the previous
# frame has been delivered. So each frame races with the end of the poll that delivered the previous
# frame. If a frame rots, no other follows, and napi_dummy_frames gives up after 20 s.

. ./lib.sh
. ./napi_dummy_lib.sh

need_modules bh_testbench napi_dummy_netdev
trap 'unpair; rm -f "$log"' EXIT

most=$(scaled 100000)
more=$(scaled 20000)
some=$(scaled 10000)

prompt_pair() {
	pair && for _dev in "bh_a nd0" "bh_b nd1"; do
		# shellcheck disable=SC2086 # two words
		set -- $_dev
		ip netns exec "$1" ethtool -C "$2" rx-usecs 0 rx-frames 1 tx-usecs 0 \
			tx-frames 1 || return
	done &&
	echo 0 >"$nd_dir/nd1/dma_ns"
}

# single STRATEGY FRAMES - send FRAMES frames, one at a time
single() {
	strategy "$1" && frames -n "$2" -w 1 -f 1 && all_adds_up
}

# With two frames under way, the second frame may arrive at any moment of the first frame's poll.
double() {
	strategy "$1" && frames -n "$2" -w 2 -f 1 && all_adds_up
}

# tx_work ON - set the private flag tx-work of nd0, which goes down for a moment
tx_work() {
	in_a ip link set nd0 down && in_a ethtool --set-priv-flags nd0 tx-work "$1" &&
	up
}

# The critical moment lasts only a few instructions, so a frame rarely arrives in it by chance. The
# NIC can help (the fault "late"): if a frame arrives while the interrupt is disabled, the NIC
# delays the frame until the critical moment. The sender makes sure that some frames arrive while
# the interrupt is disabled: its worker runs on the receiver's CPU, and sends several frames with BH
# disabled. The frames come in groups with pauses, because a later frame would start the poll again
# and hide a rotting frame.
late() {
	strategy "$1" && tx_work on || return
	_before=$(nic 1 rx_late)
	echo late 1000000 >"$nd_dir/nd1/fault"
	# How many frames the NIC delays depends on the scheduler. In a broken driver each delayed
	# frame would rot, so it is enough if the NIC delays one frame in a hundred.
	for _try in 1 2 3 4 5 6; do
		taskset -c 0 ./napi_dummy_frames -n "$2" -w 8 -b -f 1 bh_a nd0 bh_b nd1 &&
		all_adds_up
		_rc=$?
		_late=$(($(nic 1 rx_late) - _before))
		echo "$_late of $((_try * $2)) frames came at the worst moment"
		if [ $_rc != 0 ] || [ $((100 * _late)) -ge "$2" ]; then
			break
		fi
	done
	echo late 1 >"$nd_dir/nd1/fault"
	tx_work off && [ $_rc = 0 ] && [ $((100 * _late)) -ge "$2" ]
}

# The same race exists when frames are transmitted. If the driver misses a completion while the TX
# ring is full, the queue stays stopped forever. The ring is small, so it is full all the time.
full_tx_ring() {
	strategy "$1" && in_a ethtool -G nd0 tx 32 && await 30 carrier || return
	frames -n "$more" -w 64 -f 1 && all_adds_up
	_rc=$?
	in_a ethtool -G nd0 tx 256 && await 30 carrier && return $_rc
}

threaded_napi() {
	strategy napi && in_b sh -c 'echo 1 >/sys/class/net/nd1/threaded' &&
	frames -n "$some" -w 1 -f 1
	_rc=$?
	in_b sh -c 'echo 0 >/sys/class/net/nd1/threaded'
	return $_rc
}

# With these settings a timer starts further polls. NAPI tells the driver to enable the interrupt
# only after the last of these polls.
deferred() {
	strategy napi &&
	in_b sh -c 'cd /sys/class/net/nd1; echo 2 >napi_defer_hard_irqs
		echo 100000 >gro_flush_timeout' &&
	frames -n "$some" -w 1 -f 1
	_rc=$?
	in_b sh -c 'cd /sys/class/net/nd1; echo 0 >napi_defer_hard_irqs
		echo 0 >gro_flush_timeout'
	return $_rc
}

plan 17
check "a pair of devices without interrupt moderation" prompt_pair
check "napi: $most single frames, none rots" single napi "$most"
check "napi: $more frames, two at a time, none rots" double napi "$more"
for s in ring workqueue tasklet threaded; do
	check "$s: $some single frames, none rots" single "$s" "$some"
done
for s in napi ring workqueue tasklet threaded; do
	check "$s: $some frames at the worst moment, none rots" late "$s" "$some"
done
for s in napi workqueue; do
	check "$s: the smallest TX ring, no completion rots" full_tx_ring "$s"
done
check "threaded NAPI: $some single frames, none rots" threaded_napi
check "deferred hard interrupts: $some single frames, none rots" deferred
check "the module can be unloaded" unpair
ktap_finished
