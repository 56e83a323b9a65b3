# SPDX-License-Identifier: GPL-2.0
"""Checks whether the picture contradicts the recording. For this, it computes the same numbers a second time, from the
events alone and without the stacks of model.py."""
from collections import defaultdict

ENTRY = {"irq_handler_entry": "irq", "vector_entry": "vector", "softirq_entry": "softirq",
         "tasklet_entry": "tasklet", "workqueue_execute_start": "work"}
EXIT = {"irq_handler_exit": "irq", "vector_exit": "vector", "softirq_exit": "softirq",
        "tasklet_exit": "tasklet", "workqueue_execute_end": "work"}
OUTSIDE = ("sched_switch", "softirq_entry", "softirq_exit", "workqueue_execute_start",
           "workqueue_execute_end", "tasklet_entry", "tasklet_exit")


def nesting(model):
    """Checks the boxes of each lane. If two of them overlap, one must be inside the other. In the lane of a task, every
    box must be inside the box of the task."""
    rows = defaultdict(list)
    for box in model.boxes:
        if not box.span:
            rows[box.cpu, box.lane].append(box)
    for (cpu, lane), boxes in sorted(rows.items()):
        stack = []
        for box in sorted(boxes, key=lambda b: (b.begin, b.depth, b.end)):
            while stack and stack[-1].end <= box.begin:
                stack.pop()
            if stack and box.end > stack[-1].end:
                yield (f"CPU {cpu}, {lane}: {stack[-1].name} (event {stack[-1].number}) and {box.name} "
                       f"(event {box.number}) overlap")
            if box.depth != len(stack):
                yield f"CPU {cpu}, {lane}: {box.name} (event {box.number}) has depth {box.depth}, not {len(stack)}"
            if lane not in ("irq", "softirq") and model.has_tasks and box.kind != "task" and \
                    not stack and box.end > box.begin:
                yield f"CPU {cpu}, {lane}: {box.name} (event {box.number}) runs in no task"
            stack.append(box)


def inside_hard(trace, model):
    """Checks that on a CPU no softirq, task or switch occurs inside a hard IRQ box."""
    boxes = defaultdict(list)
    for box in model.boxes:
        if box.lane == "irq" and not box.depth:
            boxes[box.cpu].append(box)
    at = dict.fromkeys(boxes, 0)
    for row in boxes.values():
        row.sort(key=lambda b: b.begin)
    for event in trace.events:
        row = boxes.get(event.cpu)
        if not row or not (event.kind in OUTSIDE or event.where in ("task", "soft")):
            continue
        i = at[event.cpu]
        while i < len(row) and row[i].end < event.ts:
            i += 1
        at[event.cpu] = i
        if i < len(row) and row[i].begin < event.ts < row[i].end:
            yield (f"CPU {event.cpu}: event {event.number} ({event.kind}, {event.comm}) is inside the hard IRQ "
                   f"{row[i].name} of event {row[i].number}")


def ends(trace, model):
    """Checks that each hard IRQ box begins with the entry of an interrupt, and ends with the exit of the same
    interrupt."""
    exits = {(e.cpu, e.ts, EXIT[e.kind], e.key) for e in trace.events if EXIT.get(e.kind) in ("irq", "vector")}
    for box in model.boxes:
        if box.lane != "irq":
            continue
        entry = trace.events[box.number - 1]
        if ENTRY.get(entry.kind) != box.kind or (box.cpu, box.begin) != (entry.cpu, entry.ts):
            yield f"CPU {box.cpu}: the hard IRQ {box.name} of event {box.number} does not begin there"
        elif (box.cpu, box.end, box.kind, entry.key) not in exits:
            yield f"CPU {box.cpu}: the hard IRQ {box.name} of event {box.number} does not end with its own exit"


def forgotten(stack, kind):
    """Removes the run of this kind from the stack, and the runs inside it: their ends were not recorded."""
    for i, run in enumerate(stack):
        if run[0] == kind:
            del stack[i:]
            return


