#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Makes an interrupt that the device did not raise, for every lesson, every fixed module, and each
# strategy of the network driver. A driver can get spurious interrupts if its device shares the
# interrupt line with other devices, or because of a race. The top half of the driver must find the
# event register empty and return IRQ_NONE, and nothing else may change.
#
# check() calls the functions below by name, which shellcheck does not see:
# shellcheck disable=SC2317,SC2329

. ./lib.sh
. ./napi_dummy_lib.sh

need_modules bh_testbench demo_tasklet napi_dummy_netdev
trap 'unpair; rm -f "$log"' EXIT

modules=$(bench_drivers)

# These drivers pass NULL for the top half, so the kernel uses irq_default_primary_handler(), which
# does not know the device. This function wakes the thread, and the thread finds the register empty.
no_top_half='irq_thread_only irq_null_handler_fixed irq_disable_self_fixed'

# In this module two handlers share the interrupt. The kernel calls both handlers, and both return
# IRQ_NONE.
two_top_halves='irq_shared'

# member WORD LIST - is WORD in LIST?
member() {
	case " $2 " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
}

# state DEVICE - print what a spurious interrupt must not change
state() {
	cat "$bench/$1/account"
	grep '^events' "$bench/$1/counters"
}

# returned DEVICE - print "none N handled N wake_thread N": how many calls of DEVICE's top half
# returned each value
returned() {
	sed -n 's/^returned_//p' "$bench/$1/counters" | sort | xargs
}

calls() {
	awk '/^returned_/ { n += $2 } END { print n }' "$bench/$1/counters"
}

called() {
	[ "$(calls "$1")" -ge "$2" ]
}

# more N NAME STRING - STRING is an output of returned(). Add N to the count after NAME, and print
# the result
more() {
	echo "$3" | awk -v n="$1" -v name="$2" '{
		for (i = 1; i < NF; i += 2)
			if ($i == name)
				$(i + 1) += n
		print
	}'
}

# answers LINE CALLS ANSWER - make a spurious interrupt: the kernel must call CALLS handlers, and
# each must return ANSWER. On PREEMPT_RT the kernel may run the handler in a thread. Then it first
# calls irq_default_primary_handler(), which wakes this thread: set $_answer to wake_thread
answers() {
	_answer=$3
	_returned=$(returned "$1")
	echo 1 >"$bench/$1/spurious" || return
	await 30 called "$1" $(($(echo "$_returned" | awk '{ print $2 + $4 + $6 }') + $2)) || return
	! realtime || [ "$(returned "$1")" = "$(more "$2" none "$_returned")" ] || _answer=wake_thread
	want "$1: calls that returned" "$(more "$2" "$_answer" "$_returned")" "$(returned "$1")"
}

# disturbed MODULE DEVICE - make a spurious interrupt of DEVICE, and check what MODULE does with it
disturbed() {
	accounted "$2" || return
	_state=$(state "$2")
	_calls=1
	! member "$1" "$two_top_halves" || _calls=2
	_answer=none
	! member "$1" "$no_top_half" || _answer=wake_thread
	answers "$2" $_calls "$_answer" || return
	if [ "$_answer" = wake_thread ]; then
		# The thread handles the spurious interrupt before the next event. So raise an
		# event, and wait until it is handled.
		echo 1 >"$bench/$2/raise" && accounted "$2" || return
		want "$2: events handled" $(($(echo "$_state" | awk '$1 == "handled" { print $2 }') + 1)) \
			"$(value "$bench/$2/account" handled)" || return
		_tops=$(($(value "$bench/$2/account" top_halves) - \
			$(echo "$_state" | awk '$1 == "top_halves" { print $2 }')))
		[ $_tops -le 1 ] || { echo "$2: $_tops top halves for one event"; return 1; }
	else
		want "$2: account" "$_state" "$(state "$2")"
	fi
}

undisturbed() {
	modprobe "$1" || return
	_devices=$(devices_of "$1")
	[ -n "$_devices" ] || { echo "no device on the bus"; return 1; }
	for _device in $_devices; do
		disturbed "$1" "$_device" || return
		echo "$_device: $(returned "$_device")"
	done
	rmmod "$1"
}

# nic_state - print the counters of nd1 that a spurious interrupt must not change
nic_state() {
	cat "$nd_dir/nd1/counters"
	in_b ethtool -S nd1 | grep -vE '_polls:|link_changes:'
}

all_read() {
	for _line in "$bench"/nd1-*; do
		[ "$(value "$_line/counters" unread)" -eq 0 ] || return
	done
}

# strategy_undisturbed STRATEGY - make a spurious interrupt on each line of nd1: the lines of the
# queues, of their DMA controllers and of the link. Meanwhile nd1 is up, and nothing is sent. Then
# take nd1 down, which waits for its IRQ threads and bottom halves, and compare the counters
strategy_undisturbed() {
	[ -e "$nd_dir" ] || pair || return
	strategy "$1" && await 30 all_read || return
	_state=$(nic_state)
	for _nic_line in "$bench"/nd1-*; do
		answers "${_nic_line##*/}" 1 none || return
		echo "${_nic_line##*/}: $(returned "${_nic_line##*/}")"
	done
	down && want "counters of nd1" "$_state" "$(nic_state)" && up &&
	frames -n 200 -w 8 && all_adds_up
}

all_known() {
	for _module in $no_top_half $two_top_halves; do
		echo "$modules" | grep -x "$_module" || { echo "no module $_module"; return 1; }
	done
}

plan $(($(echo "$modules $nd_strategies" | wc -w) + 1))
modprobe bh_testbench
check "the modules named as exceptions exist" all_known
for module in $modules; do
	if member "$module" "$no_top_half"; then
		check "$module: the thread finds no event, since there is no top half" undisturbed "$module"
	else
		check "$module: IRQ_NONE for an interrupt that its device did not raise" undisturbed "$module"
	fi
	[ ! -e "/sys/module/$module" ] || rmmod "$module"
done
# The testbench counts the return values of handlers. It does so only while a driver on its bus is
# loaded (bh_hooks_get()), so load one.
modprobe demo_tasklet
for s in $nd_strategies; do
	check "napi_dummy_netdev, $s: IRQ_NONE for interrupts that the NIC did not raise" strategy_undisturbed "$s"
done
rmmod demo_tasklet
ktap_finished
