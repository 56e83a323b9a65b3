# SPDX-License-Identifier: GPL-2.0
"""Writes the model as Chrome's trace JSON, which ui.perfetto.dev can open. The JSON has a process for each CPU, a
thread for each lane, a slice for each box, and a flow for each arrow from raise to run."""
import json

from model import LANES, LANE_NAMES


def trace_json(model, title):
    out = []

    def us(ts):
        return round((ts - model.begin) / 1000, 3)

    def place(where):
        return {"pid": where[0] + 1, "tid": (where[0] + 1) * 100 + LANES.index(where[1])}

    rows = {(b.cpu, b.lane) for b in model.boxes} | {m.place[:2] for m in model.marks} | \
        {p[:2] for a in model.arrows for p in (a.source, a.target)}
    for cpu in sorted({cpu for cpu, _ in rows}):
        out.append({"ph": "M", "name": "process_name", "pid": cpu + 1, "args": {"name": f"CPU {cpu}"}})
        out.append({"ph": "M", "name": "process_sort_index", "pid": cpu + 1, "args": {"sort_index": cpu}})
    for cpu, lane in sorted(rows, key=lambda r: (r[0], LANES.index(r[1]))):
        where = place((cpu, lane))
        out.append({"ph": "M", "name": "thread_name", **where, "args": {"name": LANE_NAMES[lane]}})
        out.append({"ph": "M", "name": "thread_sort_index", **where, "args": {"sort_index": LANES.index(lane)}})
    for box in sorted((b for b in model.boxes if not b.span), key=lambda b: (b.begin, b.depth)):
        args = {"event": box.number}
        if box.no_begin:
            args["began"] = "before the recording"
        if box.no_end:
            args["end"] = "not in the recording"
        out.append({"ph": "X", "name": box.name, "cat": box.kind, **place((box.cpu, box.lane)),
                    "ts": us(box.begin), "dur": round((box.end - box.begin) / 1000, 3), "args": args})
    drawn = {(b.number, b.cpu, b.lane) for b in model.boxes if not b.span}
    for number, arrow in enumerate(sorted(model.arrows, key=lambda a: a.begin), 1):
        # Perfetto ends a flow in a slice. A run whose end was not recorded may have none.
        if arrow.kind in ("softirq", "work") and (arrow.number, *arrow.target[:2]) not in drawn:
            continue
        same = {"cat": arrow.kind, "name": arrow.row(), "id": number}
        out.append({"ph": "s", **same, **place(arrow.source), "ts": us(arrow.begin)})
        out.append({"ph": "f", "bp": "e", **same, **place(arrow.target), "ts": us(arrow.end),
                    "args": {"delay_ns": arrow.delay, "event": arrow.number}})
    for mark in model.marks:
        name = mark.name or "first line of the bottom half (bh_run)"
        out.append({"ph": "i", "s": "t", "cat": mark.kind, "name": name, **place(mark.place), "ts": us(mark.at),
                    "args": {"event": mark.number}})
    return json.dumps({"displayTimeUnit": "ns", "otherData": {"title": title, "begin_ns": model.begin},
                       "traceEvents": out}, separators=(",", ":"))