def raw_totals(trace):
    """Returns a dict: (kind, name) -> [number of runs, total time of the runs in ns]. Uses only the events, and counts
    only runs whose two ends were recorded. If events are missing, this follows from three rules of the kernel:
    - A run never contains a run of its own kind. But BH work, in a softirq, may interrupt a work item.
    - Except on PREEMPT_RT, a softirq has ended when its CPU runs another task, or runs this task outside of softirqs.
    - A hard interrupt has ended when an event occurs in another context of its CPU."""
    totals = defaultdict(lambda: [0, 0])
    hard = defaultdict(list)
    active = defaultdict(list)
    last, current = {}, {}
    for event in trace.events:
        cpu, task = event.cpu, event.pid or -1 - event.cpu
        if event.lost:
            hard[cpu].clear()
            active.clear()
        elif current.get(cpu) == task:
            for run in active[task]:
                run[2] += event.ts - last[cpu]
        if not trace.realtime:
            if current.get(cpu, task) != task:
                forgotten(active[current[cpu]], "softirq")
            if event.where == "task" and event.kind != "softirq_exit":
                forgotten(active[task], "softirq")
        last[cpu], current[cpu] = event.ts, task
        if event.kind == "sched_switch":
            current[cpu] = event.next or -1 - cpu
            if not trace.realtime:
                forgotten(active[task], "softirq")
        if event.kind in OUTSIDE or event.where in ("task", "soft"):
            hard[cpu].clear()
        kind = ENTRY.get(event.kind)
        if kind in ("irq", "vector"):
            hard[cpu].append((kind, event.key, event.name, event.ts))
        elif kind:
            if kind != "work" or "softirq" not in (run[0] for run in active[task]):
                forgotten(active[task], kind)
            active[task].append([kind, (event.key, event.name), 0])
        kind = EXIT.get(event.kind)
        stack = hard[cpu] if kind in ("irq", "vector") else active[task]
        for i in range(len(stack) - 1, -1, -1):
            if not kind or stack[i][0] != kind:
                continue
            if kind in ("irq", "vector"):
                if stack[i][1] != event.key:
                    continue
                add = totals[kind, stack[i][2]]
                add[0] += 1
                add[1] += event.ts - stack[i][3]
            else:
                if stack[i][1][0] != event.key:
                    continue
                add = totals[kind, stack[i][1][1]]
                add[0] += 1
                add[1] += stack[i][2]
            del stack[i:]
            break
    return totals


def totals(trace, model):
    """Checks, for each kind and name, that the boxes agree with the events in number and in total time."""
    drawn = defaultdict(lambda: [set(), 0])
    for box in model.boxes:
        if not box.span and box.kind != "task" and box.number in model.completed:
            drawn[box.kind, box.name][0].add(box.number)
            drawn[box.kind, box.name][1] += box.end - box.begin
    raw = raw_totals(trace)
    for what in sorted(set(drawn) | set(raw)):
        times, ns = raw.get(what, (0, 0))
        boxes = drawn.get(what, (set(), 0))
        if len(boxes[0]) != times or boxes[1] != ns:
            yield (f"{what[0]} {what[1]}: {times} times, {ns} ns by the events, "
                   f"{len(boxes[0])} times, {boxes[1]} ns in the picture")


def task_time(trace, model):
    """Checks, for each CPU, that the boxes of its tasks agree with the recorded task switches in total time."""
    raw, drawn, since = defaultdict(int), defaultdict(int), {}
    for event in trace.events:
        # If events were lost, or if another task has run, a task switch is missing.
        if event.lost or event.cpu in since and since[event.cpu][0] != event.pid:
            since.pop(event.cpu, None)
        if event.kind != "sched_switch":
            continue
        if event.cpu in since and event.pid:
            raw[event.cpu] += event.ts - since[event.cpu][1]
        since[event.cpu] = event.next, event.ts
    for box in model.boxes:
        if box.kind == "task" and not box.no_begin and not box.no_end:
            drawn[box.cpu] += box.end - box.begin
    for cpu in sorted(set(raw) | set(drawn)):
        if raw[cpu] != drawn[cpu]:
            yield f"CPU {cpu}: tasks had it for {raw[cpu]} ns by the events, for {drawn[cpu]} ns in the picture"


def contradictions(trace, model):
    """Yields all contradictions, as text"""
    yield from nesting(model)
    yield from inside_hard(trace, model)
    yield from ends(trace, model)
    yield from totals(trace, model)
    yield from task_time(trace, model)
