# SPDX-License-Identifier: GPL-2.0
"""Writes an SVG that contains no script. Its words are text, not shapes, and its colours follow the reader's light or
dark mode. Any two fills differ in pattern or in colour, so that readers who do not see all colours can tell them
apart."""
import zlib

FONT = "'DejaVu Sans',Verdana,sans-serif"

# Each row has a name, the fill colours for light mode and for dark mode, the line colours for light mode and for dark
# mode, and a pattern.
# Only what comes from the testbench's tracepoints is green.
PAINTS = {
    "irq": ("f3a08f", "a3402f", "9c2a1c", "ff9c8c", ""),
    "softirq": ("ffdc82", "453400", "7a5600", "f2c553", ""),
    "ksoftirqd": ("fff3cf", "3b3212", "7a5600", "f2c553", "dots"),
    "ktimers": ("ecd9c6", "4b3a29", "6b4a2b", "d9b58f", "down"),
    "rcuc": ("ecd9c6", "4b3a29", "6b4a2b", "d9b58f", "cross"),
    "irq_work": ("ecd9c6", "4b3a29", "6b4a2b", "d9b58f", "flat"),
    "thread": ("d9c8f4", "43306b", "55309b", "c6a8f7", "up"),
    "napi": ("d9c8f4", "43306b", "55309b", "c6a8f7", "tall"),
    "kworker": ("a9cdf5", "1a4170", "1b589e", "8bbcf5", ""),
    "task": ("e8eaed", "33373d", "656b73", "aab1ba", ""),
    "back": ("ffffff", "15171b", "ffffff", "15171b", ""),
    "grid": ("f7f8f9", "1b1e22", "d9dce1", "363b43", ""),
    "text": ("1a1c1f", "e9ebee", "1a1c1f", "e9ebee", ""),
    "muted": ("5a616b", "9ea6b1", "5a616b", "9ea6b1", ""),
    "arrow": ("3d4654", "c3cad4", "3d4654", "c3cad4", ""),
    "bh": ("04713f", "4fd39b", "04713f", "4fd39b", ""),
    "lost": ("b3001b", "ff7a86", "b3001b", "ff7a86", ""),
}
PATTERNS = {
    "up": "M-1,7L7,-1M-1,1L1,-1M5,7L7,5", "down": "M-1,-1L7,7M5,-1L7,1M-1,5L1,7",
    "flat": "M0,3H6", "tall": "M3,0V6", "cross": "M0,3H6M3,0V6", "dots": "M2,3h1.4",
}


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


NARROW, WIDE = set("ijl!|.,:;'I()[]/ ft-r"), set("mwMWQO@%&GDHNU")


def text_width(text, size, bold=False):
    """Estimates the width of a text. The estimate is usually too large, because the reader's font is not known here."""
    units = sum(0.38 if c in NARROW else 0.86 if c in WIDE else 0.64 for c in text)
    return units * size * (1.1 if bold else 1.0)


def human(ns):
    """Returns a length of time in a form for people."""
    for unit, name in ((1, "ns"), (1000, "µs"), (1000000, "ms"), (1000000000, "s")):
        if ns < 1000 * unit or name == "s":
            value = ns / unit
            if name == "ns":
                return f"{ns} ns"
            return f"{value:.1f} {name}" if value < 9.95 else f"{value:.0f} {name}"
    return ""


