# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Every test script here sources this file first. It extends the kernel's own ktap_helpers.sh: after
# every test it also reads the kernel log, and a line that is not expected makes the test fail.
#
#	. ./lib.sh
#	need_modules bh_testbench demo_tasklet
#	plan 1
#	check "a tasklet runs" tasklet_runs
#	ktap_finished

. ./bench.sh
. ./kmsg.sh

# On the KCSAN kernel, the search for data races is off after boot, so turn the search on.
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
	# In the tests, a work item counts as a CPU hog only after a second of CPU time. The
	# kernel's default is 10 ms.
	hogging 1000000
	mountpoint -q /sys/kernel/debug ||
		mount -t debugfs debugfs /sys/kernel/debug ||
		skip_all "no debugfs"
}

# hogging [US] - change the time after which a work item counts as a CPU hog; without US, restore
# the kernel's own value
hogging() {
	_thresh=/sys/module/workqueue/parameters/cpu_intensive_thresh_us
	[ -w $_thresh ] || return 0
	_thresh_first=${_thresh_first:-$(cat $_thresh)}
	echo "${1:-$_thresh_first}" >$_thresh
}

# plan N - announce that N checks follow
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
	# COMMAND runs in a separate process, so an exit in the test ends only the test.
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

# check_allowing PATTERN DESCRIPTION COMMAND... - the same as check, but the log may contain PATTERN
check_allowing() {
	_allowed=$allowed
	allowed="$allowed
$1"
	shift
	check "$@"
	allowed=$_allowed
}

# scaled N - print N or, on a kernel with checkers, where each repetition takes longer, N / 20
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

# kilobytes - print the memory that modules could leak: slab, percpu and vmalloc
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

# accounted LINE - wait until LINE is quiet, or show where events are missing
accounted() {
	await 60 line_is_quiet "$1" && return
	cat "$bench/$1/counters" "$bench/$1/account"
	return 1
}

# random N - set $number to a random number from 0 to N - 1. $seed decides the sequence. This starts no
# process, because some tests call it thousands of times.
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
