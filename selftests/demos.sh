#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Starts every guided run (demo.sh). Each claim that a guided run checks is a test here.

. ./lib.sh

lab=${BH_LAB:-$(cd .. && pwd)}
demos='demo_softirq demo_tasklet demo_workqueue demo_threaded_irq napi_dummy_netdev'
for demo in $demos; do
	[ -x "$lab/$demo/demo.sh" ] || skip_all "no guided runs next to this folder"
done
need_modules bh_testbench

clean() {
	[ -z "$splat" ]
}

modprobe -r bh_testbench
ktap_print_header
count=0
for demo in $demos; do
	kmsg_mark
	"$lab/$demo/demo.sh" >"$log" 2>&1
	status=$?
	while read -r verdict text; do
		case $verdict in
		ok) ktap_test_pass "$demo: $text" ;;
		FAIL) ktap_test_fail "$demo: $text" ;;
		skip) ktap_test_skip "$demo: $text" ;;
		*) continue ;;
		esac
		count=$((count + 1))
	done <<-END
	$(grep -E '^ +(ok|FAIL|skip) ' "$log")
	END
	ktap_test_result "$demo: the guided run ends well" test "$status" -eq 0
	splat=$(unexpected)
	[ -z "$splat" ] || printf '%s\n' "$splat" | sed 's/^/# dmesg: /'
	ktap_test_result "$demo: the kernel log is clean" clean
	[ "$status" -eq 0 ] || sed 's/^/# | /' "$log"
	count=$((count + 2))
done
ktap_set_plan "$count"
ktap_finished
