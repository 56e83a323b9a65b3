# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# The functions for a guided run (demo.sh). A demo.sh sources this file, in the VM or on a test
# machine, as root. A run has steps. Each step shows a command and what it printed, and then checks
# what the lesson claims about this command. If a claim is not true, the run fails.
#
# BH_OUT, if set, names a folder in which all runs together collect three things: the rows of a
# table of contexts, the number of claims, and records. A record is a line that the terminal showed,
# with its kind in front (script, title, step, say, command, output, ok, FAIL, skip, count).
# tracing/report makes the report from the records.
#
# With BH_STEP=1 and a terminal ("make demo-LESSON STEP=1"), the run stops before each step, and
# asks the reader to guess some results. Guesses do not count as claims.

# The working folder is the folder of the lesson.
. ../selftests/bench.sh

passed=0
failed=0
skipped=0
steps=0
guesses=0
right=0

if [ -t 1 ] || [ -n "${BH_COLOUR:-}" ]; then
	_bold=$(printf '\033[1m') _dim=$(printf '\033[2m')
	_green=$(printf '\033[32m') _red=$(printf '\033[31m')
	_plain=$(printf '\033[0m')
else
	_bold='' _dim='' _green='' _red='' _plain=''
fi

# record KIND TEXT - record each line of TEXT
record() {
	[ -n "${BH_OUT:-}" ] || return 0
	printf '%s\n' "$2" | while IFS= read -r _line; do
		printf '%s\t%s\n' "$1" "$_line"
	done >>"$BH_OUT/records"
}

# title TEXT - print what this lesson is about, in one line. Load the testbench if it is not loaded,
# and leave it loaded for the next lesson
title() {
	printf '\n%s== %s%s\n' "$_bold" "$1" "$_plain"
	record script "${PWD##*/}/${0##*/}"
	record title "$1"
	[ -d "$bench" ] || run "insmod ../testbench/bh_testbench.ko" || finish
}

# stepping - does the run stop at each step, and ask the reader?
stepping() {
	[ -n "${BH_STEP:-}" ] && [ -t 0 ]
}

# predict QUESTION - ask the reader before a command shows the answer
predict() {
	stepping || return 0
	printf '\n   %s%s%s ' "$_bold" "$1" "$_plain"
	IFS= read -r _guess || _guess=
}

# answer ANSWER - print the answer that the run has shown, next to the reader's guess. "Y", "yes." and
# "10,000" are as right as "yes" and "10000"
answer() {
	stepping && [ -n "$_guess" ] || return 0
	guesses=$((guesses + 1))
	_plain_guess=$(printf '%s' "$_guess" | tr '[:upper:]' '[:lower:]' | sed 's/[[:blank:],]//g; s/\.$//')
	case $_plain_guess in
	y) _plain_guess=yes ;;
	n) _plain_guess=no ;;
	esac
	if [ "$_plain_guess" = "$1" ]; then
		right=$((right + 1))
		printf '   %s: as you said\n' "$1"
	else
		printf '   you said %s, and it is %s\n' "$_guess" "$1"
	fi
}

# step TEXT - print what comes next, and what to watch
step() {
	if stepping && [ "$steps" -gt 0 ]; then
		printf '\n   Press Enter to continue. '
		IFS= read -r _ || :
	fi
	steps=$((steps + 1))
	printf '\n%s%d. %s%s\n' "$_bold" "$steps" "$1" "$_plain"
	record step "$steps. $1"
}

# say TEXT... - print lines of explanation
say() {
	printf '   %s\n' "$@"
	for _text; do record say "$_text"; done
}

# show - print the output of a command, from stdin
show() {
	while IFS= read -r _line; do
		printf '   %s\n' "$_line"
		record output "$_line"
	done
}

# typed COMMAND - print COMMAND as a person would type it
typed() {
	printf '   %s# %s%s\n' "$_dim" "$1" "$_plain"
	record command "# $1"
}

# run COMMAND - print COMMAND as a person would type it, run it, and print its output
run() {
	typed "$1"
	if ! _out=$(eval "$1" 2>&1); then
		[ -z "$_out" ] || printf '%s\n' "$_out" | show
		claim "the command above succeeds" false
		return 1
	fi
	[ -z "$_out" ] || printf '%s\n' "$_out" | show
}

