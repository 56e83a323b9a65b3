#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# torture.sh [SEED [MINUTES]] - sends numbered frames in both directions through a pair of devices.
# Meanwhile it changes the settings of the pair and causes faults, in random order. The frames that
# arrive must be in order, and each lost frame must be counted. At the end it makes a new pair.
# There are no changes and no faults now, so this pair must lose no frame.
#
# The same SEED gives the same order of actions. The test begins no action after MINUTES (2)
# minutes. On stdout and in the kernel log, a line per minute shows the progress.
#
# The functions below are called by name, which shellcheck does not see:
# shellcheck disable=SC2317,SC2329

. ./lib.sh
. ./napi_dummy_lib.sh

need_modules bh_testbench napi_dummy_netdev
seed=${1:-$(date +%s)}
minutes=${2:-2}
trap 'unpair; rm -f "$log" "$log".*' EXIT

# either - choose one end of the pair at random: set $n, $ns and $dev
either() {
	random 2
	n=$number
	dev=nd$n
	ns=bh_a
	[ $n = 0 ] || ns=bh_b
}

in_either() {
	ip netns exec "$ns" "$@"
}

# Traffic ------------------------------------------------------------------

senders=

start_senders() {
	./napi_dummy_frames -l -n 1000000000 -w 64 -f 4 bh_a nd0 bh_b nd1 >"$log.there" 2>&1 &
	senders=$!
	./napi_dummy_frames -l -n 1000000000 -w 64 -f 4 bh_b nd1 bh_a nd0 >"$log.back" 2>&1 &
	senders="$senders $!"
}

# A sender ends by itself if a frame arrives twice or out of order, or if none arrives for too long.
senders_alive() {
	for _sender in $senders; do
		kill -0 "$_sender" 2>/dev/null && continue
		echo "a sender has ended:"
		cat "$log.there" "$log.back"
		return 1
	done
}

stop_senders() {
	for _sender in $senders; do
		kill "$_sender" 2>/dev/null
		wait "$_sender"
	done 2>/dev/null
	senders=
}

# without_traffic COMMAND... - stop the senders, run COMMAND, and start them again. A sender would
# end if its interface left the namespace
without_traffic() {
	senders_alive || return
	stop_senders
	"$@" && up && start_senders
}

# What happens -------------------------------------------------------------

down_up() {
	either
	in_either ip link set "$dev" down && in_either ip link set "$dev" up
}

mtu() {
	either
	pick 1500 68 576 2000 4000 9000 1500
	in_either ip link set "$dev" mtu "$picked"
}

rings() {
	either
	pick 8 16 64 256 1024
	_rx=$picked
	pick 32 64 256 1024
	in_either ethtool -G "$dev" rx "$_rx" tx "$picked"
}

# If the number of channels changes, a flow may move to another queue. Its next frames could then
# overtake its frames in the old queue. So act() stops the traffic for this action.
channels() {
	either
	pick 1 2 3 4
	in_either ethtool -L "$dev" combined "$picked"
}

moderation() {
	either
	pick 0 10 100 1000
	in_either ethtool -C "$dev" rx-usecs "$picked" rx-frames 8 tx-usecs "$picked" tx-frames 8
}

# While an XDP program is attached, the driver refuses a strategy without XDP. No program is
# attached here, because xdp() detaches its program before it returns.
change_strategy() {
	# shellcheck disable=SC2086 # words
	pick $nd_strategies
	_first=$picked
	# shellcheck disable=SC2086
	pick $nd_strategies
	strategy "$_first" "$picked"
}

tx_work() {
	pick on off
	flags tx-work "$picked"
}

order_fault() {
	either
	echo "$1" >"$nd_dir/nd$n/fault"
}

reset() { order_fault bus_error; }
flap() { order_fault link_flap; }
late() { order_fault 'late 20'; }

# The watchdog looks only at stopped queues, and perhaps no queue is stopped. So end the hang as a
# user would: take the device down and up.
tx_hang() {
	order_fault tx_hang && sleep 0.1 &&
	in_either ip link set "$dev" down && in_either ip link set "$dev" up
}

lose_dma() {
	pick 1 2 3 5
	order_fault "lose_dma $picked"
}

no_memory() {
	pick 1 10 100
	order_fault "fail_alloc $picked"
}

cpu_off_on() {
	_cpu=/sys/devices/system/cpu/cpu1/online
	[ -w $_cpu ] || return 0
	echo 0 >$_cpu && echo 1 >$_cpu
}

affinity() {
	either
	awk -v d="$dev-" 'index($NF, d) == 1 { print $1 + 0 }' /proc/interrupts >"$log.irqs"
	while read -r _irq; do
		random "$(nproc)"
		echo "$number" >"/proc/irq/$_irq/smp_affinity_list" || return
	done <"$log.irqs"
}

