#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""timeline_test.py CHECK FILE... - tests the code in tracing/drawing/. timeline.sh, report.sh and "make check" run it.

  fuzz TIMES FILE    damages a recording (as text) TIMES times: the picture must never contradict it
  invented FILE...   invariant.py must find the errors of two wrong models: in the first some interrupts begin with the
                     recording, in the second a box is too short
  perfetto FILE JSON checks the output of "timeline --perfetto": lanes, slices that nest, flows from raise to run
  realtime FILE STOCK  the model of a softirq that runs in a task, while another task preempts this task. STOCK: a
                     recording of a kernel without PREEMPT_RT
  lanes FILE...      in recordings of PREEMPT_RT, no softirq stands outside of its task; status 4: there is none
  colours            readers with a colour deficiency can tell the fills apart
  labels SVG...      no label lies on another
  windows TIMES FILE...  no label lies on another in pictures of TIMES random parts of a recording
  recordings         all checks above except labels, with the files in recordings/; needs no VM
"""
import collections
import html
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

TRACING = os.path.join(os.environ.get("BH_TRACING") or
                       os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "tracing"))
sys.path.insert(0, os.path.join(TRACING, "drawing"))
sys.dont_write_bytecode = True

import events                   # noqa: E402
import invariant                # noqa: E402
import perfetto                 # noqa: E402
from model import Box, Model    # noqa: E402
from picture import Picture     # noqa: E402
from svg import PAINTS, text_width   # noqa: E402
from view import View, end_of_run   # noqa: E402


def lines_of(name):
    with open(name, encoding="utf-8", errors="replace") as file:
        return file.read().split("\n")


# ---- ways to damage a recording

def some_gone(lines, rand):
    for _ in range(rand.randint(1, min(40, len(lines) // 3))):
        del lines[rand.randrange(len(lines))]


def a_kind_gone(lines, rand):
    """Removes one kind of event, as if a filter had left it out."""
    name = rand.choice(("irq_handler_exit", "irq_handler_entry", "softirq_exit", "softirq_entry", "sched_switch",
                        "irq_work_exit", "local_timer_entry", "tasklet_exit", "workqueue_execute_end"))
    lines[:] = [line for line in lines if name not in line]


def of_one_gone(lines, rand):
    """Acts like a filter on the name of an interrupt: removes the entries of all other interrupts. Removes no exits,
    because an exit has no name. Then turns some exits of the local timer into exits of irq_work."""
    names = {line.partition("name=")[2] for line in lines if "irq_handler_entry" in line}
    name = rand.choice(sorted(names) or [""])
    lines[:] = [line for line in lines if "irq_handler_entry" not in line or line.endswith("name=" + name)]
    for _ in range(5):
        at = rand.randrange(len(lines))
        lines[at] = lines[at].replace("local_timer_exit", "irq_work_exit")


def twice(lines, rand):
    for _ in range(rand.randint(1, 20)):
        at = rand.randrange(len(lines))
        lines.insert(at, lines[at])


def a_part(lines, rand):
    at = rand.randrange(len(lines))
    lines[:] = lines[at:at + rand.randint(1, len(lines))]


def other_bytes(lines, rand):
    for _ in range(rand.randint(1, 30)):
        at = rand.randrange(len(lines))
        if lines[at]:
            byte = rand.randrange(len(lines[at]))
            lines[at] = lines[at][:byte] + chr(rand.randrange(1, 255)) + lines[at][byte + 1:]


def lost(lines, rand):
    for _ in range(3):
        at = rand.randrange(len(lines))
        lines.insert(at, f"CPU:{rand.randrange(2)} [LOST {rand.randrange(99)} EVENTS]")
        del lines[at + 1:at + 1 + rand.randrange(30)]


def no_flags(lines, _rand):
    lines[:] = [line[:line.find("] ") + 2] + line[line.find("] ") + 8:] if "] " in line else line for line in lines]


DAMAGE = (some_gone, a_kind_gone, of_one_gone, twice, a_part, other_bytes, lost, no_flags)


def fuzz(times, name):
    whole, rand, said = lines_of(name), random.Random(20), collections.Counter()
    for case in range(int(times)):
        lines = list(whole)
        damage = DAMAGE[case % len(DAMAGE)]
        damage(lines, rand)
        try:
            trace = events.parse(lines, "fuzzed")
        except events.BadTrace:
            said["refused"] += 1
            continue
        model = Model(trace)
        found = list(invariant.contradictions(trace, model))
        if found:
            print(f"case {case}, {damage.__name__}: {found[0]}")
            return 1
        Picture(trace, model, View(model), "fuzzed").svg()
        wrong, _ = wrong_slices(model, json.loads(perfetto.trace_json(model, "fuzzed")))
        if wrong:
            print(f"case {case}, {damage.__name__}: Perfetto: {wrong[0]}")
            return 1
        said["drawn"] += 1
    print(f"{said['drawn']} drawn, {said['refused']} refused")
    return 0 if said["drawn"] > int(times) / 2 else 1


class Inventing(Model):
    """A model that is wrong on purpose. If an interrupt has an exit but no entry, this model draws the interrupt from
    the beginning of the recording."""

    def _hard_exit(self, event, kind):
        boxes = len(self.boxes)
        super()._hard_exit(event, kind)
        if len(self.boxes) == boxes:
            self.boxes.append(Box(self.begin, event.ts, event.cpu, "irq", 0, kind, event.name, event.number))


def invented(*names):
    for name in names:
        trace = events.read(name)
        found = list(invariant.contradictions(trace, Inventing(trace)))
        print(f"{name}: {len(found)} contradictions: {found[0] if found else 'none'}")
        if not found or list(invariant.contradictions(trace, Model(trace))):
            return 1
        # A recording in which ends are missing is compared too: a box that is too short must be found.
        short = Model(trace)
        next(box for box in reversed(short.boxes) if box.kind == "work").end -= 1
        if not short.unpaired or not any("by the events" in text for text in invariant.contradictions(trace, short)):
            print(f"{name}: a box that is too short is not found")
            return 1
    return 0


# ---- PREEMPT_RT

def wrong_realtime(trace):
    """Returns what is wrong with the model of recordings/realtime.txt, which was written by hand. In it an IRQ thread runs
    the softirq TASKLET. The task ktimers preempts the thread, and runs TIMER. Then backlog_napi polls. The flags are
    those of a kernel from 6.18 on: there BH disabled is no lock, so ktimers does not wait for the thread."""
    model = Model(trace)
    wrong = list(invariant.contradictions(trace, model))
    boxes = collections.Counter((b.lane, b.depth, b.name, b.span) for b in model.boxes)
    for expected, times in {
            ("thread", 0, "irq/41-demo_tas", False): 2, ("thread", 1, "TASKLET", False): 2,
            ("thread", 2, "demo_bottom", False): 2, ("thread", 1, "TASKLET", True): 1,
            ("thread", 2, "demo_bottom", True): 1, ("ktimers", 0, "ktimers/1", False): 1,
            ("ktimers", 1, "TIMER", False): 1, ("irq", 1, "demo_tasklet", False): 1,
            ("napi", 0, "backlog_napi/1", False): 1}.items():
        if boxes[expected] != times:
            wrong.append(f"{boxes[expected]} times {expected}, not {times}")
    if any(b.lane == "softirq" for b in model.boxes):
        wrong.append("a box in a lane of softirqs")
    waits = {(a.row(), a.delay, a.target[1]) for a in model.arrows}
    if waits != {("softirq TASKLET: raised to served", 20000, "thread"),
                 ("irq/41-demo_tas: woken to running", 40000, "thread"),
                 ("ktimers/1: woken to running", 30000, "ktimers"),
                 ("backlog_napi/1: woken to running", 15000, "napi")}:
        wrong.append(f"waits {sorted(waits)}")
    return wrong


def realtime(name, stock):
    trace = events.read(name)
    wrong = wrong_realtime(trace)
    print("; ".join(wrong) or "realtime: all boxes and waits are right")
    # A window must not end where ktimers preempts the tasklet.
    first = next(i for i, event in enumerate(trace.events) if event.kind == "tasklet_entry")
    end = trace.events[end_of_run(trace.events, first)]
    if (end.kind, end.key) != ("softirq_exit", 6):
        wrong.append(f"the window of the tasklet ends at event {end.number}, {end.kind}")
    # If the flag "s" were read as on another kernel, the softirqs would be drawn outside of their tasks.
    trace.realtime = False
    if not any("lane of softirqs" in text for text in wrong_realtime(trace)):
        wrong.append("the reading of another kernel is not noticed")
    # On another kernel a softirq may interrupt a task that has disabled migration.
    lines = lines_of(stock)
    lines += [line.replace("..s1.", "..s11") for line in lines if "softirq_entry" in line]
    if lines[-1].count("..s11") != 1 or events.parse(sorted(lines, key=lambda line: line[35:55]), stock).realtime is not False:
        wrong.append(f"{stock} is read as a recording of PREEMPT_RT")
    print("; ".join(wrong) or "realtime: windows and other kernels are right")
    return 1 if wrong else 0


def preempted(name):
    """Checks the model of recordings/preempted.txt, which was recorded on newest-rt (the pair napi_complete_budget). The
    task ksoftirqd serves NET_RX, and is preempted four times: by rcuc and ktimers, by a shell, and by the IRQ thread of
    the disk, which serves NET_RX itself. Then ksoftirqd serves TASKLET."""
    trace = events.read(name)
    model = Model(trace)
    wrong = list(invariant.contradictions(trace, model))
    served = [(b.lane, b.name, b.end - b.begin) for b in model.boxes if b.kind == "softirq" and not b.span]
    if served != [("ksoftirqd", "NET_RX", 924000), ("ktimers", "TIMER", 40000), ("ksoftirqd", "NET_RX", 622000),
                  ("ksoftirqd", "NET_RX", 397000), ("thread", "NET_RX", 51000), ("ksoftirqd", "NET_RX", 13000),
                  ("ksoftirqd", "TASKLET", 410000)]:
        wrong.append(f"softirqs {served}")
    print("; ".join(wrong) or "preempted: all boxes are right")
    return 1 if wrong else 0


def lanes(*names):
    found = 0
    for name in names:
        trace = events.read(name)
        if not any(event.comm.startswith("ktimers/") for event in trace.events):
            continue            # only PREEMPT_RT has this task
        found += 1
        outside = sum(box.lane == "softirq" for box in Model(trace).boxes)
        if outside:
            print(f"{name}: {outside} boxes in a lane of softirqs")
            return 1
    print(f"recordings of PREEMPT_RT: {found}")
    return 0 if found else 4


# ---- Perfetto

def nest(slices):
    """Do the slices (begin, end) of one thread nest? Each slice must lie inside an earlier slice, or begin after that
    slice has ended."""
    stack = []
    for begin, end in sorted(slices, key=lambda s: (s[0], -s[1])):
        while stack and stack[-1] <= begin:
            stack.pop()
        if stack and end > stack[-1]:
            return False
        stack.append(end)
    return True


def wrong_slices(model, written):
    """Compares the JSON of "timeline --perfetto" with the model. Returns what is wrong, and a summary."""
    kinds = collections.defaultdict(list)
    for event in written["traceEvents"]:
        kinds[event["ph"]].append(event)
    lanes = {(e["pid"], e["tid"]) for e in kinds["M"] if e["name"] == "thread_name"}
    slices = collections.defaultdict(list)
    for event in kinds["X"]:
        begin = round(event["ts"] * 1000)
        slices[event["pid"], event["tid"]].append((begin, begin + round(event["dur"] * 1000)))
    starts = {e["id"]: e for e in kinds["s"]}
    ends = {e["id"]: e for e in kinds["f"]}
    wrong = []
    if len(kinds["X"]) != sum(not b.span for b in model.boxes):
        wrong.append(f"{len(kinds['X'])} slices for {len(model.boxes)} boxes")
    if not set(slices) <= lanes:
        wrong.append("a slice in a lane without a name")
    if not all(nest(s) for s in slices.values()):
        wrong.append("slices that do not nest")
    # A run whose end was not recorded may have no slice. Then the flow to this run is left out.
    must = {a.number for a in model.arrows if a.kind not in ("softirq", "work") or a.number in model.completed}
    flows = {e["args"]["event"] for e in kinds["f"]}
    if set(starts) != set(ends) or not must <= flows <= {a.number for a in model.arrows}:
        wrong.append(f"{len(starts)} flows begin, {len(ends)} end, for {len(model.arrows)} arrows")
    if any(starts[i]["ts"] > ends[i]["ts"] for i in set(starts) & set(ends)):
        wrong.append("a flow that goes back in time")
    for event in kinds["f"]:
        where = slices[event["pid"], event["tid"]]
        if event["cat"] in ("softirq", "work") and \
                not any(begin <= round(event["ts"] * 1000) <= end for begin, end in where):
            wrong.append(f"flow {event['id']} ends in no slice")
    return wrong, f"{len(kinds['X'])} slices, {len(starts)} flows in {len(lanes)} lanes"


def perfetto_(name, json_name):
    with open(json_name, encoding="utf-8") as file:
        made = json.load(file)
    wrong, summary = wrong_slices(Model(events.read(name)), made)
    print("; ".join(wrong[:5]) or summary)
    processor = trace_processor()
    if not processor:
        print("# SKIP trace_processor_shell is not installed: Perfetto has not read this file")
    elif not wrong:
        wrong += processed(processor, json_name, *(sum(e["ph"] == ph for e in made["traceEvents"]) for ph in "Xs"))
    return 1 if wrong else 0


def trace_processor():
    """Returns the path of Perfetto's own reader, or None if it is not installed."""
    return shutil.which(os.environ.get("TRACE_PROCESSOR", "trace_processor_shell"))


