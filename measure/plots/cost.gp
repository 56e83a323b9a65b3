# SPDX-License-Identifier: GPL-2.0
# Instructions per frame: one row per device, a dot per size, on a logarithmic axis.
rows(size) = from . "/cost_" . size
stats rows(60) using 2 nooutput
low = STATS_min
n = STATS_records
stats rows(9000) using 2 nooutput
high = STATS_max
set title title font ",13"
set logscale x
set xrange [low / 1.6:high * 1.6]
set yrange [n - 0.4:-1.4]
set xlabel "instructions per frame in a flood: made, sent, received as far as IP, freed (line: middle half of the slopes)\n" . caveat . "\n" . about
set xtics ("1,000" 1000, "2,000" 2000, "5,000" 5000, "10,000" 10000, "20,000" 20000, "50,000" 50000, "100,000" 100000)
set ytics scale 0
set grid ytics linecolor "#eeeeee" linetype 1
set label 1 "softirq" at graph 0.02, graph 0.20 textcolor rgb colour(1) font ",12"
set label 2 "task" at graph 0.02, graph 0.15 textcolor rgb colour(2) font ",12"
set label 3 "hard interrupt, then softirq" at graph 0.02, graph 0.10 textcolor rgb colour(0) font ",12"
set label 4 "other drivers, to compare" at graph 0.02, graph 0.05 textcolor rgb colour(4) font ",12"
first(size) = "<head -n 1 " . rows(size)
plot for [size in "60 1514 9000"] rows(size) using 5:0:($6 - $5):(0):(colour($4)) \
		with vectors nohead linewidth 3 linecolor rgb variable, \
	for [size in "60 1514 9000"] rows(size) using 2:0:(colour($4)):ytic(1) \
		with points pointtype (size eq "60" ? 7 : size eq "1514" ? 5 : 9) pointsize 1.3 linecolor rgb variable, \
	rows(60) using 2:0:3:(colour($4)) with labels right offset -1.2, 0 textcolor rgb variable, \
	for [size in "1514 9000"] rows(size) using 2:0:3:(colour($4)) \
		with labels left offset 1.2, 0 textcolor rgb variable, \
	first(60) using 2:(-1):("60 bytes") with labels right offset -0.5, 0 textcolor "#333333", \
	for [size in "1514 9000"] first(size) using 2:(-1):(size . " bytes") \
		with labels left offset -0.5, 0 textcolor "#333333"
