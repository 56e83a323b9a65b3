#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Computes what one frame costs, as the slope of a line through points.

Usage: fit.py <POINTS

Reads one line per point: number of frames, instructions, interrupts, lost frames. Prints
instructions per frame, the middle half of the slopes (first and third quartile), interrupts per
frame, lost frames.
"""
import itertools
import statistics
import sys


def slope(points):
    """Computes the instructions per frame from @points (frames, instructions). Takes the slope of
    the line through every two points, and returns three numbers: the median, the first and the third
    quartile of these slopes.

    The median is the cost of a frame (Theil and Sen). A few disturbed points do not change this
    median, but they would change the slope of a least-squares line.
    """
    slopes = [(b[1] - a[1]) / (b[0] - a[0])
              for a, b in itertools.combinations(points, 2) if a[0] != b[0]]
    if len(slopes) < 2:
        raise ValueError('a line needs points with three different numbers of frames, not %s' %
                         sorted({point[0] for point in points}))
    low, middle, high = statistics.quantiles(slopes, n=4, method='inclusive')
    return middle, low, high


def frame(points):
    """Returns what slope() returns, then the interrupts per frame and the number of lost frames. Each
    of @points has four numbers: frames, instructions, interrupts, lost frames."""
    middle, low, high = slope([point[:2] for point in points])
    interrupts = sum(point[2] for point in points) / sum(point[0] for point in points)
    return middle, low, high, interrupts, sum(point[3] for point in points)


def main():
    try:
        points = [tuple(int(word) for word in line.split()) for line in sys.stdin]
        if any(len(point) != 4 for point in points):
            raise ValueError('a line has four numbers: frames, instructions, interrupts, missed')
        middle, low, high, interrupts, missed = frame(points)
    except ValueError as error:
        sys.exit('fit.py: %s' % error)
    print('%.0f %.0f %.0f %.3f %d' % (middle, low, high, interrupts, missed))


if __name__ == '__main__':
    main()
