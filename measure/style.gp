# SPDX-License-Identifier: GPL-2.0
# What the pictures share. Wants kind (svg or png), name (of the file) and titles.
load titles
width = 1100
height = 620
if (kind eq "png") {
	set terminal pngcairo size width, height font "DejaVu Sans,11" noenhanced
} else {
	set terminal svg size width, height font "DejaVu Sans,12" noenhanced background "white"
}
set output name
set encoding utf8
set datafile separator "\t"
unset key
set border 3 linecolor "#888888"
set tics nomirror textcolor "#333333"
set grid xtics linecolor "#dddddd" linetype 1
# Where it runs: hard interrupt, softirq, task, after a wait for the clock
colour(n) = n == 0 ? 0xc0392b : n == 1 ? 0x2471a3 : n == 2 ? 0x239b56 : 0x888888
set style fill solid noborder
# A title too long for a line is broken at a blank near its middle.
broken(s) = strlen(s) < 105 ? s : break_at(s, 95)
break_at(s, n) = n < 60 ? s : s[n:n] eq " " ? s[1:n-1] . "\n" . s[n+1:] : break_at(s, n - 1)
