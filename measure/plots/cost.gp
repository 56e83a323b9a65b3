# SPDX-License-Identifier: GPL-2.0
# Instructions per frame: one bar per device, one panel per size.
set multiplot title broken(title) font ",13"
set ytics scale 0
set tmargin at screen 0.80
set bmargin at screen 0.14
do for [i = 1:3] {
	size = word("60 1514 9000", i)
	rows = from . "/cost_" . size
	set xrange [*:*]
	set yrange [*:*]
	stats rows using 2 nooutput
	set xrange [0:STATS_max * 1.3]
	set yrange [STATS_records - 0.4:-0.6]
	set xtics STATS_max < 20000 ? 5000 : 20000
	set title size . " bytes" font ",12"
	set lmargin at screen 0.15 + (i - 1) * 0.285
	set rmargin at screen 0.15 + i * 0.285 - 0.02
	if (i == 2) {
		set xlabel "instructions per frame in a flood: made, sent, received as far as IP, freed\n" . about
		# The left panel has the names: move these out of the picture.
		set ytics offset 500, 0
	} else {
		set xlabel ""
	}
	plot rows using (0):0:(0):2:($0 - 0.36):($0 + 0.36):(colour($4)):ytic(1) \
			with boxxyerror linecolor rgb variable, \
		rows using 2:0:3 with labels left offset 0.5, 0 textcolor "#222222"
}
unset multiplot
