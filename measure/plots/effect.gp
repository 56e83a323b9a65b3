# SPDX-License-Identifier: GPL-2.0
# Interrupts per frame against the number of frames under way: one line per strategy, slightly
# apart.
set title title font ",13"
set logscale x 2
set xrange [0.85:170]
set yrange [0:2.1]
set xtics (1, 2, 4, 8, 16, 32, 64)
set xlabel "frames under way: the more, the closer together they come\n" . about
set ylabel "interrupts per frame, without moderation (the DMA controller's too)"
set grid ytics linecolor "#dddddd" linetype 1
names = "netif_rx napi workqueue tasklet threaded"
# netif_rx, napi and workqueue have the colours of their contexts.
tint(i) = i == 1 ? colour(0) : i == 2 ? colour(1) : i == 3 ? colour(2) : i == 4 ? colour(3) : colour(4)
shape(i) = i == 1 ? 7 : i == 2 ? 7 : i == 3 ? 5 : i == 4 ? 9 : 11
plot for [i = 1:5] from . "/effect_" . word(names, i) using 1:2 \
		with linespoints linecolor rgb tint(i) linewidth 1.5 pointtype shape(i) pointsize 1.1, \
	from . "/effect_names" using 1:2:3:(tint($4)) with labels left offset 1, 0 textcolor rgb variable
