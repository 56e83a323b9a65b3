# SPDX-License-Identifier: GPL-2.0
"""Draws the picture: for each CPU a group of lanes, with one lane for each context. Time goes to the right.

Boxes that are too narrow to see are merged with their neighbours. If there are too many words or arrows to read, some
are left out, and notes below the picture say so. A table counts all arrows, also those that are not drawn. Long times
in which nothing happens are cut out of the time axis; a sign marks each cut."""
from labels import SIZE, Room
from model import LANES, LANE_NAMES
from svg import Canvas, human, text_width
from table import waits

GUTTER, EDGE, HEAD = 156, 26, 84
ROW = 19            # the height of a box
BETWEEN = 34        # room for words between lanes
CPU_GAP = 26
LINE = 17           # for the table and the notes
NARROW = 2.5        # a box that is narrower than this is merged with its neighbours
CUT = 40            # the width of the gap that stands for a time that is cut out
CUTS = 24
FEW_EDGES = 600     # time is cut out only if there are fewer edges: beginnings and ends of boxes and arrows, and marks
FEW_THINGS = 110    # words are put next to boxes only if there are fewer boxes and arrows than this
MAX_ROWS = 14

SERVED_BY = {"tasklet": "TASKLET", "tasklet_hi": "HI", "NAPI": "NET_RX", "irq_poll": "IRQ_POLL",
             "timer": "TIMER", "hrtimer": "HRTIMER", "RCU": "RCU", "BH work": "TASKLET", "softirq": ""}


def same_wait(ours, theirs):
    """Do two arrows show the same wait? "ours" comes from the testbench's tracepoints, "theirs" from the kernel's."""
    if theirs.kind == "work":
        return ours.name in ("work", "BH work")
    if theirs.kind == "wake":
        return ours.name == "IRQ thread"
    vector = SERVED_BY.get(ours.name)
    return vector is not None and vector in ("", theirs.name)


def needed(arrows):
    """Returns the arrows to draw. If an arrow of the testbench and an arrow of the kernel show the same wait, the
    kernel's arrow is left out, provided that the testbench's arrow covers its whole time."""
    ours = [a for a in arrows if a.kind == "bh"]
    return [a for a in arrows if a.kind == "bh" or not any(
        o.target[0] == a.target[0] and o.begin <= a.begin and o.end >= a.end and same_wait(o, a) for o in ours)]


