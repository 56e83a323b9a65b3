# SPDX-License-Identifier: GPL-2.0
# Latency with the CPU idle: one bar per mechanism, on a logarithmic axis.
rows = from . "/latency"
stats rows using 2 nooutput
set title broken(title) font ",13"
set logscale x
set xrange [100:STATS_max * 6]
set yrange [STATS_records - 0.4:-0.6]
set xlabel "instructions from raise to bottom half, median, CPU idle (hardirq: from the event to the top half, in a flood)\n" . about
set format x "%.0f"
set xtics ("100" 100, "1,000" 1000, "10,000" 10000, "100,000" 100000, "1,000,000" 1e6, "10,000,000" 1e7)
set ytics scale 0
set label 1 "hard interrupt" at graph 0.64, graph 0.94 textcolor rgb 0xc0392b font ",12"
set label 2 "softirq" at graph 0.64, graph 0.89 textcolor rgb 0x2471a3 font ",12"
set label 3 "task" at graph 0.64, graph 0.84 textcolor rgb 0x239b56 font ",12"
set label 4 "softirq, after a timer interrupt" at graph 0.64, graph 0.79 textcolor rgb 0x888888 font ",12"
plot rows using (100):0:(100):2:($0 - 0.36):($0 + 0.36):(colour($4)):ytic(1) \
		with boxxyerror linecolor rgb variable, \
	rows using 2:0:3 with labels left offset 0.6, 0 textcolor "#222222"
