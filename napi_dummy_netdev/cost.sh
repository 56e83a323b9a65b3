#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# cost.sh - measure what a frame costs, in instructions, for each device and each strategy. "make
# cost-napi" runs it in the VM, with one CPU and exact measurement:
#
#	vm/run --icount -- /lab/napi_dummy_netdev/cost.sh
#
# measure/lib/frame_cost.sh explains how the instructions are counted. With two strategies a task
# (worker, IRQ thread) must fetch the frames, while pktgen keeps the CPU busy. So the ring has room
# for 4096 frames, and no frame is lost. The first claim checks this.
# shellcheck disable=SC2317,SC2329
cd "$(dirname "$0")" || exit
# shellcheck source=../testbench/demo_lib.sh
. ../testbench/demo_lib.sh
# shellcheck source=../measure/lib/frame_cost.sh
. ../measure/lib/frame_cost.sh

# measure NAME INTERFACE MAC - print a row of the table
measure() {
	per_frame "$2" "$3"
	row "$1" "$per" "$low to $high" "$irqs" "$missing"
	missed=$((missed + missing))
}

# row NAME INSTRUCTIONS MIDDLE-HALF INTERRUPTS MISSED - print a row, or the head, of the table
row() {
	say "$(printf '%-22s %12s %18s %16s %7s' "$@")"
}

# nd NAME FLAG RX-USECS - print a row for the network driver with the strategy FLAG
nd() {
	receive_by "$2" "$3"
	measure "$1" nd0 "$(mac nd1)"
}

one_cpu cost.sh
title "What a frame costs"
cost_modules cost.sh
missed=0

step "Instructions per frame"
row device instructions "middle half" interrupts/frame missed
dummy_up
measure dummy cost_d 02:00:00:00:00:01
ip link del cost_d

veth_up
measure 'veth, GRO on' cost_v0 "$(mac cost_v1)"
veth=$per
ip link del cost_v0

insmod ./napi_dummy_netdev.ko queues=1
ethtool -G nd1 rx 4096
ip link set nd0 up
nd napi napi 32
napi=$per
nd 'napi, rx-usecs 0' napi 0
nd ring ring 32
nd workqueue workqueue 32
nd tasklet tasklet 32
nd threaded threaded 32
nd netif_rx netif_rx 32
nd 'netif_rx, rx-usecs 0' netif_rx 0

step "What that shows"
claim "no device has missed a frame" test "$missed" -eq 0
ethtool -G nd1 rx 256
none=$missed
nd 'workqueue, ring of 256' workqueue 32
say "Do not compare that row with the others: a lost frame costs little."
claim "with a ring of 256, the device misses a part of the same flood" test "$missed" -gt "$none"
# veth gives the skb of the sender to the receiver. A NIC copies bytes, and the receiver makes an skb.
claim "napi costs at most a quarter more than veth" test $((4 * napi)) -le $((5 * veth))
echo rem_device_all >$pg/kpktgend_0
rmmod napi_dummy_netdev pktgen bh_busy
finish
