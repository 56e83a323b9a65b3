# SPDX-License-Identifier: GPL-2.0
# Shared by all pictures. Set before this file is loaded: kind (svg or png), name (the file to
# write), titles (a file that sets title, about and from).
load titles
width = 1100
height = 640
if (kind eq "png") {
	set terminal pngcairo size width, height font "DejaVu Sans,11" noenhanced
} else {
	set terminal svg size width, height font "DejaVu Sans,12" noenhanced background "white"
}
set output name
set encoding utf8
set datafile separator "\t"
set datafile missing NaN
unset key
set border 3 linecolor "#888888"
set tics nomirror textcolor "#333333"
set grid xtics linecolor "#dddddd" linetype 1
# The colour of each context: hard IRQ, softirq, task, softirq after waiting for the tick, something
# for comparison. The first three have the hues of the timelines (tracing/drawing/svg.py). Colour-blind readers can tell
# these colours apart too.
colour(n) = n == 0 ? 0x9c2a1c : n == 1 ? 0xa87700 : n == 2 ? 0x1b589e : n == 3 ? 0x777777 : 0x333333
# A note for every picture that shows instructions
caveat = "An instruction is not a cycle: a switch to a task also costs cache and TLB misses, which are not counted."
