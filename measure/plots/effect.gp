# SPDX-License-Identifier: GPL-2.0
# Interrupts per frame over the number of frames under way: one line per strategy.
set title broken(title) font ",13"
set logscale x 2
set xrange [0.9:160]
set yrange [0:2.1]
set xtics (1, 2, 4, 8, 16, 32, 64)
set xlabel "frames under way: the more, the closer together they come\n" . about
set ylabel "interrupts per frame, without moderation (the DMA controller's too)"
set grid ytics linecolor "#dddddd" linetype 1
names = "netif_rx napi workqueue tasklet threaded"
tint(i) = i == 1 ? 0xc0392b : i == 2 ? 0x2471a3 : i == 3 ? 0x239b56 : i == 4 ? 0x8e44ad : 0xb9770e
plot for [i = 1:5] from . "/effect_" . word(names, i) using 1:2 \
		with linespoints linecolor rgb tint(i) linewidth 2 pointtype 7, \
	from . "/effect_names" using 1:2:3:(tint($4)) with labels left offset 1, 0 textcolor rgb variable