class Axis:
    """The time axis, from left to right, without the long times in which nothing happens. The longest time
    in which nothing begins or ends is cut out first, then the second longest, and so on. This stops when the next one
    is at most two fifths of the time that is still shown. In a picture of very many events nothing is cut out, because
    it must show when the events came."""

    def __init__(self, view, left, right, edges, squeeze):
        self.view, self.left, self.cuts = view, left, []
        remains = view.end - view.begin
        if squeeze and 2 < len(edges) < FEW_EDGES:
            edges = sorted(min(max(e, view.begin), view.end) for e in edges)
            gaps = sorted(((b - a, a, b) for a, b in zip(edges, edges[1:])), reverse=True)
            for length, a, b in gaps[:CUTS]:
                if length < 2 or length <= remains * 0.4 or remains - length < 100:
                    break
                self.cuts.append((a, b))
                remains -= length
        self.cuts.sort()
        self.scale = (right - left - len(self.cuts) * CUT) / max(remains, 1)

    def at(self, ts):
        view, x = self.view, self.left
        ts = min(max(ts, view.begin), view.end)
        last = view.begin
        for a, b in self.cuts:
            if ts <= a:
                break
            x += (a - last) * self.scale
            if ts < b:
                return x + CUT * (ts - a) / (b - a)
            x += CUT
            last = b
        return x + (ts - last) * self.scale

    def ticks(self):
        """Yields (x, text) for the labels of the axis, at least 75 points apart."""
        step, nice = 1, (2, 2.5, 2)
        i = 0
        while step * self.scale < 75:
            step = int(step * nice[i % 3])
            i += 1
        t, last = 0, -1000
        while t <= self.view.end - self.view.begin:
            cut = next(((a, b) for a, b in self.cuts if a < self.view.begin + t < b), None)
            if cut:
                t = ((cut[1] - self.view.begin) // step + 1) * step
                continue
            x = self.at(self.view.begin + t)
            if x > last + 70:
                unit, name = next((u, n) for u, n in ((10**9, "s"), (10**6, "ms"), (1000, "µs"), (1, "ns"))
                                  if step >= u or u == 1)
                yield x, f"{t // unit} {name}"
                last = x
            t += step


class Picture:
    def __init__(self, trace, model, view, title, note="", width=1200, dark=False, squeeze=True):
        self.model, self.view = model, view
        self.boxes = [b for b in model.boxes if view.box(b)]
        self.arrows = [a for a in model.arrows if view.arrow(a)]
        self.marks = [m for m in model.marks if view.mark(m)]
        self.rows = waits(model, view)
        self.width, self.left, self.right = width, GUTTER, width - EDGE
        self.crowded = len(self.boxes) + len(self.arrows) > FEW_THINGS
        self.merged = self.merged_into = self.arrowless = 0
        what = f"{human(view.end - view.begin)} of {human(model.end - model.begin)}, from " \
               f"{view.begin // 10**9}.{view.begin // 1000 % 10**6:06} s on"
        self.subtitle = f"{what}; {note}" if note else what
        self.canvas = Canvas(title, self.describe(), dark)
        self.lanes()
        edges = [view.begin, view.end]
        for box in self.boxes:
            edges += [box.begin, box.end]
        for arrow in self.arrows:
            edges += [arrow.begin, arrow.end]
        edges += [m.at for m in self.marks]
        self.axis = Axis(view, self.left, self.right, edges, squeeze)
        self.room = Room(self.canvas, self.left, width - 4)

    def describe(self):
        """Returns the text alternative: for each kind of wait, how many there were and how long they took."""
        rows = [f"{r.name}, {r.times} times, median {human(r.median)}" for r in self.rows[:MAX_ROWS]]
        return f"A timeline, {self.subtitle}. " + ("; ".join(rows) + "." if rows else "No waits.")

    # ---- lanes

    def lanes(self):
        depth = {}
        places = [(b.cpu, b.lane, b.depth) for b in self.boxes]
        places += [m.place for m in self.marks if m.kind != "lost"]
        for arrow in self.arrows:
            # If one end of an arrow is outside the window, this end needs no lane.
            if arrow.begin >= self.view.begin:
                places.append(arrow.source)
            if arrow.end <= self.view.end:
                places.append(arrow.target)
        for cpu, lane, d in places:
            depth[cpu, lane] = max(depth.get((cpu, lane), 0), d)
        self.depth, self.y, y, last = depth, {}, HEAD, None
        for cpu, lane in sorted(depth, key=lambda k: (k[0], LANES.index(k[1]))):
            y += BETWEEN if cpu == last else CPU_GAP
            self.y[cpu, lane] = y
            y += ROW * (depth[cpu, lane] + 1)
            last = cpu
        self.bottom = y + 26

    def top(self, place):
        cpu, lane, depth = place
        return self.y[cpu, lane] + ROW * min(depth, self.depth[cpu, lane])

    def floor(self, place):
        cpu, lane, _ = place
        return self.y[cpu, lane] + ROW * (self.depth[cpu, lane] + 1)

    def draw_lanes(self):
        last = None
        for (cpu, lane), y in self.y.items():
            h = ROW * (self.depth[cpu, lane] + 1)
            if cpu != last:
                self.canvas.text(14, y + 14, 13, f"CPU {cpu}", bold=True)
            last = cpu
            self.canvas.box(self.left, y, self.right - self.left, h, "grid")
            self.canvas.text(self.left - 9, y + 14, 12, LANE_NAMES[lane], anchor="end")

    def draw_axis(self):
        for x, text in self.axis.ticks():
            self.canvas.line(x, HEAD, x, self.bottom, "grid")
            self.canvas.text(x, HEAD - 6, SIZE, text, "muted", "middle")
        used = [[], []]
        for a, b in self.axis.cuts:
            x = self.axis.at(a) + CUT / 2
            for y in range(HEAD + 4, int(self.bottom) - 6, 12):
                if not any(top - 10 < y < top + ROW * (self.depth[key] + 1) for key, top in self.y.items()):
                    self.canvas.line(x - 5, y + 8, x + 1, y, "muted")
                    self.canvas.line(x - 1, y + 8, x + 5, y, "muted")
            self.room.along([(x, HEAD), (x, self.bottom)])
            text = human(b - a)
            w = text_width(text, 10) + 6
            # Use two rows for these texts, so that neighbours do not overlap.
            for row in 0, 1:
                if all(abs(x - other) > (w + v) / 2 for other, v in used[row]):
                    used[row].append((x, w))
                    self.canvas.text(x, self.bottom + 10 + 12 * row, 10, text, "muted", "middle")
                    self.room.block(x - w / 2, self.bottom + 1 + 12 * row, w, 11)
                    break
            else:
                self.room.homeless += 1

    # ---- boxes

    def tip(self, box):
        more = ", began earlier" if box.no_begin else ""
        more += ", its end is not recorded" if box.no_end else ""
        return f"{LANE_NAMES[box.lane]} on CPU {box.cpu}: {box.name}, {human(box.end - box.begin)}{more} " \
               f"(event {box.number})"

    @staticmethod
    def paint(box):
        return "softirq" if box.kind in ("softirq", "tasklet") else box.lane

    def draw_boxes(self):
        heaps, self.wide = {}, []
        for box in self.boxes:
            x, y = self.axis.at(box.begin), self.top((box.cpu, box.lane, box.depth))
            w = self.axis.at(box.end) - x
            if box.span:
                self.canvas.box(x, y, max(w, 2), ROW, self.paint(box), self.tip(box), dashed=True)
                continue
            if w >= NARROW or not self.crowded:
                self.draw_box(box, x, y, max(w, 1.6))
                continue
            heap = heaps.setdefault((box.cpu, box.lane, box.depth, self.paint(box)), [])
            if heap and x <= heap[-1][1] + 1.5:
                first, to, n, busy = heap[-1]
                heap[-1] = (first, max(to, x + w), n + 1, busy + w)
            else:
                heap.append((x, x + w, 1, w))
        for (cpu, lane, depth, paint), heap in heaps.items():
            y = self.top((cpu, lane, depth))
            for x, to, n, busy in heap:
                w = max(to - x, 1.5)
                if n > 1:
                    self.merged += n
                    self.merged_into += 1
                self.canvas.fill(x, y, w, ROW, paint, min(0.9, max(0.3, busy / w)),
                                 f"{n} boxes, too narrow to draw one by one" if n > 1 else "")

    def draw_box(self, box, x, y, w):
        begun = box.begin < self.view.begin or box.no_begin
        ended = box.end > self.view.end or box.no_end
        self.canvas.box(x, y, w, ROW, self.paint(box), self.tip(box), open_left=begun, open_right=ended)
        self.room.block(x, y, w, ROW)
        self.wide.append((box, x, y, w))

    def draw_name(self, box, x, y, w):
        """Writes the name (shortened, if necessary) into the box if there is room, otherwise next to the box."""
        name = box.name
        full = text_width(name, SIZE) + 6
        for at in (x + 3, x + (w - full) / 2 + 2, x + w - full + 3):
            if full <= w and self.room.free(at, y + 3, full - 6, ROW - 6, True):
                self.canvas.text(at, y + ROW / 2 + 4, SIZE, name)
                return
        if w > 44 and self.cut_name(name, x, y, w) or self.crowded:
            return
        above, below = self.y[box.cpu, box.lane] - 9, self.floor((box.cpu, box.lane, 0)) + 9
        places = [(x + w + 3, y + ROW / 2), (x - full - 1, y + ROW / 2)]
        for height in (y + ROW + 9, y - 9, below, above, below + 12, above - 11):
            places += [(at, height) for at in (x - 2, x + w / 2 - full / 2, x + w - full)]
        self.room.word(name, "text", places)

    def cut_name(self, name, x, y, w):
        if text_width(name, SIZE) + 6 <= w:
            return False
        while len(name) > 4 and text_width(name + "…", SIZE) + 6 > w:
            name = name[:-1]
        if len(name) <= 4 or not self.room.free(x + 3, y + 3, w - 6, ROW - 6, True):
            return False
        self.canvas.text(x + 3, y + ROW / 2 + 4, SIZE, name + "…")
        return True

    # ---- arrows

    def words(self, arrow):
        time = human(arrow.delay)
        if arrow.kind == "wake":
            return f"woken, {time}"
        return f"queued, {time}" if arrow.kind == "work" else f"{arrow.name} {time}"

    def ends(self, arrow):
        """Returns the positions (x, y) of both ends of an arrow; None for an end outside the window. An arrow ends at
        the edge of a lane, not at a box, so that the arrow does not cross the words in the lane."""
        begun, ended = arrow.begin >= self.view.begin, arrow.end <= self.view.end
        source = (self.axis.at(arrow.begin), self.y[arrow.source[:2]]) if begun else None
        target = (self.axis.at(arrow.end), self.y[arrow.target[:2]]) if ended else None
        return source, target

    def draw_arrows(self):
        self.signs = []
        arrows = needed(self.arrows)
        if len(arrows) > (self.right - self.left) / 22:
            slowest = {}
            for arrow in arrows:
                if arrow.kind not in slowest or arrow.delay > slowest[arrow.kind].delay:
                    slowest[arrow.kind] = arrow
            self.arrowless = len(arrows) - len(slowest)
            arrows = list(slowest.values())
        drawn = [(a, self.draw_arrow(a)) for a in sorted(arrows, key=lambda a: (a.kind != "bh", -a.delay))]
        self.after_arrows = [(a, p) for a, p in drawn if p]

    def draw_arrow(self, arrow):
        paint = "bh" if arrow.kind == "bh" else "arrow"
        source, target = self.ends(arrow)
        tip = f"{arrow.row()}: {self.words(arrow)} (event {arrow.number})"
        if source is None and target is None:
            self.arrowless += 1
            return None
        if source is None or target is None:
            # One end of the arrow is outside the window. So draw only a short piece of the arrow, next to the end that
            # is inside.
            x, y = target or source
            y = y - 8 if source is None else self.floor(arrow.source) + 8
            edge = self.left if source is None else self.right
            if source is None:
                points = [(edge, y), (max(x - 8, edge), y), (x, y + 8)]
                self.canvas.head(x, y + 8, 6, 8, paint)
            else:
                points = [(x, y - 8), (min(x + 8, edge), y), (edge, y)]
            self.canvas.path("M" + "L".join(f"{a:.1f},{b:.1f}" for a, b in points), paint, tip, dashed=True)
            # If several arrows leave the window at this place, draw one sign for all.
            if not any(edge == x and abs(y - other) < SIZE for x, other in self.signs):
                self.signs.append((edge, y))
                self.canvas.text(edge + (-3 if source is None else 3), y + 4, SIZE, "«" if source is None else "»", paint,
                                 "end" if source is None else "start")
                self.room.block(edge - (12 if source is None else 0), y - 5, 12, 10)
            self.room.along(points)
            return points
        (x1, y1), (x2, y2) = source, target
        if y1 == y2:
            # Both ends of the arrow are in one lane, so draw the arrow above this lane.
            mx, my = (x1 + x2) / 2, y1 - 24
        elif y1 < y2:
            y1 = self.floor(arrow.source)
            mx, my = (x1 + x2) / 2, (y1 + y2) / 2
            if abs(x2 - x1) < 14:
                mx = min(x1, x2) - 6
        else:
            y2 = self.floor(arrow.target)
            mx, my = (x1 + x2) / 2, (y1 + y2) / 2
        self.canvas.path(f"M{x1:.1f},{y1:.1f}Q{mx:.1f},{my:.1f} {x2:.1f},{y2:.1f}", paint, tip)
        self.canvas.head(x2, y2, x2 - mx, y2 - my, paint)
        points = [((1 - t) ** 2 * x1 + 2 * t * (1 - t) * mx + t * t * x2,
                   (1 - t) ** 2 * y1 + 2 * t * (1 - t) * my + t * t * y2) for t in (i / 16 for i in range(17))]
        self.room.along(points)
        return points

    def draw_arrow_word(self, arrow, points):
        words = self.words(arrow)
        if arrow.begin < self.view.begin:
            words += ", raised earlier" if arrow.kind in ("bh", "softirq") else ", asked for earlier"
        elif arrow.end > self.view.end:
            words += ", later"
        w = text_width(words, SIZE) + 4
        places = []
        for t in (0.5, 0.35, 0.65, 0.22, 0.78, 0.1, 0.9):
            x, y = points[round(t * (len(points) - 1))]
            places += [(x + 6, y), (x - w - 6, y), (x + 6, y - 10), (x - w - 6, y - 10), (x + 6, y + 10),
                       (x - w - 6, y + 10), (x - w / 2, y - 12), (x - w / 2, y + 12)]
        self.room.word(words, "bh" if arrow.kind == "bh" else "arrow", places)

    # ---- marks

    def draw_marks(self):
        self.spoken = []
        for mark in self.marks:
            x = self.axis.at(mark.at)
            if mark.kind == "lost":
                self.canvas.line(x, HEAD, x, self.bottom, "lost", 1.5, True)
                self.room.along([(x, HEAD), (x, self.bottom)])
                self.spoken.append((mark, x, HEAD + 10, "lost"))
                continue
            if self.crowded or mark.kind == "run":
                continue        # a bh_run needs no mark: an arrow already ends there
            y = self.floor(mark.place)
            self.canvas.line(x, y, x, y + 5, "lost" if mark.kind == "unpaired" else "arrow", 1.5)
            self.room.along([(x, y), (x, y + 5)])
            self.spoken.append((mark, x, y + 14, "lost" if mark.kind == "unpaired" else "arrow"))

    def draw_mark_word(self, mark, x, y, paint):
        w = text_width(mark.name, SIZE) + 4
        self.room.word(mark.name, paint, [(at, y + down) for down in (0, 11, 21)
                                          for at in (x - 3, x + 3, x - w + 3, x - w / 2)])

    # ---- words, starting with the most important ones

    def draw_words(self):
        device = self.view.line.partition("-")[0]
        ours = {self.view.line, device}
        todo = [(0 if a.kind == "bh" else 3 if a.begin >= self.view.begin and a.end <= self.view.end else 5,
                 self.draw_arrow_word, (a, p)) for a, p in self.after_arrows]
        todo += [(1 if m.kind in ("lost", "unpaired") or device and m.name.split(" polled")[0].split(" of ")[-1] == device
                  else 4, self.draw_mark_word, (m, x, y, p)) for m, x, y, p in self.spoken]
        todo += [(2 if b.name in ours else 3, self.draw_name, (b, x, y, w)) for b, x, y, w in self.wide]
        for _, draw, args in sorted(todo, key=lambda t: t[0]):
            draw(*args)

    # ---- below

    def notes(self):
        model = self.model
        if any(m.kind == "unpaired" for m in self.marks):
            yield "lost", "If only one end of an interrupt was recorded, it is a mark, not a box: its duration is " \
                          "unknown. A filter on entry needs the same filter on exit."
        if self.merged:
            yield "text", f"{self.merged} boxes are too narrow to draw one by one: merged into {self.merged_into}, " \
                          "the stronger the colour the busier. Zoom in to see them."
        if self.arrowless:
            yield "text", f"{self.arrowless} arrows are left out: of each kind only the slowest is drawn. The table " \
                          "counts all."
        if self.room.homeless and not self.crowded:
            words = "words" if self.room.homeless > 1 else "word"
            yield "muted", f"{self.room.homeless} {words} found no room; the table has what it counts, and a mouse " \
                           "over the picture the rest."
        if model.lost_places:
            many = f"{model.lost} events" if model.lost else "Events"
            yield "lost", f"{many} were lost in the recording, in {model.lost_where()}: nothing is drawn across " \
                          "them. A larger buffer helps: trace-cmd record -b."
        legend = []
        if any(a.kind == "bh" for a, _ in self.after_arrows):
            legend.append("green: measured by the testbench's tracepoints")
        if any(a.kind != "bh" for a, _ in self.after_arrows):
            legend.append("dark arrows: the kernel's tracepoints")
        if any(b.span for b in self.boxes):
            legend.append("dashed frame: begun but not running all the time")
        if any(b.no_begin or b.no_end or b.begin < self.view.begin or b.end > self.view.end for b in self.boxes):
            legend.append("dashed edge: goes on beyond the picture")
        if legend:
            yield "muted", "; ".join(legend) + "."

    def table(self, y):
        if not self.rows:
            return y
        columns = (470, 560, 650, 740, 830)
        self.canvas.text(16, y, 12, "what was waited for", "muted", bold=True)
        for x, head in zip(columns, ("times", "least", "median", "most", "event")):
            self.canvas.text(x, y, 12, head, "muted", "end", True)
        for row in self.rows[:MAX_ROWS]:
            y += LINE
            self.canvas.text(16, y, 12, row.name[:60], "bh" if row.kind == "bh" else "text")
            for x, cell in zip(columns, row.cells()):
                self.canvas.text(x, y, 12, cell, anchor="end")
        if len(self.rows) > MAX_ROWS:
            y += LINE
            self.canvas.text(16, y, 12, f"and {len(self.rows) - MAX_ROWS} more; --summary lists all", "muted")
        return y

    def svg(self):
        self.canvas.text(16, 27, 16, self.canvas.title, bold=True)
        self.canvas.text(16, 47, 12, self.subtitle, "muted")
        self.draw_lanes()
        self.draw_axis()
        self.draw_boxes()
        self.draw_arrows()
        self.draw_marks()
        self.draw_words()
        y = self.bottom + 42
        for paint, line in self.notes():
            self.canvas.text(16, y, 12, line, paint)
            y += LINE
        y = self.table(y + 6)
        return self.canvas.svg(self.width, y + 16)
