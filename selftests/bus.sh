#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests the bus of the testbench, first with a driver that makes mistakes (test_bench.ko). If
# probe() fails, insmod and bind must return its error. If the driver forgets free_irq() or loses
# events, the testbench must report this once. After a forgotten free_irq(), the testbench must not
# call the handler again.
#
# Then this script unbinds and binds the devices of every lesson and every fixed module, while these
# devices raise interrupts. The modules must log nothing and lose no event.
#
# check() calls the functions below. shellcheck does not see these calls:
# shellcheck disable=SC2317,SC2329

. ./lib.sh

need_modules bh_testbench test_bench demo_tasklet

modules=$(bench_drivers)
cpu=$(($(nproc) - 1))
rounds=30
[ ! -r /proc/lockdep_stats ] || rounds=5
driver=/sys/bus/bench/drivers/test_bench

# load PARAMETER... - load test_bench.ko with insmod. modprobe would treat the error "File exists"
# as success.
load() {
	[ ! -e /sys/module/test_bench ] || rmmod test_bench
	insmod "$(modinfo -n test_bench)" "$@"
}

nothing_left() {
	! [ -e /sys/module/test_bench ] && ! [ -e $driver ] &&
	! [ -e /sys/bus/bench/devices/test_bench ] && ! [ -e $bench/test_bench ] &&
	! grep -w test_bench /proc/interrupts
}

# refused ERROR PARAMETER... - insmod must fail with ERROR, and leave nothing behind
refused() {
	_error=$1
	shift
	_said=$(LC_ALL=C load "$@" 2>&1) && { echo "insmod $* succeeded"; rmmod test_bench; return 1; }
	case $_said in
	*": $_error") nothing_left ;;
	*) echo "insmod $*: expected '$_error', got '$_said'"; return 1 ;;
	esac
}

insmod_fails_as_probe() {
	refused 'Input/output error' fail=5 &&
	refused 'Cannot allocate memory' fail=12 &&
	refused 'Device or resource busy' fail=16 &&
	refused 'No such device' fail=19
}

# taken - print the error that insmod must report if a device's name is already in use. Kernel 7.3
# changes a module's EEXIST into EBUSY, because it reserves EEXIST for a module that is already
# loaded (kernel/module/main.c:do_init_module()).
taken() {
	case $(LC_ALL=C load names=test_bench,test_bench 2>&1) in
	*": File exists")		echo 'File exists' ;;
	*": Device or resource busy")	kernel_is 7.0 && echo 'Device or resource busy' ;;
	esac
}

names_are_unique() {
	_taken=$(taken) && [ -n "$_taken" ] || return
	refused "$_taken" names=test_bench,test_bench || return
	modprobe demo_tasklet && refused "$_taken" names=demo_tasklet &&
	refused "$_taken" names=test_bench,demo_tasklet &&
	# The existing driver must still work.
	echo 10 >$bench/demo_tasklet/raise && accounted demo_tasklet
	_rc=$?
	rmmod demo_tasklet
	return $_rc
}

bind_fails_as_probe() {
	load && [ "$(devices_of test_bench)" = test_bench ] || return
	echo test_bench >$driver/unbind && [ -z "$(devices_of test_bench)" ] || return
	echo 5 >/sys/module/test_bench/parameters/fail
	want "bind" 'Input/output error' "$(write_error $driver/bind test_bench)" || return
	echo 0 >/sys/module/test_bench/parameters/fail
	want "bind" '' "$(write_error $driver/bind test_bench)" &&
	echo 10 >$bench/test_bench/raise && accounted test_bench && rmmod test_bench && nothing_left
}

# The driver core must report EBUSY when a bound device is bound again, and ENODEV when an unbound
# device is unbound
bound_twice() {
	load || return
	want "bind a bound device" 'Device or resource busy' "$(write_error $driver/bind test_bench)" &&
	want "unbind it" '' "$(write_error $driver/unbind test_bench)" &&
	want "unbind it again" 'No such device' "$(write_error $driver/unbind test_bench)" &&
	want "bind it" '' "$(write_error $driver/bind test_bench)" &&
	echo 10 >$bench/test_bench/raise && accounted test_bench && rmmod test_bench
}

two_devices() {
	load names=one,two && want "devices" "one two" "$(devices_of test_bench | xargs)" || return
	echo one >$driver/unbind
	echo 10 >$bench/two/raise
	echo 10 >$bench/one/raise
	accounted two && want "events read of the unbound one" 0 "$(value $bench/one/account events)" &&
	echo one >$driver/bind && accounted one && rmmod test_bench && nothing_left
}

# logged PATTERN - print how many lines with PATTERN the kernel has logged in this test
logged() {
	kmsg_since | grep -cE "$1"
}

