#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests the debugfs file "command" of every lesson and every fixed module that has one. A read of
# the file must print the range of numbers that the file accepts. A write must fail with ERANGE if
# the number is outside this range, and with EINVAL if the text is not a number. A write that fails
# must change nothing.
#
# check() calls the functions below. shellcheck does not see these calls:
# shellcheck disable=SC2317,SC2329

. ./lib.sh

need_modules bh_testbench demo_tasklet

modules=$(bench_drivers)
range='Numerical result out of range'
invalid='Invalid argument'

# state DEVICE - print everything that a write to "command" could change
state() {
	cat "$bench/$1/command" "$bench/$1/account" "$bench/$1/counters"
}

# refuses DEVICE ERROR TEXT
refuses() {
	want "'$3' into command" "$2" "$(write_error "$bench/$1/command" "$3")"
}

# bounded DEVICE
bounded() {
	_text=$(cat "$bench/$1/command")
	echo "$1: $_text"
	echo "$_text" | grep -qxE '[0-9]+ to [0-9]+' || return
	_min=${_text% to *}
	_max=${_text#* to }
	[ "$_min" -le "$_max" ] && [ "$_max" -gt 0 ] && accounted "$1" || return
	_state=$(state "$1")
	[ "$_min" -eq 0 ] || refuses "$1" "$range" $((_min - 1)) || return
	for _number in $((_max + 1)) 4294967296 100000000000 99999999999999999999; do
		refuses "$1" "$range" $_number || return
	done
	for _junk in -1 x 1x '1 1' 0x 1.5 ' ' '1;1'; do
		refuses "$1" "$invalid" "$_junk" || return
	done
	want "after that" "$_state" "$(state "$1")" || return
	# The range must be safe: a write of the largest number must return soon, and afterwards
	# rmmod must succeed. The write may fail, because the device can have another reason to
	# refuse the number. But it must not fail with ERANGE or EINVAL.
	_error=$(write_error "$bench/$1/command" "$_max")
	case $? in
	124) echo "$_max does not end"; return 1 ;;
	esac
	case $_error in
	"$range"|"$invalid") echo "$_max: $_error"; return 1 ;;
	esac
}

# has_command MODULE - load MODULE. Set $devices to MODULE's devices that have a file "command"
has_command() {
	modprobe "$1"
	devices=
	for _device in $(devices_of "$1"); do
		[ ! -e "$bench/$_device/command" ] || devices="$devices $_device"
	done
	[ -n "$devices" ]
}

every_command() {
	for _device in $devices; do
		bounded "$_device" || return
	done
	rmmod "$1"
}

ktap_print_header
modprobe bh_testbench
count=0
for module in $modules; do
	if has_command "$module"; then
		check "$module: the file \"command\" shows a range, and refuses other numbers" every_command "$module"
		count=$((count + 1))
	fi
	[ ! -e "/sys/module/$module" ] || rmmod "$module"
done
ktap_set_plan $count
ktap_finished