def written(name):
    """Makes the JSON of "timeline --perfetto" for a recording, and checks this JSON. Returns 1 if the JSON is wrong."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(perfetto.trace_json(Model(events.read(name)), name))
        file.flush()
        return perfetto_(name, file.name)


def processed(processor, json_name, slices, flows):
    """Compares the model with what Perfetto's own reader finds in the JSON."""
    query = ("select (select count(*) from slice where dur >= 0), (select count(*) from flow), "
             "(select coalesce(sum(value), 0) from stats where severity = 'error');\n")
    done = subprocess.run([processor, "-Q", query, json_name], capture_output=True, text=True, check=False)
    row = done.stdout.strip().split("\n")[-1].split(",")
    print(f"trace_processor: slices and instants, flows, errors: {','.join(row)}")
    return [] if len(row) == 3 and int(row[0]) >= slices and int(row[1]) == flows and row[2] == "0" else \
        [f"trace_processor: {done.stderr[-300:]}"]


# ---- colours, as readers with a colour deficiency see them. The matrices are from Machado, Oliveira and Fernandes
# (2009). The difference of two colours is computed with the formula of CIE 1976.

SEES = {
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
FILLS = ("irq", "softirq", "ksoftirqd", "ktimers", "rcuc", "irq_work", "thread", "napi", "kworker", "task")


def lab(colour, matrix):
    rgb = [int(colour[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    rgb = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    r, g, b = (max(0, min(1, sum(m * c for m, c in zip(row, rgb)))) for row in matrix)
    x, y, z = ((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505, 0.2126 * r + 0.7152 * g + 0.0722 * b,
               (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def colours():
    least = (1000, "")
    for who, matrix in SEES.items():
        for dark in 0, 1:
            for i, a in enumerate(FILLS):
                for b in FILLS[i + 1:]:
                    if PAINTS[a][4] != PAINTS[b][4]:
                        continue        # these two fills have different patterns
                    pair = zip(lab(PAINTS[a][dark], matrix), lab(PAINTS[b][dark], matrix))
                    least = min(least, (sum((p - q) ** 2 for p, q in pair) ** 0.5,
                                        f"{a} and {b}, {who}, {'dark' if dark else 'light'}"))
    print(f"the least difference of two fills of one pattern: {least[0]:.1f}, {least[1]}")
    return 0 if least[0] >= 12 else 1


# ---- labels

LABEL = re.compile(r'<text class="[^"]*" x="([-0-9.]+)" y="([-0-9.]+)" font-size="([0-9]+)"'
                   r'(?: text-anchor="([a-z]+)")?( font-weight="bold")?[^>]*>([^<]*)</text>')


def overlaps(svg):
    """Yields the labels that overlap. text_width() returns more than the real width of a label. So this function
    computes with 85 % of that width."""
    seen = []
    for x, y, size, anchor, bold, text in LABEL.findall(svg):
        text, y, size = html.unescape(text), float(y), int(size)
        width = 0.85 * text_width(text, size, bool(bold))
        left = float(x) - width * {"middle": 0.5, "end": 1}.get(anchor, 0)
        box = (left, y - 0.7 * size, left + width, y, text)
        yield from (f"'{text}' lies on '{other[4]}'" for other in seen
                    if box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3])
        seen.append(box)
    if not seen:
        yield "no label found"


def labels(*names):
    wrong = [f"{name}: {what}" for name in names for what in overlaps("\n".join(lines_of(name)))]
    print("\n".join(wrong[:5]) or f"pictures looked at: {len(names)}")
    return 1 if wrong or not names else 0


def windows(times, *names):
    rand = random.Random(7)
    for name in names:
        trace = events.read(name)
        model = Model(trace)
        moments = sorted({moment for box in model.boxes for moment in (box.begin, box.end)})
        for _ in range(int(times)):
            view = View(model)
            view.begin, view.end = sorted(rand.sample(moments, 2))
            for what in overlaps(Picture(trace, model, view, "a window").svg()):
                print(f"{name}, {view.begin} to {view.end}: {what}")
                return 1
    print(f"{len(names) * int(times)} windows drawn")
    return 0


def recordings():
    folder = os.path.join(os.path.dirname(os.path.realpath(__file__)), "recordings")
    unpaired, rt, real = (os.path.join(folder, name) for name in ("unpaired.txt", "realtime.txt", "preempted.txt"))
    checks = ((fuzz, (320, unpaired)), (fuzz, (320, rt)), (fuzz, (320, real)), (invented, (unpaired,)),
              (realtime, (rt, unpaired)), (preempted, (real,)), (lanes, (rt, real)), (colours, ()),
              (windows, (200, unpaired, rt, real)), (written, (unpaired,)), (written, (rt,)))
    failed = [check.__name__ for check, args in checks if check(*args)]
    # The last two checks call perfetto_(). Its last step needs Perfetto's own reader, and is skipped if the reader is
    # missing.
    print(f"{len(checks) - len(failed)} passed, {len(failed)} failed, {0 if trace_processor() else 2} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    CHECKS = {"recordings": recordings, "fuzz": fuzz, "invented": invented, "perfetto": perfetto_, "realtime": realtime,
              "lanes": lanes, "colours": colours, "labels": labels, "windows": windows}
    sys.exit(CHECKS[sys.argv[1]](*sys.argv[2:]))
