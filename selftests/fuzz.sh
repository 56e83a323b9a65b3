#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# fuzz.sh [SEED [COUNT]] - sends random input to our modules. The program fuzz (fuzz.c) writes to
# each debugfs file while the file's device raises interrupts. It also sends three kinds of
# requests: ethtool by ioctl, ethtool by netlink, and RTM_NEWLINK. This script itself loads the
# network driver with random parameters. Whatever the input is, the kernel log must stay clean,
# nothing may hang, the devices must still work, and the modules must unload. Each run of fuzz sends
# COUNT requests (default: 2000).
#
# check() calls the functions below. shellcheck does not see these calls:
# shellcheck disable=SC2317,SC2329

. ./lib.sh
. ./napi_dummy_lib.sh

need_modules bh_testbench napi_dummy_netdev
seed=${1:-$(date +%s)}
count=${2:-2000}
trap 'unpair; rm -f "$log"' EXIT

# Allow the messages that the kernel logs for a senseless request. Write the seed to the kernel log:
# with the same seed, this script sends the same input.
allowed="$allowed
napi_dummy: (strategy|queues)=
netlink: .*attribute
__nla_validate_parse: .* suppressed
napi_dummy_netdev: .*invalid for parameter"
echo "<6>fuzz: seed $seed, $count requests each" >/dev/kmsg

fuzz() {
	./fuzz "$seed" "$count" "$@"
}

# load MODULE... - load the modules, and set $devices to their devices
load() {
	devices=
	for _module; do
		modprobe "$_module" || return
		for _device in $(devices_of "$_module"); do
			devices="$devices $_device"
		done
	done
	[ -n "$devices" ]
}

# works DEVICE - undo what random writes have changed: the rate, and the switches of a lesson (a
# tasklet that is off, a slow bus that is on hold, a device that is suspended). Then the driver must
# finish all events of the device, and must handle one more event.
works() {
	[ ! -e "$bench/$1/command" ] || ! grep -q '^0 ' "$bench/$1/command" ||
		echo 0 >"$bench/$1/command" || return
	[ ! -e "$bench/$1/enabled" ] || echo 1 >"$bench/$1/enabled" || return
	[ ! -e "$bench/$1/hold" ] || echo 0 >"$bench/$1/hold" || return
	echo off >"$bench/$1/rate" && await 60 line_is_quiet "$1" &&
	echo 1 >"$bench/$1/raise" && accounted "$1"
}

lessons() {
	load "$@" || return
	for _device in $devices; do
		echo 100 >"$bench/$_device/rate" || return
	done
	fuzz files "$bench" || return
	for _device in $devices; do
		works "$_device" || return
	done
	for _module; do
		rmmod "$_module" || return
	done
}

# The network driver may accept random settings, but the tests that follow need its default
# settings. So load the driver again.
fuzzed_pair() {
	pair || return
	frames_alone -l -n 1000000000 -w 64 >/dev/null 2>&1 &
	_sender=$!
	case $1 in
	files)	fuzz files "$nd_dir/nd1" /sys/module/napi_dummy_netdev/parameters ;;
	*)	in_b ./fuzz "$seed" "$count" "$1" nd1 ;;
	esac
	_rc=$?
	kill $_sender 2>/dev/null
	wait $_sender
	unpair && pair && frames -n 200 && all_adds_up && return $_rc
}

links() {
	modprobe napi_dummy_netdev pairs=0 && fuzz links && rmmod napi_dummy_netdev
}

# parameters - load the network driver with random parameters. insmod may succeed or fail. For
# example, it fails if "pairs", the number of pairs of devices, is too large: there are 64 interrupt
# lines, and a pair with two queues needs ten of them. If insmod fails, the module must not be
# loaded. If insmod succeeds, rmmod must succeed too.
parameters() {
	_accepted=0
	for _i in $(seq $((count / 40 + 5))); do
		set --
		for _name in pairs queues strategy tx_by_work weight; do
			random 3
			[ "$number" -eq 0 ] || continue
			# Values at the edge of a range, and values that make no sense
			pick 0 1 2 3 7 8 9 15 16 17 31 64 65 -1 4294967295 4294967296 x '' Y N \
				napi ring threaded
			set -- "$@" "$_name=$picked"
		done
		if insmod "$(modinfo -n napi_dummy_netdev)" "$@" 2>/dev/null; then
			_accepted=$((_accepted + 1))
			rmmod napi_dummy_netdev || return
		elif [ -e /sys/module/napi_dummy_netdev ]; then
			echo "insmod failed, but the module is still loaded: $*"
			return 1
		fi
	done
	echo "$_accepted of $_i accepted"
	[ $_accepted -gt 0 ] && [ $_accepted -lt "$_i" ]
}

modules=$(bench_drivers)
# Load eight modules at a time. A module may have seven devices, and there are only 64 interrupt
# lines.
groups=$(echo "$modules" | xargs -n 8 | tr ' ' ,)
plan $(($(echo "$groups" | wc -l) + 6))
ktap_print_msg "SEED=$seed, $count requests each"
modprobe bh_testbench
for group in $groups; do
	# shellcheck disable=SC2046 # words
	check "files of $(echo "$group" | tr , ' ')" lessons $(echo "$group" | tr , ' ')
	tail -n 1 "$log" | sed 's/^/# /'
	for module in $(echo "$group" | tr , ' '); do
		[ ! -e "/sys/module/$module" ] || rmmod "$module"
	done
done
for kind in files ethtool netlink; do
	check_allowing 'NETDEV WATCHDOG|napi_dummy.*reset|nd[01]: ' "the network driver: $kind" fuzzed_pair $kind
	sed -n '/ requests, /s/^/# /p' "$log"
done
check "RTM_NEWLINK" links
sed -n '/ requests, /s/^/# /p' "$log"
check "module parameters" parameters
tail -n 1 "$log" | sed 's/^/# /'
check "nothing is left" nothing_left
ktap_finished