# claim TEXT COMMAND... - check a claim: TEXT is true if COMMAND succeeds
claim() {
	_text=$1
	shift
	if "$@" >/dev/null 2>&1; then
		passed=$((passed + 1))
		printf '   %sok%s    %s\n' "$_green" "$_plain" "$_text"
		record ok "$_text"
	else
		failed=$((failed + 1))
		printf '   %sFAIL%s  %s  (%s)\n' "$_red" "$_plain" "$_text" "$*"
		record FAIL "$_text  ($*)"
	fi
}

# skip TEXT REASON - record a claim that cannot be checked on this machine
skip() {
	skipped=$((skipped + 1))
	printf '   skip  %s (%s)\n' "$1" "$2"
	record skip "$1 ($2)"
}

# quiet DEVICE - wait until the driver has handled every event that was raised
quiet() {
	await 30 line_is_quiet "$1"
}

# load MODULE.ko [PARAM=VALUE...] - load a module from the folder of the lesson with insmod
load() {
	run "insmod ./$*"
}

# unload MODULE - call rmmod for MODULE
unload() {
	run "rmmod $1"
}

# top_half_claims DEVICE - check where the device's top half ran. On PREEMPT_RT a handler runs in a
# thread, unless its driver sets IRQF_NO_THREAD. BH is disabled in this thread, so a softirq that the
# handler raises runs after the handler has returned
top_half_claims() {
	_top=$bench/$1/top/context
	if realtime; then
		claim "PREEMPT_RT: the top half ran in a task, with BH disabled" \
			test "$(value "$_top" ran_in)" = bh_off
		claim "the task is the thread of the interrupt, irq/$(irq_of "$1")-..." \
			test "$(value "$_top" task | cut -d- -f1)" = "irq/$(irq_of "$1")"
		claim "interrupts were on" test "$(value "$_top" interrupts)" = on
	else
		claim "the top half ran in a hard interrupt" \
			test "$(value "$_top" ran_in)" = hardirq
		claim "interrupts were off" test "$(value "$_top" interrupts)" = off
	fi
}

# context_row LABEL DEVICE PROBE - add a row to the table of contexts
context_row() {
	[ -n "${BH_OUT:-}" ] || return 0
	awk -v label="$1" '
		{ k = $1; sub(/^[^ \t]+[ \t]+/, ""); v[k] = $0 }
		END {
			printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", label,
			       v["ran_in"], v["vector"], v["interrupts"],
			       v["preemptible"], v["may_sleep"], v["task"],
			       v["cpu"] == v["raised_cpu"] ? "same" : "other"
		}' "$bench/$2/$3/context" >>"$BH_OUT/context"
}

# decode_preempt_count HEX - explain a preempt_count from the kernel log, in lines "FIELD NUMBER
# MEANING". Each kernel has its own layout of the count, so read the layout from the testbench
decode_preempt_count() {
	_count=$((0x${1#0x}))
	while read -r _field _shift _bits; do
		_n=$((_count >> _shift & (1 << _bits) - 1))
		case $_field/$_n in
		need_resched/*) continue ;;
		*/0) _means='-' ;;
		preempt/*) _means="preemption is disabled, $_n deep" ;;
		softirq/1) _means='serving a softirq' ;;
		softirq/*[13579]) _means="serving a softirq, BH disabled $((_n / 2)) deep" ;;
		softirq/*) _means="BH is disabled, $((_n / 2)) deep" ;;
		hardirq/*) _means='in a hard interrupt' ;;
		nmi/*) _means='in a non-maskable interrupt' ;;
		*) _means="$_n deep" ;;
		esac
		printf '%-16s %3d  %s\n' "$_field" "$_n" "$_means"
	done <"$bench/preempt_count_layout"
}

# finish - print how many claims are true, and exit. finish() is the last line of a demo.sh
finish() {
	[ -z "${BH_OUT:-}" ] ||
		echo "$passed $failed $skipped" >>"$BH_OUT/tally"
	printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
	record count "$passed passed, $failed failed, $skipped skipped"
	[ "$guesses" -eq 0 ] || printf 'Of your %d guesses %d were right.\n' "$guesses" "$right"
	[ "$failed" -eq 0 ]
	exit
}
