# SPDX-License-Identifier: GPL-2.0
# Latency while the CPU is idle: one dot per mechanism, on a logarithmic axis.
rows = from . "/latency"
stats rows using 2 nooutput
n = STATS_records
set title title font ",13"
set logscale x
set xrange [STATS_min / 1.5:STATS_max * 2]
set yrange [n - 0.4:-0.6]
set xlabel "instructions from raise to bottom half, median, CPU idle (top half itself: from the event, in a flood)\n" . caveat . "\n" . about
set xtics ("300" 300, "500" 500, "1,000" 1000, "2,000" 2000, "3,000" 3000, "5,000" 5000, "10,000" 10000)
set ytics scale 0
set grid ytics linecolor "#eeeeee" linetype 1
set label 1 "in the hard interrupt" at graph 0.70, graph 0.92 textcolor rgb colour(0) font ",12"
set label 2 "in a softirq" at graph 0.70, graph 0.86 textcolor rgb colour(1) font ",12"
set label 3 "in a task: the CPU switches to it" at graph 0.70, graph 0.80 textcolor rgb colour(2) font ",12"
plot rows using 2:0:(colour($4)):ytic(1) with points pointtype 7 pointsize 1.4 linecolor rgb variable, \
	rows using 2:0:3:(colour($4)) with labels left offset 1.2, 0 textcolor rgb variable
