#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Sends a file of 64 MiB through TCP with each strategy. The checksum must be the same at the other
# end. On a kernel with checkers the file has only 3 MiB.

. ./lib.sh
. ./napi_dummy_lib.sh

need_modules bh_testbench napi_dummy_netdev
command -v iperf3 >/dev/null || skip_all "needs iperf3"
dir=$(mktemp -d)
trap 'unpair; rm -rf "$log" "$dir"' EXIT

mib=$(scaled 64)

# Sends pings between two devices that use different strategies.
mixed() {
	strategy "$1" "$2" && in_a ping -q -c 20 -i 0.01 -W 20 192.0.2.2
}

transfer() {
	strategy "$1" "${2:-$1}" && file_by_tcp 192.0.2.2 "$mib" && all_adds_up
}

by_worker() {
	flags tx-work on && transfer napi workqueue
	_rc=$?
	flags tx-work off
	return $_rc
}

plan 10
check "a pair of devices with addresses" addressed_pair
for s in $nd_strategies; do
	check "$s: $mib MiB, the same at the other end" transfer "$s"
done
check "transmitting by a worker: $mib MiB, the same at the other end" by_worker
check "two different strategies" mixed tasklet netif_rx
check "the module can be unloaded" unpair
ktap_finished
