#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Loads and unloads every module ROUNDS times (default 5; "make stress" uses 200), in random order,
# while a generator raises events on each of its devices. Before a module is unloaded, some of its
# devices are unbound and bound again. Afterwards nothing may be left: no interrupt, no debugfs
# entry, no memory.
#
# Broken modules are left out, because they would break the kernel. The fixed modules are very
# similar, so each round loads only five of them.

. ./lib.sh

rounds=${1:-5}
need_modules bh_testbench

all=$(bench_modules)
modules=$(echo "$all" | grep -v '_fixed$')
fixed=$(echo "$all" | grep '_fixed$')
[ -n "$modules" ] || skip_all "no module here uses bh_testbench"

extra=$(dirname "$(modinfo -n bh_testbench)")
seed=$(date +%s)

# load_and_unload MODULE - load MODULE, start a generator on each of its devices, unbind and bind
# some of these devices, and unload MODULE
load_and_unload() {
	insmod "$(file "$1")" || return
	for rate in "$bench"/*/rate; do
		[ -e "$rate" ] || continue
		# A module can have seven devices, and one emulated CPU may get the events of all
		# seven. So give each device a rate below 1000 events per second: even one CPU can
		# handle seven such devices.
		random 900
		hz=$((100 + number))
		random "$cpus"
		echo "$hz $number" >"$rate" || return
	done
	unbind_and_bind "$1" && rmmod "$1"
}

# unbind_and_bind MODULE - unbind and bind each device of MODULE zero, one or two times, at random.
# On average, one device in six is only unbound, and stays so until MODULE is unloaded.
unbind_and_bind() {
	driver=/sys/bus/bench/drivers/$1
	for link in "$driver"/*/driver; do
		[ -e "$link" ] || continue
		device=${link%/driver}
		device=${device##*/}
		random 6
		case $number in
		0)	moves=unbind ;;
		1|2)	moves='unbind bind' ;;
		3)	moves='unbind bind unbind bind' ;;
		*)	moves= ;;
		esac
		for move in $moves; do
			echo "$device" >"$driver/$move" || return
			rebinds=$((rebinds + 1))
		done
	done
}

# file MODULE - print the path of the installed module
file() {
	for _file in "$extra/$1.ko" "$extra"/../*/"$1.ko"; do
		[ ! -e "$_file" ] || break
	done
	echo "$_file"
}

many_rounds() {
	for round in $(seq "$1"); do
		modprobe bh_testbench
		for module in $({ echo "$modules"; echo "$fixed" | shuf -n 5; } | shuf); do
			load_and_unload "$module" || {
				echo "round $round: $module"
				return 1
			}
		done
		[ $((round % 10)) -ne 0 ] || echo "<6>load_unload: round $round" >/dev/kmsg
		# Every tenth round, also unload the testbench itself. This removes its IRQ domain
		# and its bus, and the next round creates them again.
		[ $((round % 10)) -ne 0 ] || rmmod bh_testbench
	done
	! [ -d "$bench" ] || rmmod bh_testbench
}

# Some caches of the kernel fill up only once, so two rounds run before memory use is measured. If
# the rounds after that use more memory than caches can explain, they run again, up to three times
# in all. A real leak grows each time.
rounds_and_memory() {
	many_rounds 2 || return
	before=$(kilobytes)
	for _try in 1 2 3; do
		many_rounds "$rounds" || return
		echo "$before $(kilobytes) $rebinds" >"$log.memory"
		no_memory_lost && break
		read -r _ before _ <"$log.memory"
	done
	[ $rebinds -gt 0 ] || { echo "nothing was unbound"; return 1; }
}

no_memory_lost() {
	read -r before after _ <"$log.memory" || return
	loads=$((rounds * ($(echo "$modules" | wc -l) + 5)))
	echo "$before kB before, $after kB after $loads loads"
	# A leak would cost at least one page per load. Without a leak, the size of the slab and
	# per-CPU caches varies by less. On the debug kernel memory use varies more, because KASAN
	# keeps freed memory in its quarantine for a while. There, kmemleak finds the leaks.
	varies=1024
	[ ! -r /proc/lockdep_stats ] || varies=8192
	[ $((after - before)) -lt $((loads * 4 + varies)) ]
}

nothing_left() {
	! [ -e "$bench" ] && ! grep -w bench /proc/interrupts &&
	! grep -lr 'bench' /sys/kernel/irq/*/chip_name &&
	! [ -e /sys/bus/bench ] && ! [ -e /sys/devices/bench ] &&
	! grep -E ' bh_testbench|^bh_testbench' /proc/modules
}

cpus=$(nproc)
rebinds=0

trap 'rm -f "$log" "$log.memory"' EXIT

plan 3
check "$rounds rounds of $(echo "$modules" | wc -l) modules and 5 of $(echo "$fixed" | wc -l) fixed ones, in random order under load" \
	rounds_and_memory
check "no interrupt, debugfs entry or module is left" nothing_left
check "no memory is lost" no_memory_lost
sed 's/\(.*\) \(.*\)/# kB before and after: \1; unbind and bind: \2 times/' "$log.memory"
ktap_finished
