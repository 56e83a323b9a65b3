# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Every test script here sources this file first. This file extends the kernel's ktap_helpers.sh:
# after each test, check() also reads the kernel log. An unexpected line in the log makes the test
# fail.
#
#	. ./lib.sh
#	need_modules bh_testbench demo_tasklet
#	plan 1
#	check "a tasklet runs" tasklet_runs
#	ktap_finished

. ./bench.sh
. ./kmsg.sh

# On the KCSAN kernel, KCSAN is off after boot, so turn it on.
kcsan=/sys/kernel/debug/kcsan
if [ -w $kcsan ]; then
	echo on >$kcsan
	without_known() {
		awk -f kcsan/filter.awk kcsan/known.tsv -
	}
fi

for _dir in "${BASE_DIR:+$BASE_DIR/kselftest}" ../kselftest \
	    "${KSELFTEST:+$KSELFTEST/kselftest}"; do
	if [ -n "$_dir" ] && [ -r "$_dir/ktap_helpers.sh" ]; then
		# shellcheck source=/dev/null
		. "$_dir/ktap_helpers.sh"
		break
	fi
done
command -v ktap_test_pass >/dev/null || {
	echo "Bail out! ktap_helpers.sh not found: set KSELFTEST"
	exit 1
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# skip_all REASON - skip all tests, because none can run here
skip_all() {
	ktap_print_header
	ktap_skip_all "$@"
	# KSFT_SKIP is set by ktap_helpers.sh
	# shellcheck disable=SC2153
	exit "$KSFT_SKIP"
}

# kernel_is VERSION - is the running kernel VERSION or newer?
kernel_is() {
	printf '%s\n' "$1" "$(uname -r)" | sort -V -C
}

# need_modules MODULE... - skip all tests if a MODULE is not installed
need_modules() {
	[ "$(id -u)" -eq 0 ] || skip_all "needs root"
	for _module; do
		modinfo -n "$_module" >/dev/null 2>&1 ||
			skip_all "module $_module is not installed"
	done
	# By default the kernel reports a work item as a CPU hog after 10 ms of CPU time. In the
	# tests the limit is one second.
	hogging 1000000
	mountpoint -q /sys/kernel/debug ||
		mount -t debugfs debugfs /sys/kernel/debug ||
		skip_all "no debugfs"
}

# hogging [US] - set the CPU time in microseconds after which the kernel reports a work item as a
# CPU hog. Without US, restore the kernel's own value.
hogging() {
	_thresh=/sys/module/workqueue/parameters/cpu_intensive_thresh_us
	[ -w $_thresh ] || return 0
	_thresh_first=${_thresh_first:-$(cat $_thresh)}
	echo "${1:-$_thresh_first}" >$_thresh
}

# plan N - print the KTAP header, and that N tests follow
plan() {
	ktap_print_header
	ktap_set_plan "$1"
}

# check DESCRIPTION COMMAND... - run one test, and check the kernel log after it. If COMMAND returns
# KSFT_SKIP, the test is skipped, and the last line of its output is the reason.
check() {
	_description=$1
	shift
	kmsg_mark
	# COMMAND runs in a subshell, so "exit" in COMMAND ends only this test.
	("$@") >"$log" 2>&1
	_rc=$?
	_splat=$(unexpected)

	if [ "$_rc" -eq "$KSFT_SKIP" ] && [ -z "$_splat" ]; then
		ktap_print_msg "$(tail -n 1 "$log")"
		ktap_test_skip "$_description"
		return
	fi
	if [ "$_rc" -eq 0 ] && [ -z "$_splat" ]; then
		ktap_test_pass "$_description"
		return
	fi
	sed 's/^/# | /' "$log"
	[ -z "$_splat" ] || printf '%s\n' "$_splat" | sed 's/^/# dmesg: /'
	ktap_test_fail "$_description"
}

# check_allowing PATTERN DESCRIPTION COMMAND... - the same as check, but the kernel log may contain
# lines that match PATTERN
check_allowing() {
	_allowed=$allowed
	allowed="$allowed
$1"
	shift
	check "$@"
	allowed=$_allowed
}

# scaled N - print how often a test should repeat something: N times. On a kernel with checkers each
# repetition takes longer, so print N / 20 there.
scaled() {
	if [ -r /proc/lockdep_stats ] || [ -e $kcsan ]; then
		echo $(($1 / 20))
	else
		echo "$1"
	fi
}

# skip REASON - end a test that this kernel or machine cannot run
skip() {
	echo "$*"
	exit "$KSFT_SKIP"
}

# kilobytes - print how many kB of slab, per-CPU, vmalloc and kernel stack memory are in use. A
# module that leaks memory increases this number.
kilobytes() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^(SUnreclaim|Percpu|VmallocUsed|KernelStack):/ { n += $2 }
		END { print n }' /proc/meminfo
}

# want WHAT EXPECTED ACTUAL - if EXPECTED and ACTUAL are not equal, print both and fail
want() {
	[ "$2" = "$3" ] && return
	echo "$1: expected $2, got $3"
	return 1
}

# accounted LINE - wait until LINE's driver has handled all events. If events are still missing
# after 60 seconds, print the counters, which show where the events are missing, and fail.
accounted() {
	await 60 line_is_quiet "$1" && return
	cat "$bench/$1/counters" "$bench/$1/account"
	return 1
}

# random N - set $number to a random number from 0 to N - 1. The same $seed gives the same numbers.
# random() starts no process, because some tests call it thousands of times.
random() {
	_random=$(((${_random:-${seed:?}} * 1103515245 + 12345) & 0x7fffffff))
	number=$((_random / 65536 % $1))
}

# pick WORD... - set $picked to one of the words
pick() {
	random $#
	shift "$number"
	# shellcheck disable=SC2034 # the tests use it
	picked=$1
}
