# SPDX-License-Identifier: GPL-2.0
# Shared by all pictures. Set before: kind (svg or png), name (of the file to write), titles (a
# file that sets title, about and from).
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
# The context: hard IRQ, softirq, task, softirq after waiting for the timer interrupt
colour(n) = n == 0 ? 0xc0392b : n == 1 ? 0x2471a3 : n == 2 ? 0x239b56 : 0x888888
set style fill solid noborder
# A title that is too long for one line is broken at a space before column 95.
broken(s) = strlen(s) < 105 ? s : break_at(s, 95)
break_at(s, n) = n < 60 ? s : s[n:n] eq " " ? s[1:n-1] . "\n" . s[n+1:] : break_at(s, n - 1)
