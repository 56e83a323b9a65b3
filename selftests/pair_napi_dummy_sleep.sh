# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Triggers the pair napi_dummy_sleep. The broken module is the strategy "sleep" in a separate
# module, the fixed one is the strategy "workqueue" of napi_dummy_netdev. The test sends numbered
# frames to each module. A DMA transfer takes 20 ms. Meanwhile a task computes in user space on the
# CPU that receives: with such a task, the kernel always reports the bug. Whether the kernel
# survives depends on chance (usually it does), so the test does not check this. pairs.sh sources
# this file.

. ./napi_dummy_lib.sh

hog=
# shellcheck disable=SC2034 # pairs.sh reads it
trigger_cpu=0

# wired STRATEGY - use one queue, so that all interrupts go to CPU 0. Make the wire slow: even a
# sender on CPU 0 must already sleep when the first frame arrives. If there are two CPUs, the sender
# has a CPU of its own. Then the test also runs without the slow wire, because the debug kernel has
# no netem
wired() {
	down && in_a ethtool -L nd0 combined 1 && in_b ethtool -L nd1 combined 1 &&
	set_strategy bh_b nd1 "$1" && up && in_b ethtool -C nd1 rx-usecs 0 rx-frames 1 &&
	echo 20000000 >"$nd_dir/nd1/dma_ns" || return
	in_a tc qdisc replace dev nd0 root netem delay 300ms || [ "$(nproc --all)" -gt 1 ] || return
	taskset -c 0 sh -c 'while :; do :; done' >/dev/null 2>&1 &
	hog=$!
}

# Send from another CPU if there is one: the caller may be bound to CPU 0.
numbered() {
	taskset -c "$(($(nproc --all) - 1))" ./napi_dummy_frames "$@" -f 1 bh_a nd0 bh_b nd1
}

# Sends three frames, one by one. pair() must load napi_dummy_netdev again, so trigger() first
# unloads the broken module, which uses napi_dummy_netdev.
trigger() {
	rmmod napi_dummy_sleep_broken && pair &&
	modprobe napi_dummy_sleep_broken force=1 && wired sleep || return
	numbered -n 3 -w 1
	# Stop using the broken module, so that it can be unloaded.
	kill "$hog"
	down && set_strategy bh_b nd1 napi
}

settled() {
	all_adds_up && want "ring overruns" 0 "$(nic 1 rx_missed)" &&
	want "frames dropped" 0 "$(driver 1 rx_dropped)"
}

# through PAIR TIMES - send one frame to the fixed module. If TIMES is more than 1, remove the slow
# wire, then send TIMES frames one by one, and many frames with 64 under way
through() {
	pair && wired workqueue || return
	if [ "$2" = 1 ]; then
		numbered -n 1 -w 1
	else
		in_a tc qdisc replace dev nd0 root pfifo_fast &&
		numbered -n "$2" -w 1 && numbered -n "$(scaled $((100 * $2)))" -w 64
	fi && settled
	_rc=$?
	kill "$hog"
	unpair && return $_rc
}
