#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# readme.sh            - type what the READMEs show: the scripts /share/readme/FOLDER@KIND.sh, where
#                        KIND is nothing, or the kernel that the blocks want, or a newer one. What
#                        they print goes to files beside them; selftests/run, which has made the
#                        scripts, compares it with the READMEs
# readme.sh broken DIR - the blocks of DIR/README.md that break the kernel

. ./lib.sh

lab=${BH_LAB:-$(cd .. && pwd)}
scripts=/share/readme

# typed NAME - the commands in one shell, in the README's folder ("_" is the top one)
typed() {
	folder=${1%@*}
	[ "$folder" != _ ] || folder=.
	cd "$lab/$folder" && { PS1='# ' bash "$scripts/$1.sh" >"$scripts/$1.out" 2>&1 </dev/null || :; } &&
		[ -s "$scripts/$1.out" ]
}

# newer NAME - the blocks for newer kernels, as far as this one is that new
newer() {
	kernel_is "${1#*@}" || skip "blocks for ${1#*@} and newer"
	typed "$1"
}

[ -d $scripts ] || skip_all "no scripts to type: selftests/run makes them"
need_modules bh_testbench
if [ "${1:-}" = broken ]; then
	plan 1
	ktap_test_result "$2/README.md is typed, what breaks" typed "$2@broken"
else
	modprobe -r bh_testbench
	names=
	for script in "$scripts"/*@.sh "$scripts"/*@[0-9]*.sh; do
		[ ! -e "$script" ] || names="$names $(basename "$script" .sh)"
	done
	plan "$(echo "$names" | wc -w)"
	for name in $names; do
		case $name in
		*@)	check "${name%@}/README.md is typed" typed "$name" ;;
		*)	check "${name%@*}/README.md is typed, blocks for ${name#*@}" newer "$name" ;;
		esac
	done
fi
ktap_finished
