# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# Which calls lie between an interrupt and its bottom half?

# The trees of calls begin at the three functions in $graphs. The first runs the irq_work that
# delivers the interrupt of a testbench device. The other two run softirqs: when an interrupt ends,
# or in ksoftirqd. The events are recorded for the picture.
events="$usual
$tasklets"
# Tracing every function of the kernel takes minutes on an emulated processor.
functions='*irq* *tasklet* demo_* bench_*'
root=__sysvec_irq_work
# On arm64 an irq_work has no interrupt of its own: it is one of the IPIs.
[ "$(uname -m)" != aarch64 ] || root=irq_work_run
graphs="$root
irq_exit_rcu
run_ksoftirqd"

prepare() {
	load bh_testbench demo_tasklet
}

act() {
	recorded trace one_by_one demo_tasklet 1
}

# Prints the calls that lead from the root of the tree to the top half and to the bottom half, and
# the functions that the two halves call. Functions that belong to our own measurement are left out
seen() {
	say "One interrupt with a tasklet, recorded with the tracer function_graph for $functions." \
	    "It shows only the calls that lead to the top or bottom half, and what these two call:"
	awk '
		function show(d) { printf "  %*s%s\n", 2 * d, "", at[d] }
		{
			match($0, /^ */)
			depth = RLENGTH / 2
			name = substr($0, RLENGTH + 1)
			sub(/ \[[a-z_]*\]/, "", name)
			sub(/\(\).*/, "", name)
			if (name ~ /^}/) {
				if (half && depth == within)
					half = ""
				next
			}
			at[depth] = name
			if (name == "demo_top" || name == "demo_bottom") {
				for (d = 0; d <= depth; d++)
					show(d)
				half = name
				within = depth
				root[name] = at[0]
			} else if (half && depth == within + 1 && name !~ /^bench_(raise|run|done)$/)
				show(depth)
		}
		END {
			if (!("demo_top" in root) || !("demo_bottom" in root)) {
				print "  the trace does not have both halves"
				exit 1
			}
			print root["demo_bottom"] == "run_ksoftirqd" ? \
				"  ksoftirqd called it: it was running already, and serves what is raised meanwhile." : \
				"  The way out of the interrupt called it, before the interrupted task went on."
		}' "$report" || die "$dir/$trace.txt lacks the top half or the bottom half"
	cp "$report" "$dir/tree.txt"
	say "All $(grep -c . "$report") lines of the tree are in $named/tree.txt"
	picture one "One interrupt and its tasklet, the functions of interrupts and tasklets traced" --line demo_tasklet:1
}