threaded() {
	either
	random 2
	# shellcheck disable=SC2016 # the inner sh expands it
	in_either sh -c 'echo "$1" >"/sys/class/net/$0/threaded"' "$dev" "$number"
}

# Attach an XDP program for a moment. XDP works only with two of the strategies, and without a
# transmitting worker. The verdict "tx" is left out: it sends frames back, and these frames would
# look like frames of the other direction.
xdp() {
	either
	pick pass drop aborted
	_flags=$(in_either ethtool --show-priv-flags "$dev")
	case $(echo "$_flags" | awk '$NF == "on" { printf "%s ", $1 }') in
	'napi '|'ring ')
		in_either ./napi_dummy_ctl xdp "$dev" "$picked" sleep 0.1 ;;
	esac
}

# Start netconsole from nd0 to nd1, through configfs, and write lines to the kernel log.
console() {
	console_on || return
	for _i in 1 2 3 4 5; do
		echo "<6>torture: a line for netconsole" >/dev/kmsg
	done
	console_off
}

# Move one end to the namespace of the other end, and back.
move() {
	either
	_other=bh_b
	[ $ns = bh_a ] || _other=bh_a
	in_either ip link set "$dev" netns $_other &&
	ip netns exec $_other ip link set "$dev" netns $ns
}

delete_add() {
	either
	in_either ip link del "$dev" && await 30 gone && in_a ./napi_dummy_ctl add nd0 nd1 &&
	in_a ip link set nd1 netns bh_b
}

gone() {
	! in_a ip link show nd0 2>/dev/null && ! in_b ip link show nd1 2>/dev/null
}

namespace_goes() {
	either
	ip netns del $ns && pair
}

# Reload the module and, below it, the testbench with its interrupt controller.
reload() {
	await 30 rmmod napi_dummy_netdev && rmmod bh_testbench && pair
}

# The more common actions are listed twice, so pick() picks them twice as often.
actions='down_up down_up mtu mtu rings rings channels channels moderation change_strategy
change_strategy tx_work reset reset flap flap tx_hang late lose_dma lose_dma no_memory cpu_off_on affinity
threaded xdp xdp console move delete_add namespace_goes reload'

act() {
	case $1 in
	channels|move|delete_add|namespace_goes|reload)
		without_traffic "$1" ;;
	console)
		modinfo netconsole >/dev/null 2>&1 || return 0
		console ;;
	*)	"$1" ;;
	esac
}

# This function tests what ring_adds_up() in napi_dummy_lib.sh tests, but it also counts frames that
# XDP dropped.
ring_adds_up() {
	[ "$(nic "$1" rx_frames)" -eq $(($(link "$1" rx_packets) + $(driver "$1" rx_dropped) +
		$(driver "$1" rx_xdp_dropped) + $(nic "$1" rx_discarded))) ]
}

# all_is_well - do the counters account for every frame? ethtool shows only the counters of channels
# that are in use, so first set the number of channels to 4. This is the largest number that
# channels() chooses. Then make a new pair: without changes and faults it must lose nothing.
all_is_well() {
	senders_alive || return
	stop_senders
	in_a ethtool -L nd0 combined 4 && in_b ethtool -L nd1 combined 4 && all_adds_up &&
	unpair && pair && frames -n "$(scaled 20000)" -w 64 && all_adds_up
}

now() {
	read -r _up _ </proc/uptime
	_now=${_up%.*}
}

# breathe - wait for a moment, so that traffic flows between two actions
breathe() {
	pick 0.02 0.05 0.1 0.5
	sleep "$picked"
}

tortured() {
	torture
	_rc=$?
	stop_senders
	console_off
	return $_rc
}

torture() {
	pair && start_senders || return
	now
	_begin=$_now
	_told=0
	_done=0
	while [ $((_now - _begin)) -lt $((minutes * 60)) ]; do
		# shellcheck disable=SC2086 # words
		pick $actions
		action=$picked
		echo "<7>torture: $_done $action" >/dev/kmsg
		act "$action" || { echo "action $_done: $action"; return 1; }
		breathe
		senders_alive || { echo "after action $_done: $action"; return 1; }
		_done=$((_done + 1))
		now
		if [ $(((_now - _begin) / 60)) -gt $_told ]; then
			_told=$(((_now - _begin) / 60))
			echo "<6>torture: $_told of $minutes minutes, $_done actions, seed $seed" \
				>/dev/kmsg
			echo "# $_told of $minutes minutes, $_done actions" >&3
		fi
	done
	echo "$_done actions"
	all_is_well
}

exec 3>&1
plan 2
ktap_print_msg "SEED=$seed, $minutes minutes"
check_allowing 'NETDEV WATCHDOG|nd[01]: |netpoll: |netconsole: |printk: .*(console|netcon)|smpboot|CPU1' \
	"$minutes minutes of random actions: frames arrive in order, and afterwards none is lost" tortured
sed -n '/^[0-9]* actions$/s/^/# /p' "$log"
check "nothing is left" nothing_left
ktap_finished
