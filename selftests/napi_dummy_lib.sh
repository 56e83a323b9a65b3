# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Makes a pair of napi_dummy devices, each in its own network namespace. The tests of the network
# driver share this file. Source it after lib.sh.

nd_dir=/sys/kernel/debug/napi_dummy
# Used by the tests.
# shellcheck disable=SC2034
nd_strategies='napi ring workqueue tasklet threaded netif_rx'
# The strategies for tests that take long: on 6.12 all of them, elsewhere and on kernels with checkers
# those that drivers copy.
nd_tested='napi ring workqueue'
# shellcheck disable=SC2034
case $(uname -r) in
6.12.*)	[ "$(scaled 20)" -ne 20 ] || nd_tested=$nd_strategies ;;
esac

# pair - load the module; move nd0 to namespace bh_a, nd1 to bh_b
pair() {
	unpair
	# Use a queueing discipline that drops nothing, so that every packet reaches the driver, now
	# or later.
	sysctl -qw net.core.default_qdisc=pfifo_fast
	modprobe napi_dummy_netdev && apart && up
}

# apart - move nd0 to namespace bh_a, nd1 to bh_b. Nothing except the tests sends frames in these
# namespaces.
apart() {
	ip netns add bh_a && ip netns add bh_b || return
	for _ns in bh_a bh_b; do
		ip netns exec $_ns sysctl -qw net.ipv6.conf.default.disable_ipv6=1 \
			net.ipv6.conf.all.disable_ipv6=1
	done
	ip link set nd0 netns bh_a && ip link set nd1 netns bh_b
}

# addresses - give both devices addresses
addresses() {
	in_a ip addr replace 192.0.2.1/24 dev nd0 && in_b ip addr replace 192.0.2.2/24 dev nd1
}

addressed_pair() {
	pair && addresses && in_a ping -q -c 3 -i 0.2 -W 20 192.0.2.2
}

unpair() {
	ip netns del bh_a 2>/dev/null
	ip netns del bh_b 2>/dev/null
	! grep -q '^napi_dummy_netdev ' /proc/modules ||
		await 30 modprobe -r napi_dummy_netdev
}

in_a() { ip netns exec bh_a "$@"; }
in_b() { ip netns exec bh_b "$@"; }

carrier() {
	in_a ip -br link show nd0 | grep -q LOWER_UP &&
	in_b ip -br link show nd1 | grep -q LOWER_UP
}

up() {
	in_a ip link set nd0 up && in_b ip link set nd1 up && spread && await 30 carrier
}

# spread - switch XPS off, so that the queue of a flow depends on the flow's hash. With XPS the
# queue depends on the CPU that sends: a flow would change its queue when the scheduler moves the
# sender to another CPU. A new queue has XPS on, so call spread() again after queues were added.
spread() {
	for _n in 0 1; do
		_ns=bh_a
		[ $_n = 0 ] || _ns=bh_b
		# shellcheck disable=SC2016 # the inner sh expands it
		ip netns exec $_ns sh -c 'for f in /sys/class/net/$0/queues/tx-*/xps_cpus; do
			echo 0 >"$f"; done' nd$_n
	done
}

down() {
	in_a ip link set nd0 down && in_b ip link set nd1 down
}

# flags FLAG on|off - set a private flag of both devices, which go down for a moment
flags() {
	down && in_a ethtool --set-priv-flags nd0 "$1" "$2" &&
	in_b ethtool --set-priv-flags nd1 "$1" "$2" && up
}

# strategy NAME [NAME-OF-ND1] - set the strategy of both devices, which go down for a moment
strategy() {
	down && set_strategy bh_a nd0 "$1" && set_strategy bh_b nd1 "${2:-$1}" && up
}

set_strategy() {
	ip netns exec "$1" ethtool --show-priv-flags "$2" |
		grep -q "^$3 *: on" ||
		ip netns exec "$1" ethtool --set-priv-flags "$2" "$3" on
}

default_moderation() {
	in_b ethtool -C nd1 rx-usecs 32 rx-frames 64 tx-usecs 64 tx-frames 64
}

# nic N NAME - print a counter of the NIC of nd<N>
nic() {
	value "$nd_dir/nd$1/counters" "$2"
}

# link N NAME - print one of the standard link statistics of nd<N>. It includes what queues counted
# that are no longer in use
link() {
	_ns=bh_a
	[ "$1" = 0 ] || _ns=bh_b
	ip netns exec $_ns cat "/sys/class/net/nd$1/statistics/$2"
}

# driver N NAME - print the driver's counter NAME of nd<N>, for example rx_dropped, summed over the
# queues in use
driver() {
	_ns=bh_a
	[ "$1" = 0 ] || _ns=bh_b
	ip netns exec $_ns ethtool -S "nd$1" | awk -v n="$2" '
		{ sub(":", "", $1); gsub("[0-9]", "", $1); if ($1 == n) s += $2 }
		END { print s + 0 }'
}

# wire_adds_up FROM TO - is every frame that NIC FROM sent accounted for: received by NIC TO, or
# counted as lost by one of the two NICs?
wire_adds_up() {
	[ "$(nic "$1" tx_frames)" -eq $(($(nic "$1" tx_lost) +
		$(nic "$2" rx_frames) + $(nic "$2" rx_missed) +
		$(nic "$2" rx_too_long) + $(nic "$2" rx_halted))) ]
}

