#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs measure/run-host once, with a few events for each mechanism. In a VM the numbers say nothing,
# so the test checks only that there are numbers, and what they depend on. collect.py, which
# run-host calls, refuses numbers that cannot be right.
#
# check() calls the functions below. shellcheck does not see these calls:
# shellcheck disable=SC2317,SC2329

. ./lib.sh

lab=${BH_LAB:-$(cd .. && pwd)}
[ -e "$lab/measure/bh_latency.ko" ] || skip_all "no measure/ with modules next to this folder"
command -v python3 >/dev/null || skip_all "no python3 here"
[ "$(uname -m)" = x86_64 ] || skip_all "measure/ is for x86_64 only so far"
need_modules bh_testbench

out=$(mktemp -d)
trap 'rm -rf "$log" "$out"' EXIT

host() {
	EVENTS=20 "$lab/measure/run-host" "$out/host" || return
	for _name in cpu clock governor idle_states; do
		grep -q "^$_name	..*" "$out/host/host.tsv" || { echo "host.tsv has no $_name"; return 1; }
	done
	for _setting in idle user flood; do
		grep -q "\"setting\":\"$_setting\",\"mechanism\":\"tasklet\",\"events\":20,\"unit\":\"cycles\"" \
			"$out/host/results.json" || { echo "no tasklet, $_setting"; return 1; }
	done
	! grep '"exact":true' "$out/host/results.json" && ! grep -q '^bh_latency ' /proc/modules
}

# A folder with files that are not from an earlier run must stay as it is.
foreign() {
	mkdir "$out/foreign" && : >"$out/foreign/thesis"
	! "$lab/measure/run-host" "$out/foreign" && [ -e "$out/foreign/thesis" ]
}

plan 2
check "measure-host: figures in cycles, and what they depend on" host
check "measure-host: refuses a folder with other files" foreign
ktap_finished
