#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# readme.sh             - run the commands of READMEs, BUGS.md and MORE.md. selftests/run has copied
#                         the commands to scripts: /share/readme/FOLDER@FILE@KIND.sh. KIND is empty,
#                         or the oldest kernel on which the commands work. The output goes to files
#                         in the same folder; selftests/run compares it with the documents
# readme.sh broken FILE - run the blocks of FILE (FOLDER/README.md) that break the kernel

. ./lib.sh

lab=${BH_LAB:-$(cd .. && pwd)}
scripts=/share/readme

# document NAME - print the path of the document from which script NAME was made. In NAME, "_" is
# the top folder
document() {
	path=${1%@*}.md
	path=${path%%@*}/${path#*@}
	echo "${path#_/}"
}

# typed NAME - run the commands of script NAME in one shell, in the document's folder
typed() {
	folder=${1%%@*}
	[ "$folder" != _ ] || folder=.
	cd "$lab/$folder" && { PS1='# ' bash "$scripts/$1.sh" >"$scripts/$1.out" 2>&1 </dev/null || :; } &&
		[ -s "$scripts/$1.out" ]
}

# newer NAME - NAME ends with a kernel version. If this kernel has that version or a newer one, run
# the commands
newer() {
	kernel_is "${1##*@}" || skip "blocks for ${1##*@} and newer"
	typed "$1"
}

[ -d $scripts ] || skip_all "no scripts to type: selftests/run makes them"
need_modules bh_testbench
if [ "${1:-}" = broken ]; then
	plan 1
	name=${2%.md}
	ktap_test_result "$2 is typed: what breaks the kernel" typed "${name%/*}@${name##*/}@broken"
else
	names=
	for script in "$scripts"/*@.sh "$scripts"/*@[0-9]*.sh; do
		[ ! -e "$script" ] || names="$names $(basename "$script" .sh)"
	done
	plan "$(echo "$names" | wc -w)"
	for name in $names; do
		# Each document loads the modules that it needs.
		modprobe -r bh_testbench
		case $name in
		*@)	check "$(document "$name") is typed" typed "$name" ;;
		*)	check "$(document "$name") is typed: blocks for ${name##*@}" newer "$name" ;;
		esac
	done
fi
ktap_finished
