#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# report.sh FOLDER - tests the report that "make demo" made in FOLDER. The report must be one
# well-formed file, load nothing from outside, contain everything that the run printed, and have
# correct pictures. A browser (vm/browser) must show and print the report: the screenshots and the
# PDF stay in FOLDER. report.sh runs on the host.

# Every "a && b || { say why; return 1; }" here is intended.
# shellcheck disable=SC2015,SC2317,SC2329

dir=${1:?report.sh needs the folder of a run, out/demo/KERNEL}
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

# asks PYTHON - run the code PYTHON. In this code "page" is the report as an XML parser reads it,
# text(ELEMENT) returns the text of an element, lines(FILE) the lines of a file in FOLDER, and
# records(KIND...) the records of these kinds
asks() {
	HTML=$html DIR=$dir python3 -c '
import json, os, re, sys, xml.etree.ElementTree as tree
source = open(os.environ["HTML"], encoding="utf-8").read()
page = tree.fromstring(source.replace("<!DOCTYPE html>", "", 1))
folder = os.environ["DIR"]
def text(element): return "".join(element.itertext())
def lines(name): return open(os.path.join(folder, name), encoding="utf-8", errors="replace").read().split("\n")
def records(*kinds):
    return [l.split("\t", 1)[1] for l in lines("records") if l.split("\t", 1)[0] in kinds and "\t" in l]
'"$1"
}

well_formed() {
	asks '
ids = [e.get("id") for e in page.iter() if e.get("id")]
double = {i for i in ids if ids.count(i) > 1}
broken = [a.get("href") for a in page.iter("a") if a.get("href")[1:] not in ids]
sys.exit(f"double ids {double}, links to nothing {broken}" if double or broken else 0)'
}

self_contained() {
	! grep -n -i -E 'https?:|<(script|link|iframe|img|object|embed)|[^-]src=|url\([^#]|@import' "$html"
}

every_claim() {
	asks '
told = sorted(text(li)[3:] for ul in page.iter("details") if ul.get("class") == "claims" for li in ul.iter("li"))
open_ = sorted(text(p).split(" ", 1)[1] for p in page.iter("p") if p.get("class") in ("FAIL", "skip"))
made, bad = sorted(records("ok")), sorted(records("FAIL", "skip"))
print(len(told), "folded,", len(open_), "open")
sys.exit(0 if told and told == made and open_ == bad else 1)'
}

# The report must contain every line that the terminal showed. The report is made from records, so
# this also tests that every script records what it prints.
every_line() {
	asks '
shown = text(page)
count = lambda l: re.match(r"\d+ passed, \d+ failed|guided-run|vm:|.{0,3}The VM ended|== The table", l)
missing = []
for name in sorted(os.listdir(folder)):
    if name == "lessons.txt" or re.match(r"(demo_|napi_)\w+\.txt$", name):
        for line in lines(name):
            line = re.sub("\033\\[[0-9;]*m", "", line).strip()
            line = re.sub(r"^(ok|FAIL|skip|==) +", "", line)
            if line and not count(line) and line not in shown and line[:1].upper() + line[1:] not in shown:
                missing.append(f"{name}: {line}")
print("\n".join(missing[:10]))
sys.exit(1 if missing else 0)'
}

# A picture that compares all mechanisms must come first, then the table of contents. Its first part
# shows the waits of this run: the first row must be the hard interrupt, and there must be a column
# with the exact numbers. Its second part has a row for each mechanism of the latency benchmark. The
# picture must say that an instruction is not a cycle. If the VM ran in the emulator, a warning must
# stand before the picture.
first_screen() {
	asks '
main = page.find(".//main")
kinds = [(e.tag, e.get("class")) for e in main]
figure = kinds.index(("figure", "compare"))
parts = [[text(th) for th in table.iter("th") if th.get("scope") == "row"] for table in main[figure].iter("table")]
rows, every = parts[0], parts[1] if len(parts) > 1 else []
dots = [e for e in main[figure].iter("svg") if e.get("class") == "dots"]
ok = kinds.index(("nav", None)) == figure + 1 and len(rows) == 5 and len(dots) == 5 + len(every) and \
    rows[0].startswith("hard IRQ") and rows[1].startswith("softirq") and \
    "instructions" in [text(th) for th in main[figure].iter("th")]
measured = {m["mechanism"] for m in json.load(open("'"$top"'/measure/figures/6.12.json"))["mechanisms"]}
if not lines("uname")[0].startswith("6.12."):
    measured = every if len(every) > 12 else ()
ok = ok and measured and len(every) == len(measured) and {"napi", "timer", "rcu", "tasklet"} <= set(every) and \
    "An instruction is not a cycle" in text(main[figure])
if "TCG" in "".join(lines("machine")):
    ok = ok and kinds.index(("p", "caveat")) < figure
print(kinds[:6], rows, every)
sys.exit(0 if ok else 1)'
}

