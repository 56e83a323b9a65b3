# SPDX-License-Identifier: GPL-2.0
"""Makes the table under a picture, which shows how long the waits of each kind took. Also makes the tables of the
option --summary: what ran, and the waits."""
from collections import defaultdict

from model import LANES, LANE_NAMES
from svg import human


class Row:
    def __init__(self, name, arrows):
        arrows.sort(key=lambda a: a.delay)
        self.name, self.kind, self.times = name, arrows[0].kind, len(arrows)
        self.least, self.most = arrows[0].delay, arrows[-1].delay
        self.median = arrows[(len(arrows) - 1) // 2].delay
        self.number = arrows[-1].number

    def cells(self):
        return [str(self.times), human(self.least), human(self.median), human(self.most), str(self.number)]


def waits(model, view):
    """Returns rows for the waits that are in view. Waits from the testbench's tracepoints come first."""
    kinds = defaultdict(list)
    for arrow in model.arrows:
        if view.arrow(arrow) and view.begin <= arrow.end <= view.end:
            kinds[arrow.row()].append(arrow)
    rows = [Row(name, arrows) for name, arrows in kinds.items()]
    return sorted(rows, key=lambda r: (r.kind != "bh", -r.times, r.name))


def ran(model, view):
    """Returns a dict of what ran: (lane, name, CPU) -> [times, total ns, longest]."""
    rows = defaultdict(lambda: [0, 0, 0])
    for box in model.boxes:
        if box.span or not view.box(box):
            continue
        row = rows[LANES.index(box.lane), box.name, box.cpu]
        row[0] += 1
        row[1] += box.end - box.begin
        row[2] = max(row[2], box.end - box.begin)
    return rows


def summary(model, view):
    out = [f"{'ran in':<11} {'what':<32} {'CPU':>4} {'times':>7} {'in all':>9} {'longest':>9}"]
    for (lane, name, cpu), (times, total, longest) in sorted(ran(model, view).items()):
        out.append(f"{LANE_NAMES[LANES[lane]]:<11} {name[:32]:<32} {cpu:>4} {times:>7} {human(total):>9} "
                   f"{human(longest):>9}")
    out += ["", f"{'waited':<52} {'times':>7} {'least':>9} {'median':>9} {'most':>9}  (event)"]
    for row in waits(model, view):
        times, least, median, most, number = row.cells()
        out.append(f"{row.name[:52]:<52} {times:>7} {least:>9} {median:>9} {most:>9}  ({number})")
    if model.unpaired:
        out.append(f"\nof {model.unpaired} interrupts or softirqs only one end is in the recording: they are not counted")
    if model.lost_places:
        out.append(f"\nevents were lost in {model.lost_where()}: the numbers count only what was recorded")
    return "\n".join(out)
