# SPDX-License-Identifier: GPL-2.0
"""Draws many interrupts of one IRQ line, one strip per interrupt. A strip begins with the raise, and shows what the CPU
of the interrupt did. All strips have the same scale."""
from labels import SIZE
from model import LANES, LANE_NAMES
from picture import LINE, MAX_ROWS, Picture
from svg import Canvas, human, text_width
from table import waits

STRIP, BOX, TOP, LEFT, RIGHT = 24, 16, 88, 190, 150
MOST = 40


class Strips(Picture):
    def __init__(self, trace, model, view, title, line, width=1200, dark=False):
        self.model, self.view, self.line, self.width = model, view, line, width
        self.rows = waits(model, view)
        self.boxes = [b for b in model.boxes if view.time(b.begin, b.end)]
        self.arrows = [a for a in model.arrows if view.arrow(a)]
        self.marks = [m for m in model.marks if view.mark(m)]
        self.merged = self.merged_into = self.arrowless = 0
        self.chains = view.chains[:MOST]
        spans = sorted(end - begin for begin, end, _ in self.chains)
        median = spans[len(spans) // 2]
        self.span = max(100, spans[-1] if spans[-1] <= 3 * median else 2 * median)
        self.scale = (width - LEFT - RIGHT) / self.span
        self.strips = [self.strip(trace, chain) for chain in self.chains]
        self.subtitle = f"{len(self.chains)} of {len(view.chains)} interrupts of {line}, each from its raise on"
        self.canvas = Canvas(title, self.describe(), dark)
        self.painted = set()
        self.bottom = TOP + 10 + STRIP * sum(len(cpus) for _, cpus, _ in self.strips)

    def strip(self, trace, chain):
        """Returns what a strip needs: the chain itself, its CPUs, and the arrow to the bottom half of its interrupt."""
        begin, end, _ = chain
        arrow = next((a for a in self.model.arrows if a.kind == "bh" and a.line == self.line and
                      a.name != "hard IRQ" and begin <= a.begin <= end), None)
        cpus = {e.cpu for e in trace.events if begin <= e.ts <= end and e.name == self.line and
                e.kind in ("irq_handler_entry", "bh_run")}
        return chain, sorted(cpus or {self.model.boxes[0].cpu}), arrow

    def label(self, chain, cpus, arrow):
        """Returns the label of a strip: its number, and the softirq or task in which the bottom half runs."""
        what = ""
        if arrow:
            boxes = [b for b in self.boxes if not b.span and b.cpu == arrow.target[0] and
                     b.begin <= arrow.end <= b.end and b.lane == arrow.target[1]]
            served = [b for b in boxes if b.kind == "softirq"] or boxes
            what = served[0].name if served else ""
        return f"{chain[2]}  {what}"[:22]

    def draw_strip(self, y, chain, cpu, arrow):
        begin, end, _ = chain
        last = min(end, begin + self.span)
        for box in sorted(self.boxes, key=lambda b: (-LANES.index(b.lane) if b.lane in ("irq", "softirq") else -99,
                                                     b.depth, b.begin)):
            if box.cpu != cpu or box.span or box.end <= begin or box.begin >= last:
                continue
            x = LEFT + (max(box.begin, begin) - begin) * self.scale
            w = LEFT + (min(box.end, last) - begin) * self.scale - x
            inset = min(2 * box.depth, 4)
            self.canvas.box(x, y + inset, max(w, 1.2), BOX - 2 * inset, self.paint(box), self.tip(box))
            self.painted.add(self.paint(box))
        if end > last:
            self.canvas.text(LEFT + self.span * self.scale + 4, y + 12, SIZE, "»", "muted")
        if not arrow or arrow.target[0] != cpu or arrow.end > last:
            return
        x = LEFT + (arrow.end - begin) * self.scale
        self.canvas.head(x, y, 0, 1, "bh")

    def draw_strips(self):
        y = TOP + 10
        for chain, cpus, arrow in self.strips:
            self.canvas.text(16, y + 12, 12, self.label(chain, cpus, arrow))
            for cpu in cpus:
                if len(cpus) > 1:
                    self.canvas.text(LEFT - 10, y + 12, SIZE, f"CPU {cpu}", "muted", "end")
                self.canvas.line(LEFT, y + BOX, self.width - RIGHT, y + BOX, "grid")
                self.draw_strip(y, chain, cpu, arrow)
                y += STRIP
            right = self.width - RIGHT + 18
            if arrow:
                self.canvas.text(right + 56, y - STRIP + 12, 12, human(arrow.delay), "bh", "end")
            self.canvas.text(right + 124, y - STRIP + 12, 12, human(chain[1] - chain[0]), "muted", "end")

    def draw_scale(self):
        step, i = 1, 0
        while step * self.scale < 90:
            step = int(step * (2, 2.5, 2)[i % 3])
            i += 1
        unit, name = next((u, n) for u, n in ((10**9, "s"), (10**6, "ms"), (1000, "µs"), (1, "ns")) if step >= u)
        for t in range(0, self.span + 1, step):
            x = LEFT + t * self.scale
            self.canvas.line(x, TOP - 4, x, self.bottom, "grid")
            self.canvas.text(x, TOP - 10, SIZE, f"{t // unit} {name}" if t else "raise", "muted", "middle")
        right = self.width - RIGHT + 18
        if any(arrow for _, _, arrow in self.strips):
            self.canvas.text(right + 56, TOP - 10, SIZE, "to its run", "bh", "end")
        self.canvas.text(right + 124, TOP - 10, SIZE, "to its end", "muted", "end")

    def legend(self, y):
        x = 16
        for lane in LANES:
            if lane in self.painted:
                self.canvas.box(x, y - 10, 22, 12, lane)
                self.canvas.text(x + 28, y, 12, LANE_NAMES[lane])
                x += 46 + text_width(LANE_NAMES[lane], 12)
        self.canvas.text(x, y, 12, "empty: idle", "muted")
        if any(arrow for _, _, arrow in self.strips):
            self.canvas.head(x + 112, y - 1, 0, 1, "bh")
            self.canvas.text(x + 122, y, 12, "the bottom half begins", "bh")
        return y + LINE

    def svg(self):
        self.canvas.text(16, 27, 16, self.canvas.title, bold=True)
        self.canvas.text(16, 47, 12, self.subtitle, "muted")
        self.draw_scale()
        self.draw_strips()
        y = self.legend(self.bottom + 22)
        if any(end - begin > self.span for begin, end, _ in self.chains):
            self.canvas.text(16, y, 12, "»: goes on beyond the scale, which is twice the median.", "muted")
            y += LINE
        if len(self.view.chains) > MOST:
            self.canvas.text(16, y, 12, f"The other {len(self.view.chains) - MOST} interrupts are in the table.", "muted")
            y += LINE
        y = self.table(y + 8)
        return self.canvas.svg(self.width, y + 16)