# ring_adds_up N - has the driver delivered, or counted as lost, every frame that the NIC stored?
ring_adds_up() {
	[ "$(nic "$1" rx_frames)" -eq $(($(link "$1" rx_packets) +
		$(driver "$1" rx_dropped) + $(nic "$1" rx_discarded))) ]
}

# sent_adds_up N - has the driver counted every frame that the NIC sent?
sent_adds_up() {
	[ "$(nic "$1" tx_frames)" -eq "$(link "$1" tx_packets)" ]
}

adds_up() {
	wire_adds_up 0 1 && wire_adds_up 1 0 && ring_adds_up 0 && ring_adds_up 1 &&
	sent_adds_up 0 && sent_adds_up 1
}

# all_adds_up - wait until every frame is accounted for; if the wait takes too long, show where
# frames are missing
all_adds_up() {
	await 30 adds_up && return
	for _n in 0 1; do
		echo "nd$_n: NIC, and driver:"
		cat "$nd_dir/nd$_n/counters"
		echo "rx_packets $(link $_n rx_packets) rx_dropped $(driver $_n rx_dropped)" \
			"tx_packets $(link $_n tx_packets)"
	done
	return 1
}

# timed_out N - has the watchdog reported a stopped queue of nd0 more than N times?
timed_out() {
	[ "$(driver 0 tx_timeouts)" -gt "$1" ]
}

listening() {
	in_b ss -Hltn | grep -q :5201
}

# file_by_tcp ADDRESS MIB - send a file of MIB MiB to ADDRESS at the other end, and compare it
# there. iperf3's server stops before it has read all data, so the client sends 4 MiB more, which
# are not compared. The files are in $dir
file_by_tcp() {
	_bytes=$(($2 * 1048576))
	[ -s "${dir:?}/sent" ] || head -c $((_bytes + 4194304)) /dev/urandom >"$dir/sent"
	rm -f "$dir/got"
	in_b iperf3 -s -1 -F "$dir/got" >"$dir/server" 2>&1 &
	_server=$!
	await 30 listening
	if ! in_a iperf3 -c "$1" -F "$dir/sent" -n $(($2 + 4))M >"$dir/client" 2>&1; then
		cat "$dir/client" "$dir/server"
		kill $_server
		return 1
	fi
	wait $_server
	want checksum "$(head -c $_bytes "$dir/sent" | sha256sum)" \
		"$(head -c $_bytes "$dir/got" | sha256sum)"
}

frames() {
	./napi_dummy_frames "$@" bh_a nd0 bh_b nd1
}

# frames_alone ... & - do the same as frames(), in the background. Then $! is the PID of
# napi_dummy_frames, so the caller can kill it
frames_alone() {
	exec ./napi_dummy_frames "$@" bh_a nd0 bh_b nd1
}

echo_ready() {
	in_b ss -Hlun | grep -q ':7 '
}

# busy_pings ADDRESS N USECS - send N datagrams to ADDRESS at the other end, which sends them back.
# Each is sent when the previous datagram has come back. USECS sets SO_BUSY_POLL. The interrupt of
# nd0 is delayed by 10 ms, so a task that busy-polls finds the answer before the interrupt
busy_pings() {
	in_a ethtool -C nd0 rx-usecs 10000 rx-frames 0 || return
	in_b ./napi_dummy_udp echo 7 "$2" &
	_echo=$!
	await 30 echo_ready && in_a ./napi_dummy_udp ping "$1" 7 "$2" "$3"
	_rc=$?
	wait $_echo
	in_a ethtool -C nd0 rx-usecs 32 rx-frames 64 && return $_rc
}

# console_on - start netconsole, which sends the kernel log from nd0 to nd1. Set it up through
# configfs, because a netconsole that is built in cannot be loaded with parameters. Mount configfs
# outside of /sys, because "ip netns exec" mounts a new /sys for each namespace
console_on() {
	modprobe netconsole && mkdir -p "${log:?}.config" &&
	mount -t configfs configfs "$log.config" &&
	mkdir "$log.config/netconsole/nd0" || return
	_mac=$(in_b cat /sys/class/net/nd1/address)
	for _word in dev_name:nd0 local_ip:192.0.2.1 remote_ip:192.0.2.2 "remote_mac:$_mac" \
			enabled:1; do
		# shellcheck disable=SC2016 # the inner sh expands it
		in_a sh -c 'echo "$0" >"$1"' "${_word#*:}" \
			"$log.config/netconsole/nd0/${_word%%:*}" || return
	done
}

# console_off - stop netconsole, even if console_on failed halfway
console_off() {
	[ -d "$log.config" ] || return 0
	_target=$log.config/netconsole/nd0
	if [ -d "$_target" ]; then
		echo 0 >"$_target/enabled"
		rmdir "$_target"
	fi
	umount "$log.config"
	rmdir "$log.config"
	! [ -e "$(modinfo -n netconsole)" ] || rmmod netconsole
}

# nothing_left - unload the modules. Are their debugfs files and interrupts gone?
nothing_left() {
	unpair && ! [ -e "$nd_dir" ] && ! grep -w bench /proc/interrupts &&
	modprobe -r bh_testbench && ! [ -e "${bench:?}" ]
}
