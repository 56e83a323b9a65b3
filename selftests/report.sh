#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# report.sh FOLDER - the report that "make demo" made in FOLDER: it is one well-formed file,
# it fetches nothing, everything the run printed is in it, and a browser shows it, wide and
# narrow (vm/browser; the pictures stay in FOLDER). Runs on the host.

# All "a && b || { say why; return 1; }" here are meant so.
# shellcheck disable=SC2015,SC2317,SC2329

dir=${1:?report.sh wants the folder of a run, out/demo/KERNEL}
html=$dir/report.html
top=$(cd "$(dirname "$0")/.." && pwd)
passed=0
failed=0
[ -s "$html" ] || {
	echo "not ok 1 there is no $html: make demo"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}

check() {
	_what=$1
	shift
	if _said=$("$@" 2>&1); then
		passed=$((passed + 1))
		echo "ok $((passed + failed)) $_what"
	else
		failed=$((failed + 1))
		printf '%s\n' "$_said" | head -n 20 | sed 's/^/# | /'
		echo "not ok $((passed + failed)) $_what"
	fi
}

well_formed() {
	perl -0777 -ne '
		s/^<!DOCTYPE html>//; s/<!--.*?-->//gs; s/<style>.*?<\/style>//gs; my @open;
		while (/<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[-\w:]+="[^"<]*")*)\s*(\/?)>/g) {
			if ($1) { my $o = pop @open // ""; die "</$2> where $o is open\n" if $o ne $2 }
			elsif (!$4) { push @open, $2 }
		}
		die "never closed: @open\n" if @open;
		s/<\/?[A-Za-z][A-Za-z0-9]*(?:\s+[-\w:]+="[^"<]*")*\s*\/?>//g;
		die "a stray sign: ", substr($_, $-[0] - 40, 80), "\n" if /[<>]|&(?!(?:amp|lt|gt|quot|#\d+);)/;
	' "$html"
}

self_contained() {
	! grep -n -i -E 'https?:|<(script|link|iframe|img|object|embed)|[^-]src=|url\(|@import' "$html"
}

# As report escapes it
escaped() {
	sed -e "s/$(printf '\033')\[[0-9;]*m//g" -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g'
}

every_claim() {
	for file in "$dir"/lessons.txt "$dir"/*_*.txt; do
		[ -s "$file" ] || continue
		grep -E 'ok  |FAIL  |skip  ' "$file" | escaped | grep -E '^ +(ok|FAIL|skip)  ' |
			sed 's/^ *\([a-zA-Z]*\) */\1 /'
	done | sort >"$html.claims"
	sed -n 's/^<li class="[a-zA-Z]*"><b>\([a-zA-Z]*\)<\/b> \(.*\)<\/li>$/\1 \2/p' "$html" |
		sort >"$html.told"
	[ -s "$html.claims" ] && diff "$html.claims" "$html.told"
	_rc=$?
	rm -f "$html.claims" "$html.told"
	return $_rc
}

every_command() {
	cat "$dir"/lessons.txt "$dir"/*_*.txt | escaped | sed -n 's/^   # /# /p' | sort >"$html.run"
	sed 's/<pre>//' "$html" | sed -n 's/^<kbd>\(.*\)<\/kbd>$/\1/p' | sort | diff "$html.run" -
	_rc=$?
	rm -f "$html.run"
	return $_rc
}

machine() {
	while read -r name value; do
		grep -q -F "<dt>$name</dt><dd>$(printf '%s' "$value" | escaped)</dd>" "$html" ||
			{ echo "$name"; return 1; }
	done <"$dir/machine"
}

pictures() {
	for svg in "$dir"/trace-*/one.svg "$dir"/trace-napi/*.svg; do
		_title=$(sed -n 's/.*font-weight="bold">\([^<]*\)<.*/\1/p' "$svg" | head -n 1)
		grep -q -F ">$_title<" "$html" || { echo "$svg: $_title"; return 1; }
	done
	# One for each strategy of the network driver
	[ "$(find "$dir/trace-napi" -name '*.svg' | wc -l)" -eq 5 ] &&
	[ "$(grep -c '<svg class="bars"' "$html")" -ge 4 ]
}

contexts() {
	cut -f 1 "$dir/context" | sort -u | while read -r label; do
		grep -q -F "<th scope=\"row\">$label</th>" "$html" || { echo "$label"; exit 1; }
	done
}

# rendered WIDTH NAME [OPTION...] - by a browser: the page is as wide as the window, nothing
# in it sticks out, every picture has its room, and the pixels are not all the same. The
# script that measures is in a copy; the report needs none.
rendered() {
	_width=$1 _png=$dir/report-$2.png
	shift 2
	sed 's,</body>,<script>var wide = [];\
document.querySelectorAll("main > *\, section > *").forEach(function (e) {\
  if (e.getBoundingClientRect().right > innerWidth + 1) wide.push(e.tagName); });\
var svg = document.querySelectorAll("svg")\, small = 0;\
svg.forEach(function (e) { var r = e.getBoundingClientRect(); if (r.width < 100 || r.height < 20) small++; });\
document.title = "page " + document.documentElement.scrollWidth + " window " + innerWidth +\
  " sticking out " + wide.length + " " + wide.join(" ") + " pictures " + svg.length + " small " + small;\
</script></body>,' "$html" >"$dir/.measured.html"
	"$top/vm/browser" "$dir/.measured.html" - "$_width" 900 "$@" >"$dir/.dom" 2>"$dir/.browser"
	_title=$(sed -n 's/.*<title>\(page [^<]*\)<.*/\1/p' "$dir/.dom" | head -n 1)
	echo "$_title"
	"$top/vm/browser" "$html" "$_png" "$_width" 2400 "$@" 2>>"$dir/.browser"
	[ "$_title" = "page $_width window $_width sticking out 0  pictures $(grep -c '<svg' "$html") small 0" ] &&
	[ "$(wc -c <"$_png")" -gt 30000 ] || { grep -v dbus "$dir/.browser"; return 1; }
	rm -f "$dir/.measured.html" "$dir/.dom" "$dir/.browser"
}

check "the report is well-formed" well_formed
check "it fetches nothing and needs no script" self_contained
check "every claim of the run is in it, as often as it was made" every_claim
check "every command of the run is in it" every_command
check "the machine and the kernel" machine
check "the table of contexts" contexts
check "the pictures and the distributions" pictures
check "a browser shows it, on a desk" rendered 1280 wide
check "a browser shows it, on a phone" rendered 400 narrow
check "and in the dark" rendered 1280 dark --blink-settings=preferredColorScheme=0
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
