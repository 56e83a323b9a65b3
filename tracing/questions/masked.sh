# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# How long is the line masked?

functions='irq_line_irqmask irq_line_irqunmask'

prepare() {
	load bh_testbench demo_threaded_irq
	masked_before=$(value "$bench/demo_threaded_irq/counters" masked_ns)
	masks_before=$(value "$bench/demo_threaded_irq/counters" masks)
}

act() {
	recorded trace one_by_one demo_threaded_irq 10
	masked_ns=$(($(value "$bench/demo_threaded_irq/counters" masked_ns) - masked_before))
	masks=$(($(value "$bench/demo_threaded_irq/counters" masks) - masks_before))
}

seen() {
	say "A level line with IRQF_ONESHOT: the kernel masks it when it fires (handle_level_irq())," \
	    "and unmasks it when the thread has finished (irq_finalize_oneshot()). The calls of the" \
	    "interrupt controller's irq_mask and irq_unmask show how long it was masked:"
	lines 'irq_line_irq(un)?mask' | awk "$us"'
		/irq_line_irqmask/ { t = ns($3); who = $1; m++ }
		/irq_line_irqunmask/ && t { print ns($3) - t; t = 0; by[$1]++ }
		END { for (w in by) printf "  unmasked by %s, %d times\n", w, by[w] >"/dev/stderr" }' \
		>"$scratch/in" 2>"$scratch/by"
	say "masked for $(spread <"$scratch/in")"
	sort "$scratch/by"
	awk "$us"' { sum += $1 } END { printf "  %s in all\n", us(sum) }' "$scratch/in"
	say "The testbench counted: masked $masks times, $(awk -v n="$masked_ns" "$us"' BEGIN { print us(n) }') in all."
	picture one "One interrupt: masked from the top half to the end of the thread" \
		--line demo_threaded_irq:5
}