class Canvas:
    def __init__(self, title, description, dark=False):
        self.out, self.over = [], []
        self.title, self.description, self.dark = title, description, dark
        self.key = f"t{zlib.crc32((title + description).encode()):08x}"
        self.patterns = set()

    def _fill(self, paint):
        if not PAINTS[paint][4]:
            return ""
        self.patterns.add(paint)
        return f' style="fill:url(#{self.key}-{paint})"'

    def box(self, x, y, w, h, paint, tip="", dashed=False, open_left=False, open_right=False):
        tip = f"<title>{escape(tip)}</title>" if tip else ""
        if dashed:
            self.out.append(f'<rect class="tl-{paint} dashed" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" '
                            f'height="{h:.1f}">{tip}</rect>')
            return
        self.out.append(f'<rect class="tl-{paint}" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" '
                        f'height="{h:.1f}"{self._fill(paint)}>{tip}</rect>')
        for open_, at in ((open_left, x), (open_right, x + w)):
            if open_ and w > 6:    # A torn edge: this end is not in the recording or not in the window.
                self.out.append(f'<line class="tl-back torn" x1="{at:.1f}" y1="{y:.1f}" x2="{at:.1f}" '
                                f'y2="{y + h:.1f}"/>')

    def fill(self, x, y, w, h, paint, strength, tip=""):
        tip = f"<title>{escape(tip)}</title>" if tip else ""
        self.out.append(f'<rect class="tl-{paint} heap" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" '
                        f'height="{h:.1f}" fill-opacity="{strength:.2f}">{tip}</rect>')

    def line(self, x1, y1, x2, y2, paint, width=1.0, dashed=False):
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.out.append(f'<line class="tl-{paint}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                        f'stroke-width="{width}"{dash}/>')

    def path(self, d, paint, tip="", dashed=False, width=1.4):
        tip = f"<title>{escape(tip)}</title>" if tip else ""
        dash = ' stroke-dasharray="2 3"' if dashed else ""
        self.out.append(f'<path class="tl-{paint}" d="{d}" stroke-width="{width}"{dash}>{tip}</path>')

    def head(self, x, y, dx, dy, paint):
        """Draws an arrow's head at (x, y), in direction (dx, dy)."""
        length = max((dx * dx + dy * dy) ** 0.5, 0.001)
        dx, dy = dx / length, dy / length
        points = ((x, y), (x - 7 * dx - 3 * dy, y - 7 * dy + 3 * dx), (x - 7 * dx + 3 * dy, y - 7 * dy - 3 * dx))
        text = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        self.out.append(f'<polygon class="tl-{paint}" points="{text}"/>')

    def text(self, x, y, size, text, paint="text", anchor="start", bold=False, halo=False):
        more = f' text-anchor="{anchor}"' if anchor != "start" else ""
        more += ' font-weight="bold"' if bold else ""
        halo = " halo" if halo else ""
        self.over.append(f'<text class="tl-{paint}{halo}" x="{x:.1f}" y="{y:.1f}" font-size="{size}"{more}>'
                         f'{escape(text)}</text>')

    def _style(self, dark):
        return "".join(f".tl-{name}{{--f:#{p[dark]};--l:#{p[2 + dark]}}}" for name, p in PAINTS.items()) + \
            f".timeline{{--halo:#{PAINTS['back'][dark]}}}"

    def svg(self, width, height):
        style = self._style(self.dark)
        if not self.dark:
            style += f"@media (prefers-color-scheme:dark){{{self._style(True)}}}@media print{{{self._style(False)}}}"
        style += (".timeline rect,.timeline polygon{fill:var(--f);stroke:var(--l)}"
                  ".timeline polygon{stroke:none}"
                  ".timeline rect.heap{fill:var(--l);stroke:none}"
                  ".timeline rect.dashed{fill:none;stroke-dasharray:5 3}"
                  ".timeline path,.timeline line{fill:none;stroke:var(--l)}"
                  ".timeline line.torn{stroke-width:3;stroke-dasharray:3 3}"
                  ".timeline .hatch{stroke-opacity:.3;stroke-width:1.2;stroke-linecap:round}"
                  ".timeline rect.ground{stroke:none}"
                  ".timeline text{fill:var(--f)}"
                  ".timeline text.halo{stroke:var(--halo);stroke-width:3px;paint-order:stroke;stroke-linejoin:round}")
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" class="timeline" viewBox="0 0 {width:.0f} {height:.0f}" '
               f'width="{width:.0f}" height="{height:.0f}" font-family="{FONT}" role="img" '
               f'aria-labelledby="{self.key}-t {self.key}-d">',
               f'<title id="{self.key}-t">{escape(self.title)}</title>',
               f'<desc id="{self.key}-d">{escape(self.description)}</desc>',
               f"<style>{style}</style>"]
        if self.patterns:
            out.append("<defs>" + "".join(
                f'<pattern id="{self.key}-{p}" width="6" height="6" patternUnits="userSpaceOnUse">'
                f'<rect class="tl-{p} ground" width="6" height="6"/>'
                f'<path class="tl-{p} hatch" d="{PATTERNS[PAINTS[p][4]]}"/></pattern>'
                for p in sorted(self.patterns)) + "</defs>")
        out.append(f'<rect class="tl-back" x="0" y="0" width="{width:.0f}" height="{height:.0f}"/>')
        return "\n".join(out + self.out + self.over + ["</svg>", ""])
