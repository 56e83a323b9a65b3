#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# latency.sh FOLDER SETTING... - measure every mechanism in the settings idle, user, flood and cross
# (see latency.c). The setting "probes" measures what the testbench's probes cost. Run this script
# in the VM. Or run it as root on a computer, if the modules in this folder were built for its
# kernel. The script appends the results to FOLDER/latency.tsv and FOLDER/quantiles.tsv.
# FOLDER/about.tsv describes the kernel. If COUNTERS is set in the environment, FOLDER/counters.tsv
# gets what the CPU counted (cycles, cache misses and so on). Do not set COUNTERS under exact
# measurement, because counting task switches costs instructions. EVENTS is the number of events for
# each mechanism (1000).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$1
shift
events=${EVENTS:-1000}

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
	printf 'version\t%s\n' "$(uname -v)"
	printf 'cpus\t%s\n' "$(nproc)"
	printf 'cpu_flags\t%s\n' "$(sed -n 's/^flags[ \t]*: //p; T; q' /proc/cpuinfo)"
	for file in /sys/devices/system/cpu/vulnerabilities/*; do
		printf 'mitigation\t%s\t%s\n' "${file##*/}" "$(cat "$file")"
	done
} >"$out/about.tsv"

latency()
{
	"$here/latency" ${COUNTERS:+-c "$out/counters.tsv"} "$@"
}

# Two mechanisms wait for ticks: a timer waits for the next tick, an RCU callback for the third one.
# Before each of their events, the program waits for a part of a tick (-w). In the settings in which
# the CPU is busy, these waits take long, so the program measures fewer events.
slow='timer rcu'
# shellcheck disable=SC2086 # words
fast=$("$here/latency" -l | grep -v -x -F "$(printf '%s\n' $slow)")
for setting; do
	case $setting in
	probes)
		# Measure the top half as in "flood", and the tasklet as in "idle", but with probes
		# (-p). The difference from the figures of those two settings is what the probes
		# cost.
		latency -p -n "$events" flood hardirq
		latency -p -n "$events" idle tasklet
		;;
	idle|user|flood)
		number=$(((events + 9) / 10))
		[ "$setting" != idle ] || number=$events
		# shellcheck disable=SC2086 # words
		latency -n "$events" -q "$out/quantiles.tsv" "$setting" $fast
		# shellcheck disable=SC2086 # words
		latency -w -n $number -q "$out/quantiles.tsv" "$setting" $slow
		;;
	*)
		latency -n "$events" -q "$out/quantiles.tsv" "$setting"
		;;
	esac
done >>"$out/latency.tsv"

# If a mechanism triggers a warning, its cost is higher than normal.
if dmesg | sed "1,/$mark/d" | grep -E 'cut here|BUG:|WARNING:|Oops|huh, entered' >&2; then
	echo "latency.sh: the kernel printed these warnings during the run: see dmesg" >&2
	exit 1
fi