# A claim that failed must be listed on the first screen. Further down, in the section of its
# script, this claim must not be folded.
failures_open() {
	_copy=$(mktemp -d)
	cp -R "$dir/." "$_copy" && printf 'FAIL\tpigs fly  (false)\n' >>"$_copy/records" &&
	"$top/tracing/report" "$_copy" && _html=$html html=$_copy/report.html && asks '
folded = [d for d in page.iter("details") if "pigs fly" in text(d)]
first = [s for s in page.iter("section") if s.get("class") == "failures"]
sys.exit(0 if not folded and text(page).count("pigs fly") == 2 and "pigs fly" in text(first[0]) else 1)'
	_rc=$?
	html=$_html
	rm -rf "$_copy"
	return $_rc
}

machine() {
	asks '
shown = {text(dt): text(dd) for dt, dd in zip(page.iter("dt"), page.iter("dd"))}
wrong = [l for l in lines("machine") if l and shown.get(l.split(" ", 1)[0]) != l.split(" ", 1)[1]]
sys.exit("\n".join(wrong) if wrong else 0)'
}

pictures() {
	for svg in "$dir"/trace-*/one.svg "$dir"/trace-*/all.svg "$dir"/trace-napi/*.svg; do
		_title=$(sed -n 's/.*font-weight="bold">\([^<]*\)<.*/\1/p' "$svg" | head -n 1)
		grep -q -F ">$_title<" "$html" || { echo "$svg: $_title"; return 1; }
	done
	# There must be one picture for each of the five strategies that the question "napi"
	# records.
	[ "$(find "$dir/trace-napi" -name '*.svg' | wc -l)" -eq 5 ] &&
	[ "$(grep -c '<figure class="bars"' "$html")" -ge 4 ]
}

true_pictures() {
	for _recording in "$dir"/trace-*/*.dat; do
		_name=${_recording#"$top"/}
		(cd "$top" && vm/sandbox -- tracing/timeline --check "$_name") || { echo "$_name"; return 1; }
	done
}

contexts() {
	cut -f 1 "$dir/context" | sort -u | while read -r label; do
		grep -q -F "<th scope=\"row\">$label</th>" "$html" || { echo "$label"; exit 1; }
	done
}

printed() {
	"$top/vm/browser" "$html" "$dir/report.pdf" 1280 900 2>"$dir/.browser" &&
	grep -q -a '^%PDF' "$dir/report.pdf" && [ "$(wc -c <"$dir/report.pdf")" -gt 100000 ] ||
		{ grep -v dbus "$dir/.browser"; return 1; }
	rm -f "$dir/.browser"
}

# rendered WIDTH NAME [OPTION...] - show the report in a browser. The page must be as wide as the
# window, nothing may stick out, and no picture may be too small. The screenshot must be larger than
# the file of an empty page. The script that measures the page is added only to a copy of the
# report; the report itself needs no script.
rendered() {
	_width=$1 _png=$dir/report-$2.png
	shift 2
	sed 's,</body>,<script>var wide = [];\
document.querySelectorAll("main > *\, section > *").forEach(function (e) {\
  if (e.getBoundingClientRect().right > innerWidth + 1) wide.push(e.tagName); });\
var svg = document.querySelectorAll("svg:not(details svg)")\, small = 0;\
svg.forEach(function (e) { var r = e.getBoundingClientRect(); if (r.width < 80 || r.height < 18) small++; });\
document.title = "page " + document.documentElement.scrollWidth + " window " + innerWidth +\
  " sticking out " + wide.length + " " + wide.join(" ") + " pictures " + svg.length + " small " + small;\
</script></body>,' "$html" >"$dir/.measured.html"
	"$top/vm/browser" "$dir/.measured.html" - "$_width" 900 "$@" >"$dir/.dom" 2>"$dir/.browser"
	_title=$(sed -n 's/.*<title>\(page [^<]*\)<.*/\1/p' "$dir/.dom" | head -n 1)
	echo "$_title"
	"$top/vm/browser" "$html" "$_png" "$_width" 2400 "$@" 2>>"$dir/.browser"
	[ "$_title" = "page $_width window $_width sticking out 0  pictures $(grep -o '<svg' "$html" | wc -l) small 0" ] &&
	[ "$(wc -c <"$_png")" -gt 30000 ] || { grep -v dbus "$dir/.browser"; return 1; }
	rm -f "$dir/.measured.html" "$dir/.dom" "$dir/.browser"
}

check "the report is well-formed, and its links lead somewhere" well_formed
check "it fetches nothing and needs no script" self_contained
check "one picture that compares all mechanisms comes first, then the contents" first_screen
check "every claim of the run is in it, as often as it was made; true claims are folded" every_claim
check "a claim that failed is not folded" failures_open
check "every line of the run is in it" every_line
check "the machine and the kernel" machine
check "the table of contexts" contexts
check "the pictures and the distributions" pictures
check "no picture contradicts its recording" true_pictures
check "no label of a picture lies on another" python3 "$top/selftests/timeline_test.py" labels "$dir"/trace-*/*.svg
check "a browser shows it in a wide window" rendered 1280 wide
check "a browser shows it in a narrow window, as on a phone" rendered 400 narrow
check "a browser shows it in dark mode" rendered 1280 dark --blink-settings=preferredColorScheme=0
check "a browser prints it" printed
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
