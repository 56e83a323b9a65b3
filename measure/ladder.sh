#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# ladder.sh FOLDER SETTING... - have climb go through the mechanisms, one setting after
# the other; in the virtual machine, or as root on the machine that the modules beside
# this script were built for. What comes of it is added to FOLDER/ladder.tsv and
# FOLDER/quantiles.tsv; FOLDER/about.tsv says on what kernel.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$1
shift
bench=/sys/kernel/debug/bh_testbench

mark="bh_ladder: run $$ begins"
echo "<6>$mark" >/dev/kmsg
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
loaded=
if [ ! -d "$bench" ]; then
	insmod "$here/../testbench/bh_testbench.ko"
	loaded=bh_testbench
fi
insmod "$here/ladder.ko"
loaded="ladder $loaded"
probing=$(cat $bench/probing)
trap 'echo "$probing" >$bench/probing; rmmod $loaded' EXIT

{
	printf 'release\t%s\n' "$(uname -r)"
	printf 'command_line\t%s\n' "$(cat /proc/cmdline)"
	printf 'cpus\t%s\n' "$(nproc)"
} >"$out/about.tsv"

# A timer takes a tick and RCU three, and the CPU is busy all the while: fewer of them.
slow='timer rcu'
# shellcheck disable=SC2086 # words
fast=$("$here/climb" -l | grep -v -x -F "$(printf '%s\n' $slow)")
for setting; do
	# Nobody looks: the bench adds nothing to the paths.
	echo 0 >$bench/probing
	case $setting in
	probes)
		# What looking costs: with no probes in the driver, with probes that are
		# switched off, with probes.
		for probes in out off on; do
			[ $probes != on ] || echo 1 >$bench/probing
			p=-p
			[ $probes != out ] || p=
			# shellcheck disable=SC2086 # none or one
			"$here/climb" $p flood hardirq
			# shellcheck disable=SC2086
			"$here/climb" $p idle tasklet
		done | awk '{ sub(/\t/, ", probes " (NR < 3 ? "out" : NR < 5 ? "off" : "on") "\t") } 1'
		;;
	user|flood)
		# shellcheck disable=SC2086 # words
		"$here/climb" -n 1000 -q "$out/quantiles.tsv" "$setting" $fast
		# shellcheck disable=SC2086 # words
		"$here/climb" -n 100 -q "$out/quantiles.tsv" "$setting" $slow
		;;
	*)
		"$here/climb" -n 1000 -q "$out/quantiles.tsv" "$setting"
		;;
	esac
done >>"$out/ladder.tsv"

# A path that warns is not the path that was to be measured.
if dmesg | sed "1,/$mark/d" | grep -E 'cut here|BUG:|WARNING:|Oops|huh, entered' >&2; then
	echo "ladder.sh: the kernel has complained: see dmesg" >&2
	exit 1
fi
