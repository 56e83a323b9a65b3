#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The rotting packet: a frame that arrives between a poll's last look at the ring
# and the enabling of the interrupt, and stays there until the next one comes. One
# frame at a time, the next is sent the moment the last has come out: so it races
# with the end of the poll that brought it. A frame that rots is never followed by
# another; napi_dummy_frames gives up after 20 s.

. ./lib.sh
. ./napi_dummy_lib.sh

need_modules bh_testbench napi_dummy_netdev
trap 'unpair; rm -f "$log"' EXIT

most=$(scaled 100000)
more=$(scaled 20000)
some=$(scaled 10000)

prompt_pair() {
	pair && in_a ethtool -C nd0 rx-usecs 0 tx-usecs 0 &&
	in_b ethtool -C nd1 rx-usecs 0 tx-usecs 0 &&
	echo 0 >"$nd_dir/nd1/dma_ns"
}

# single STRATEGY FRAMES
single() {
	strategy "$1" && frames -n "$2" -w 1 -f 1 && all_adds_up
}

# Two under way: the second may come at any moment of the first one's poll.
double() {
	strategy "$1" && frames -n "$2" -w 2 -f 1 && all_adds_up
}

threaded_napi() {
	strategy napi && in_b sh -c 'echo 1 >/sys/class/net/nd1/threaded' &&
	frames -n "$some" -w 1 -f 1
	_rc=$?
	in_b sh -c 'echo 0 >/sys/class/net/nd1/threaded'
	return $_rc
}

# Completion is put off to a timer, and NAPI does not say "unmask" then.
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

plan 9
check "a pair of devices without interrupt moderation" prompt_pair
check "napi: $most single frames, none rots" single napi "$most"
check "napi: $more, two frames at a time" double napi "$more"
for s in workqueue tasklet threaded; do
	check "$s: $some single frames, none rots" single "$s" "$some"
done
check "threaded NAPI: $some" threaded_napi
check "deferred hard interrupts: $some" deferred
check "the module goes" unpair
ktap_finished