# The driver forgets free_irq(), so the interrupt is still requested when the driver is gone. The
# testbench must warn once, and must not call the handler any more. A second bind must fail with
# EBUSY, and the testbench must still not call the handler.
free_irq_is_missing() {
	load keep_irq=1 && echo "1000 $cpu" >$bench/test_bench/rate &&
	await 30 more_raised test_bench 10 || return
	echo test_bench >$driver/unbind
	_raised=$(value $bench/test_bench/counters events_raised)
	await 30 more_raised test_bench $((_raised + 10)) &&
	want "calls of the handler after remove()" 0 "$(cat /sys/module/test_bench/parameters/late)" &&
	cat /proc/interrupts && want "bind" 'Device or resource busy' "$(write_error $driver/bind test_bench)" || return
	_raised=$(value $bench/test_bench/counters events_raised)
	await 30 more_raised test_bench $((_raised + 10)) &&
	want "calls of the handler after a second probe()" 0 \
		"$(cat /sys/module/test_bench/parameters/late)" &&
	rmmod test_bench && cat /proc/interrupts && nothing_left &&
	# The next driver must be able to use the same name and interrupt number.
	load && echo 10 >$bench/test_bench/raise && accounted test_bench && rmmod test_bench
}

# Each unbind must report how many events the driver has lost. No event may be reported twice.
losses_are_told() {
	load lose=1 && echo 3 >$bench/test_bench/raise && await 30 read_all test_bench || return
	echo test_bench >$driver/unbind
	want "reports of lost events" 1 "$(logged 'test_bench: 3 of 3 events lost')" || return
	echo test_bench >$driver/bind
	echo 2 >$bench/test_bench/raise
	await 30 read_all test_bench && rmmod test_bench &&
	want "reports of lost events" 1 "$(logged 'test_bench: 2 of 5 events lost')" &&
	want "reports of lost events in all" 2 "$(logged 'events lost')"
}

read_all() {
	[ "$(value "$bench/$1/counters" events_raised)" = "$(value "$bench/$1/account" events)" ]
}

more_raised() {
	[ "$(value "$bench/$1/counters" events_raised)" -gt "$2" ]
}

# all_logged PATTERN...
all_logged() {
	want "warnings" $# "$(logged 'WARNING:')" || return
	for _pattern; do
		want "'$_pattern' in the log" 1 "$(logged "$_pattern")" || return
	done
}

# check_warned "PATTERN..." DESCRIPTION COMMAND... - the same as check(), but COMMAND must cause one
# warning with a call trace for each PATTERN, and no other warning
check_warned() {
	_patterns=$1 _description=$2
	shift 2
	kmsg_mark
	# shellcheck disable=SC2086 # words
	("$@" && all_logged $_patterns && want "BUG" 0 "$(logged 'BUG:|Oops')") >"$log" 2>&1
	_rc=$?
	[ $_rc -eq 0 ] || { sed 's/^/# | /' "$log"; kmsg_since | sed 's/^/# dmesg: /'; }
	ktap_test_result "$_description" test $_rc -eq 0
}

# rebound MODULE - unbind and bind the devices of MODULE under load. The generators raise events
# even while a device has no driver. These events wait in the device's register.
rebound() {
	modprobe "$1" || return
	_devices=$(devices_of "$1")
	[ -n "$_devices" ] || { echo "no device on the bus"; return 1; }
	for _device in $_devices; do
		echo "3000 $cpu" >"$bench/$_device/rate" || return
	done
	for _round in $(seq $rounds); do
		for _device in $_devices; do
			echo "$_device" >"/sys/bus/bench/drivers/$1/unbind" || return
		done
		for _device in $_devices; do
			echo "$_device" >"/sys/bus/bench/drivers/$1/bind" || return
		done
	done
	for _device in $_devices; do
		_raised=$(value "$bench/$_device/counters" events_raised)
		await 30 more_raised "$_device" "$_raised" || return
		echo off >"$bench/$_device/rate"
	done
	for _device in $_devices; do
		accounted "$_device" || return
		echo "$_device: $(value "$bench/$_device/account" handled) events"
	done
	rmmod "$1"
}

plan $(($(echo "$modules" | wc -l) + 7))
modprobe bh_testbench
probe_failed='test_bench failed with error|probe of test_bench failed with error'
check_allowing "$probe_failed" "insmod fails with the error of probe(), and nothing is left" \
	insmod_fails_as_probe
check_allowing "$probe_failed" "bind fails with the error of probe(), and the next bind succeeds" bind_fails_as_probe
check "a name that is taken is refused, and nothing is left" names_are_unique
check "bind and unbind are refused the second time" bound_twice
check "one of two devices is unbound, the other continues" two_devices
check_allowing 'test_bench: [0-9] of [0-9] events lost' \
	"events that a driver loses are reported, each once" losses_are_told
# The second warning comes from remove_proc_entry(): /proc/irq/N still has the handler's folder.
check_warned 'free_irq\(\).is.missing removing.non-empty.directory' \
	"a missing free_irq(): one warning, and the handler is not called" free_irq_is_missing
for module in $modules; do
	check "$module: unbound and bound $rounds times under load" rebound "$module"
	[ ! -e "/sys/module/$module" ] || rmmod "$module"
done
ktap_finished
