#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Every module loaded and unloaded ROUNDS times (default 5; "make stress" says
# 200), in random order, each with a generator firing at its lines when it goes.
# Afterwards nothing may be left: no interrupt, no debugfs entry, no memory.
#
# Broken twins are left out: under fire they do what they are for. Of the fixed ones, which
# are alike, five come and go in a round.

. ./lib.sh

rounds=${1:-5}
need_modules bh_testbench

# Ours are those that want the bench.
all=$(sed -n 's|^[^:]*/\([^/:]*\)\.ko[^:]*:.*/bh_testbench\.ko.*|\1|p' \
	"/lib/modules/$(uname -r)/modules.dep" |
	grep -vE '_broken$|^test_' | sort)
modules=$(echo "$all" | grep -v '_fixed$')
twins=$(echo "$all" | grep '_fixed$')
[ -n "$modules" ] || skip_all "no module here wants bh_testbench"

extra=$(dirname "$(modinfo -n bh_testbench)")
seed=$(date +%s)

# random N - sets $number to one of 0 to N - 1: without a process, since there
# are thousands of them to come
random() {
	seed=$(((seed * 1103515245 + 12345) & 0x7fffffff))
	number=$((seed / 65536 % $1))
}

# fire_and_unload MODULE - every line of the module gets a generator
fire_and_unload() {
	insmod "$(file "$1")" || return
	for rate in "$bench"/*/rate; do
		[ -e "$rate" ] || continue
		# Seven lines in one module, on an emulated CPU: not more than it serves.
		random 900
		hz=$((100 + number))
		random "$cpus"
		echo "$hz $number" >"$rate" || return
	done
	rmmod "$1"
}

# file MODULE - where it is installed
file() {
	for _file in "$extra/$1.ko" "$extra"/../*/"$1.ko"; do
		[ ! -e "$_file" ] || break
	done
	echo "$_file"
}

many_rounds() {
	for round in $(seq "$1"); do
		modprobe bh_testbench
		for module in $({ echo "$modules"; echo "$twins" | shuf -n 5; } | shuf); do
			fire_and_unload "$module" || {
				echo "round $round: $module"
				return 1
			}
		done
		[ $((round % 10)) -ne 0 ] || echo "<6>load_unload: round $round" >/dev/kmsg
		# The bench itself every tenth round: its domain comes and goes.
		[ $((round % 10)) -ne 0 ] || rmmod bh_testbench
	done
	! [ -d "$bench" ] || rmmod bh_testbench
}

# Two rounds first: then the caches of the kernel that fill once are full. If it is more than
# they wander by, the same again: a leak grows every time.
rounds_and_memory() {
	many_rounds 2 || return
	before=$(kilobytes)
	for _try in 1 2 3; do
		many_rounds "$rounds" || return
		echo "$before $(kilobytes)" >"$log.memory"
		no_memory_lost && return
		read -r _ before <"$log.memory"
	done
	return 0
}

no_memory_lost() {
	read -r before after <"$log.memory" || return
	loads=$((rounds * ($(echo "$modules" | wc -l) + 5)))
	echo "$before kB before, $after kB after $loads loads"
	# A page a load would be a leak; slab and per-CPU caches wander by less. On the debug
	# kernel KASAN keeps for a while what was freed, in its quarantine; what leaks there,
	# kmemleak names.
	wander=1024
	[ ! -r /proc/lockdep_stats ] || wander=8192
	[ $((after - before)) -lt $((loads * 4 + wander)) ]
}

nothing_left() {
	! [ -e "$bench" ] && ! grep -w bench /proc/interrupts &&
	! grep -lr 'bench' /sys/kernel/irq/*/chip_name &&
	! grep -E '^(demo_|sleep_in|bh_testbench)' /proc/modules
}

cpus=$(nproc)

trap 'rm -f "$log" "$log.memory"' EXIT

plan 3
check "$rounds rounds of $(echo "$modules" | wc -l) modules and 5 of $(echo "$twins" | wc -l) twins in random order under fire" \
	rounds_and_memory
check "no interrupt, debugfs entry or module is left" nothing_left
check "no memory is lost" no_memory_lost
sed 's/^/# kB before and after: /' "$log.memory"
ktap_finished
