#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A file of 64 MiB through TCP, strategy by strategy: the same checksum at the other
# end; on the debug kernel a twentieth. 4 MiB more are sent: iperf3's server does not read to
# the end, but stops when the test is over.

. ./lib.sh
. ./napi_dummy_lib.sh

need_modules bh_testbench napi_dummy_netdev
command -v iperf3 >/dev/null || skip_all "needs iperf3"
dir=$(mktemp -d)
trap 'unpair; rm -rf "$log" "$dir"' EXIT

mib=$(scaled 64)
bytes=$((mib * 1048576))

addressed_pair() {
	pair && in_a ip addr add 192.0.2.1/24 dev nd0 &&
	in_b ip addr add 192.0.2.2/24 dev nd1 &&
	head -c $((bytes + 4194304)) /dev/urandom >"$dir/sent" &&
	in_a ping -c 3 -i 0.2 192.0.2.2
}

# Pings both ways between namespaces whose devices are of different strategies.
mixed() {
	strategy "$1" "$2" && in_a ping -q -c 20 -i 0.01 -W 20 192.0.2.2
}

listening() {
	in_b ss -Hltn | grep -q :5201
}

transfer() {
	strategy "$1" "${2:-$1}" || return
	rm -f "$dir/got"
	in_b iperf3 -s -1 -F "$dir/got" >"$dir/server" 2>&1 &
	_server=$!
	await 30 listening
	if ! in_a iperf3 -c 192.0.2.2 -F "$dir/sent" -n $((mib + 4))M >"$dir/client" 2>&1; then
		cat "$dir/client" "$dir/server"
		kill $_server
		return 1
	fi
	wait $_server
	want checksum "$(head -c $bytes "$dir/sent" | sha256sum)" \
		"$(head -c $bytes "$dir/got" | sha256sum)" &&
	all_adds_up
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
check "the module goes" unpair
ktap_finished
