#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# latency.sh FOLDER SETTING... - measure every mechanism in each setting: idle, user, flood,
# cross (see latency.c), or probes, which is what the testbench's probes cost. Runs in the
# VM, or as root on a computer for whose kernel the modules beside this script were built.
# The results are appended to FOLDER/latency.tsv and FOLDER/quantiles.tsv. FOLDER/about.tsv
# says on which kernel they were measured.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$1
shift

mark="bh_latency: run $$ begins"
echo "<6>$mark" >/dev/kmsg
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
loaded=
# shellcheck disable=SC2086 # words
trap '[ -z "$loaded" ] || rmmod $loaded' EXIT
if [ ! -d /sys/kernel/debug/bh_testbench ]; then
	insmod "$here/../testbench/bh_testbench.ko"
	loaded=bh_testbench
fi
insmod "$here/bh_latency.ko"
loaded="bh_latency $loaded"

{
	printf 'release\t%s\n' "$(uname -r)"
	printf 'command_line\t%s\n' "$(cat /proc/cmdline)"
	printf 'cpus\t%s\n' "$(nproc)"
} >"$out/about.tsv"

# A timer takes a tick and RCU takes three. Where the CPU is busy meanwhile, measure fewer.
slow='timer rcu'
# shellcheck disable=SC2086 # words
fast=$("$here/latency" -l | grep -v -x -F "$(printf '%s\n' $slow)")
for setting; do
	case $setting in
	probes)
		# The same without probes is in the settings flood and idle.
		"$here/latency" -p flood hardirq
		"$here/latency" -p idle tasklet
		;;
	user|flood)
		# shellcheck disable=SC2086 # words
		"$here/latency" -n 1000 -q "$out/quantiles.tsv" "$setting" $fast
		# shellcheck disable=SC2086 # words
		"$here/latency" -n 100 -q "$out/quantiles.tsv" "$setting" $slow
		;;
	*)
		"$here/latency" -n 1000 -q "$out/quantiles.tsv" "$setting"
		;;
	esac
done >>"$out/latency.tsv"

# A warning on its path makes a mechanism cost more than it normally does.
if dmesg | sed "1,/$mark/d" | grep -E 'cut here|BUG:|WARNING:|Oops|huh, entered' >&2; then
	echo "latency.sh: the kernel reported the above during the run: see dmesg" >&2
	exit 1
fi
