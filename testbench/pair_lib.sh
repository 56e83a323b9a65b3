# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# The functions for the guided run of a pair (pair.sh), in addition to demo_lib.sh. These functions
# find the kernel's report in the kernel log, and explain its call trace line by line. The script
# that sources this file sets "module" to the name of the broken or fixed module, and "report" to a
# file for the report.

# mark - mark the place in the kernel log where the next report begins
mark() {
	echo "pair.sh: ${module:?}" >/dev/kmsg
}

# logged - print the kernel log since the last mark(), without the times
logged() {
	dmesg | sed 's/^\[[^]]*\]\(\[[^]]*\]\)* \{0,1\}//' |
		awk -v mark="pair.sh: $module" '$0 == mark { n = 0; next } { log_[n++] = $0 }
			END { for (i = 0; i < n; i++) print log_[i] }'
}

# logs PATTERN - does the kernel log since mark() contain PATTERN?
logs() {
	logged | grep -qE "$1"
}

# log_clean - is the kernel log since mark() free of reports?
log_clean() {
	! logs 'BUG|WARNING|Call Trace|huh'
}

# code FILE - print a source file without the comment at its beginning
code() {
	sed '1,/^ \*\/$/d' "$1"
}

# attempt COMMAND - the same as run, for a command that may fail because the kernel is damaged
attempt() {
	typed "$1"
	eval "$1" 2>&1 | show
}

# field NAME HEX - print the number in one field of a preempt_count
field() {
	decode_preempt_count "$2" | awk -v name="$1" '$1 == name { print $2 }'
}

# told MODULE [N] - print the first (or Nth) call trace of the report, and explain the important
# functions in it. The bug is in the functions of MODULE
told() {
	awk -v ours="[$1]" -v nth="${2:-1}" '
	/^ *<IRQ>/	{ what = "the stack of interrupts, the latest call first" }
	/dump_stack|__schedule_bug/ { what = "the report" }
	/__schedule\+/	{ what = "the scheduler finds preempt_count set" }
	/ schedule\+/	{ what = "a function wants to sleep" }
	/msleep/	{ what = "in msleep()" }
	/schedule_timeout|wait_for_common/ { what = "until the event comes, or a timeout" }
	/napi_dummy_dma_wait/ { what = "for the end of the transfer" }
	/__napi_poll/	{ what = "NAPI calls the poll" }
	/net_rx_action/	{ what = "vector NET_RX goes through the list of this CPU" }
	/napi_threaded/	{ what = "threaded NAPI: BH disabled, then the poll" }
	/tasklet_action/ { what = "vector TASKLET calls the tasklets of this CPU" }
	/handle_softirqs|__do_softirq/ { what = "the kernel serves the softirqs raised" }
	/irq_exit/	{ what = "at the exit of the hard interrupt" }
	/ sysvec_/	{ what = "the interrupt" }
	/ kthread\+/	{ what = "a kernel thread: the poll has its own task" }
	/<\/IRQ>/	{ what = "" }
	/<TASK>/	{ what = "the stack of the task that was interrupted" }
	/asm_sysvec/	{ what = "it interrupted the code below; no code below: user space" }
	index($0, ours)	{ what = "<- the frame of the module: here is the bug" }
	/^Call Trace/	{ on = ++traces == nth; what = "" }
	/^ *\? |^ +\? |^R[A-Z0-9]+:|^Code:/ { next }
	on		{ printf "%-61s %s\n", $0, what; what = "" }
	on && /<\/TASK>/ { exit }' "${report:?}" | show
}
