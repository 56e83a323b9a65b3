# SPDX-License-Identifier: GPL-2.0
"""Draws charts as rows of HTML and SVG. Positions are percentages, so that words keep their size in a narrow window."""
import math
from html import escape


def human(ns):
    for unit, name in ((1, "ns"), (1000, "µs"), (1000000, "ms"), (10**9, "s")):
        if ns < 1000 * unit or name == "s":
            value = ns / unit
            return f"{value:.0f} {name}" if name == "ns" or value >= 99.5 else f"{value:.3g} {name}"
    return ""


def short(number):
    """Returns a number in a short form, but only if this form is exact."""
    for unit, name in ((10**6, "M"), (1000, "k")):
        if number and number % unit == 0:
            return f"{number // unit}{name}"
    return f"{number:,}"


class Scale:
    """A logarithmic axis from one power of ten to another. Positions are percentages. "text" makes the words for a
    number."""

    def __init__(self, least, most, text=human):
        self.text = text
        self.low = math.floor(math.log10(max(least, 1)))
        self.high = max(self.low + 1, math.ceil(math.log10(max(most, 2))))

    def at(self, ns):
        share = (math.log10(max(ns, 1)) - self.low) / (self.high - self.low)
        return 2 + 96 * min(max(share, 0), 1)

    def ticks(self):
        return [10**e for e in range(self.low, self.high + 1)]

    def grid(self, height):
        return "".join(f'<line class="grid" x1="{self.at(t):.2f}%" y1="0" x2="{self.at(t):.2f}%" y2="{height}"/>'
                       for t in self.ticks())

    def axis(self):
        out = []
        for i, tick in enumerate(self.ticks()):
            anchor = "start" if not i else "end" if i == self.high - self.low else "middle"
            out.append(f'<text x="{self.at(tick):.2f}%" y="14" text-anchor="{anchor}">{self.text(tick)}</text>')
        return f'<svg class="axis" width="100%" height="20" aria-hidden="true">{"".join(out)}</svg>'


def dots(scale, median, p99, name):
    """Draws a row of a chart: a dot for the median, a ring for the 99th percentile, and a line between the two."""
    a, b = scale.at(median), scale.at(p99)
    return (f'<svg class="dots" width="100%" height="22" role="img" '
            f'aria-label="{escape(name)}: median {scale.text(median)}, 99 of 100 within {scale.text(p99)}">{scale.grid(22)}'
            f'<line class="span" x1="{a:.2f}%" y1="11" x2="{b:.2f}%" y2="11"/>'
            f'<circle class="p99" cx="{b:.2f}%" cy="11" r="5"/>'
            f'<circle class="median" cx="{a:.2f}%" cy="11" r="6"/></svg>')


def binned(delays, per_octave=2):
    """Returns {bin: count}. Each bin is half an octave wide."""
    bins = {}
    for ns, n in delays.rows:
        b = math.floor(per_octave * math.log2(max(ns, 1)))
        bins[b] = bins.get(b, 0) + n
    return bins


def histogram(scale, delays, most, title, per_octave=2):
    """Draws a histogram of delays. All histograms have the same scale. "most" is the height of the highest column of
    all."""
    height, out = 84, [scale.grid(84)]
    for b, n in sorted(binned(delays, per_octave).items()):
        x, to = scale.at(2 ** (b / per_octave)), scale.at(2 ** ((b + 1) / per_octave))
        h = max(1, 68 * n / most)
        out.append(f'<rect x="{x:.2f}%" y="{height - h:.1f}" width="{max(to - x - 0.15, 0.2):.2f}%" height="{h:.1f}">'
                   f'<title>{human(2 ** (b / per_octave))} to {human(2 ** ((b + 1) / per_octave))}: {n}</title></rect>')
        if n >= most / 12:
            out.append(f'<text x="{(x + to) / 2:.2f}%" y="{height - h - 3:.1f}" text-anchor="middle">{n}</text>')
    return (f'<figure class="bars"><figcaption>{escape(title)}</figcaption>'
            f'<svg width="100%" height="{height}" role="img" aria-label="{escape(title)}: median '
            f'{human(delays.quantile(0.5))}, 99 of 100 within {human(delays.quantile(0.99))}">{"".join(out)}</svg>'
            f'{scale.axis()}</figure>')
