#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# pairs.sh              - every fixed twin of pairs.tsv: the same trigger, then a
#                         hundred times more: silent, and no event lost
# pairs.sh fixed BUG    - the same for one of them
# pairs.sh broken BUG   - one broken twin: refuses outside a virtual machine,
#                         announces itself, shows the symptom predicted.
#                         Damages the kernel: in a machine of its own.

. ./lib.sh

# field BUG N - of the first line of the catalogue that fits
field() {
	awk -F '\t' -v bug="$1" -v n="$2" '$1 == bug { print $n; exit }' pairs.tsv
}

fixed_twin() {
	bug=$1
	modprobe "${bug}_fixed"
	# shellcheck disable=SC2064
	trap "rmmod ${bug}_fixed" EXIT
	field "$bug" 3 >"$bench/${bug}_fixed/raise" && accounted "${bug}_fixed" &&
	echo 100 >"$bench/${bug}_fixed/raise" && accounted "${bug}_fixed"
}

refused() {
	grep -q '^flags.* hypervisor' /proc/cpuinfo &&
		skip "the machine shows a hypervisor bit"
	! modprobe "${bug}_broken" &&
	kmsg_since | grep "${bug}_broken.*force=1" &&
	! [ -d "$bench/${bug}_broken" ]
}

announced() {
	modprobe "${bug}_broken" force=1 &&
	kmsg_since | grep "${bug}_broken"
}

symptom() {
	field "$bug" 3 >"$bench/${bug}_broken/raise"
	await 60 said "$(field "$bug" 4)"
}

said() {
	kmsg_since | grep -F "$1"
}

survived() {
	[ "$(field "$bug" 5)" = alive ] || skip "it is not meant to survive"
	[ "$(echo alive | cat)" = alive ]
}

# A broken twin's kernel log is the result, not a failure.
expect() {
	ktap_test_result "$1" "$2"
}

if [ "${1:-}" = broken ]; then
	bug=$2
	need_modules bh_testbench "${bug}_broken"
	plan 4
	kmsg_mark
	expect "${bug}_broken refuses outside a virtual machine" refused
	expect "${bug}_broken announces what it will do" announced
	expect "${bug}_broken: $(field "$bug" 4)" symptom
	expect "${bug}_broken: the machine survives" survived
	kmsg_since | head -n 60 | sed 's/^/# dmesg: /'
else
	need_modules bh_testbench
	bugs=${2:-$(awk -F '\t' '!/^#/ && NF { print $1 }' pairs.tsv | sort -u)}
	plan "$(echo "$bugs" | wc -l)"
	for bug in $bugs; do
		check "${bug}_fixed is silent and loses no event" fixed_twin "$bug"
	done
fi
ktap_finished
