# SPDX-License-Identifier: GPL-2.0
# Three panels, one row per mechanism: a line from the shortest to the longest latency, a bar
# from 1 % to 99 %, a dot at the median.
n = int(system("wc -l <" . from . "/idle"))
set multiplot title title font ",13"
set logscale x
set xrange [300:3e7]
set yrange [n - 0.4:-0.6]
set xtics ("1,000" 1000, "10k" 10000, "100k" 100000, "1M" 1e6, "10M" 1e7)
set ytics scale 0
set grid ytics linecolor "#eeeeee" linetype 1
set style fill solid noborder
set tmargin at screen 0.82
set bmargin at screen 0.19
do for [i = 1:3] {
	setting = word("idle user flood", i)
	set title (i == 1 ? "CPU idle" : i == 2 ? "CPU busy in user space" : "CPU busy in softirq") font ",12"
	set lmargin at screen 0.14 + (i - 1) * 0.29
	set rmargin at screen 0.14 + i * 0.29 - 0.02
	unset label
	if (i == 1) {
		set label 1 "in a softirq" at 8e3, 1 textcolor rgb colour(1) font ",11"
		set label 2 "in the hard interrupt" at 8e3, 4 textcolor rgb colour(0) font ",11"
		set label 3 "in a task" at 3e4, n - 6 textcolor rgb colour(2) font ",11"
		set label 4 "ns: wait for the tick" at 1.5e3, n - 1 textcolor rgb colour(3) font ",11"
	}
	if (i == 2) {
		set xlabel "instructions from raise to bottom half: line min to max, bar 1 % to 99 %, dot median (top half itself: from the event)\n" . caveat . "\n" . about
		# The left panel has the names: in the other panels move them out of the picture.
		set ytics offset 500, 0
	} else {
		set xlabel ""
	}
	rows = from . "/" . setting
	plot rows using 2:0:2:6:($0 - 0.01):($0 + 0.01):(colour($7)):ytic(1) \
			with boxxyerror linecolor rgb variable, \
		rows using 3:0:3:5:($0 - 0.3):($0 + 0.3):(colour($7)) \
			with boxxyerror fillstyle transparent solid 0.45 linecolor rgb variable, \
		rows using 4:0:(colour($7)) with points pointtype 7 pointsize 0.9 linecolor rgb variable
}
unset multiplot
