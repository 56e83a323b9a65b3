#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# readme.sh               - what each lesson's README shows is what its commands
#                           print, typed one after another; blocks marked with
#                           a number want that kernel or a newer one
# readme.sh broken DIR    - the blocks of DIR/README.md that break the kernel
# readme.sh update DIR [broken]
#                         - print DIR/README.md with the outputs of this machine

. ./lib.sh

lab=${BH_LAB:-$(cd .. && pwd)}

# typed README [KIND] - the commands of README in one shell, in its folder
typed() {
	awk -v mode=script -v kind="${2:-}" -f console.awk "$1" >"$log.sh"
	(
		cd "$(dirname "$1")" || exit
		PS1='# ' bash "$log.sh" 2>&1 </dev/null
	) >"$log.out"
	rm -f "$log.sh"
}

true_to_life() {
	typed "$1" "${2:-}"
	awk -v mode=check -v kind="${2:-}" -f console.awk "$1" "$log.out"
}

# newer README - the blocks for newer kernels, as far as this one is that new
newer() {
	sed -n 's/^```console \([0-9.]*\)$/\1/p' "$1" | sort -u >"$log.kinds"
	while read -r kind; do
		kernel_is "$kind" || skip "blocks for $kind and newer"
		true_to_life "$1" "$kind" || return
	done <"$log.kinds"
}

trap 'rm -f "$log" "$log.out" "$log.sh" "$log.kinds"' EXIT

case ${1:-} in
update)
	typed "$lab/$2/README.md" "${3:-}"
	awk -v mode=update -v kind="${3:-}" -f console.awk \
		"$lab/$2/README.md" "$log.out"
	;;
broken)
	need_modules bh_testbench
	plan 1
	ktap_test_result "$2/README.md on what breaks" \
		true_to_life "$lab/$2/README.md" broken
	ktap_finished
	;;
*)
	readmes=$(grep -l '^```console$' "$lab"/README.md "$lab"/*/README.md 2>/dev/null)
	[ -n "$readmes" ] || skip_all "no lessons beside this folder"
	need_modules bh_testbench
	modprobe -r bh_testbench
	later=$(grep -lE '^```console [0-9.]+$' "$lab"/*/README.md)
	plan "$(echo "$readmes" "$later" | wc -w)"
	for readme in $readmes; do
		check "${readme#"$lab"/} shows what its commands print" \
			true_to_life "$readme"
	done
	for readme in $later; do
		check "${readme#"$lab"/} on newer kernels" newer "$readme"
	done
	ktap_finished
	;;
esac
