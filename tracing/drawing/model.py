# SPDX-License-Identifier: GPL-2.0
"""Turns events into boxes, arrows and marks. A box is something that ran, an arrow is the wait from a request to its
run, and a mark is anything else that happened.

The model has two kinds of stacks. The stack of a CPU contains its hard interrupts. The stack of a
task contains the softirq that the task runs, the tasklet inside the softirq, and the work item. A
task that loses the CPU keeps its stack, because on PREEMPT_RT a softirq can be preempted.

A box is drawn only if its beginning and its end are in the recording. An interrupt with only one recorded end becomes a
mark, because its duration would be a guess.
"""

from events import Event

LANES = ("irq", "softirq", "ksoftirqd", "ktimers", "rcuc", "irq_work", "thread", "napi",
         "kworker", "task")
LANE_NAMES = {"irq": "hard IRQ", "softirq": "softirq", "ksoftirqd": "ksoftirqd",
              "ktimers": "ktimers", "rcuc": "rcuc", "irq_work": "irq_work",
              "thread": "IRQ thread", "napi": "NAPI thread", "kworker": "kworker", "task": "task"}
PREFIXES = (("ksoftirqd/", "ksoftirqd"), ("ktimers/", "ktimers"), ("rcuc/", "rcuc"),
            ("irq_work/", "irq_work"), ("irq/", "thread"), ("napi/", "napi"),
            ("backlog_napi/", "napi"), ("kworker/", "kworker"))
# Wake-ups are drawn for these kinds of tasks, because a bottom half waits until such a task runs.
# Workers are left out, because a work item has its own arrow. Wake-ups of other tasks are not
# drawn, because there would be too many.
WOKEN = ("ksoftirqd", "ktimers", "rcuc", "irq_work", "thread", "napi")
MECHANISMS = {"hardirq": "hard IRQ", "napi": "NAPI", "rcu": "RCU", "bh_work": "BH work",
              "irq_thread": "IRQ thread"}
HARD = ("irq_handler_entry", "irq_handler_exit", "vector_entry", "vector_exit")
# Events that never happen inside a hard interrupt, even if their flags say that they do
NOT_HARD = ("sched_switch", "softirq_entry", "softirq_exit", "tasklet_entry", "tasklet_exit",
            "workqueue_execute_start", "workqueue_execute_end")


def lane_of(comm):
    for prefix, lane in PREFIXES:
        if comm.startswith(prefix):
            return lane
    return "task"


class Box:
    """A handler, task or function that ran from the time "begin" to the time "end". A box that fills the lane has depth
    0, a box inside it has depth 1, and so on. If "span" is set, the box shows only when something began and ended: it
    need not have run all the time in between."""

    __slots__ = ("begin", "end", "cpu", "lane", "depth", "kind", "name", "number", "pid",
                 "span", "no_begin", "no_end")

    def __init__(self, begin, end, cpu, lane, depth, kind, name, number, pid=0):
        self.begin, self.end, self.cpu, self.lane, self.depth = begin, end, cpu, lane, depth
        self.kind, self.name, self.number, self.pid = kind, name, number, pid
        self.span = self.no_begin = self.no_end = False


class Arrow:
    """kind: "bh" (testbench's tracepoints, from raise to run), "softirq" (from raise to run), "work" (from queued to
    executed), "wake" (from woken to running). A place is (cpu, lane, depth)."""

    __slots__ = ("begin", "end", "delay", "source", "target", "kind", "name", "line", "number")

    def row(self):
        if self.kind == "bh":
            return f"{self.name} of {self.line}: raised to running"
        if self.kind == "softirq":
            return f"softirq {self.name}: raised to served"
        if self.kind == "work":
            bh = "BH work" if self.target[1] == "softirq" else "work"
            return f"{bh} {self.name}: queued to executed"
        return f"{self.name}: woken to running"


class Mark:
    """kind: "run" (the testbench's bh_run), "say" (an event of the kernel), "unpaired" (only one end of an interrupt is
    recorded), "lost" (events were lost here)."""

    __slots__ = ("at", "place", "kind", "name", "number")

    def __init__(self, event, place, kind, name):
        self.at, self.number, self.place, self.kind, self.name = event.ts, event.number, place, kind, name


class Frame:
    """An entry on the stack of a CPU or a task, for example a softirq that has begun and has not ended."""

    __slots__ = ("kind", "key", "name", "begin", "number", "since", "slices", "cpu", "on_cpu")

    def __init__(self, kind, key, name, event, on_cpu=False):
        self.kind, self.key, self.name = kind, key, name
        self.begin = self.since = event.ts
        self.number, self.cpu = event.number, event.cpu
        self.slices = 0
        self.on_cpu = on_cpu        # a softirq that runs in softirq context, not in the context of a task (PREEMPT_RT)


class Cpu:
    def __init__(self):
        self.seen = False
        self.outside = False        # has an event outside hard interrupts been seen?
        self.hard = []
        self.pid = None
        self.comm = ""
        self.since = 0
        self.task_known = False     # is the beginning of the task's box known?
        self.last = 0
        self.raised = {}            # vector -> (event, place) of the raise of this vector
        self.again = {}             # the same for a raise that the next round will serve
        self.round = (0, -1)        # when the current round of handle_softirqs() began, and its latest vector


class Model:
    def __init__(self, trace):
        self.boxes, self.arrows, self.marks = [], [], []
        self.lost = self.lost_places = 0
        self.completed = set()      # numbers of the events that begin a run, if the end of the run was recorded too
        self.unpaired = 0           # number of interrupts and softirqs of which only one end is recorded
        self.filtered = 0           # how many of these interrupts only a filter on events can explain
        self.cpus = trace.cpus
        self.has_tasks = trace.switches
        self.begin, self.end = trace.events[0].ts, trace.events[-1].ts
        self._trace = trace
        self._cpu = [Cpu() for _ in range(trace.cpus)]
        self._stack = {}            # task -> its frames
        self._work, self._bh, self._wake = {}, {}, {}
        if trace.overwritten:
            self.lost += trace.overwritten
            self.lost_places += 1
        for event in trace.events:
            self._event(event)
        self._finish()
        self._depths()

    def lost_where(self):
        return "1 place" if self.lost_places == 1 else f"{self.lost_places} places"

    # ---- places

    @staticmethod
    def _task(event):
        return event.pid or -1 - event.cpu

    def _frames(self, event):
        return self._stack.setdefault(self._task(event), [])

    def _place_of(self, cpu, comm, frames, index):
        """Returns the place of frames[index]: if it runs in a softirq, the place is in the lane of this softirq,
        otherwise in the lane of the task."""
        for i in range(index, -1, -1):
            if frames[i].on_cpu:
                return cpu, "softirq", index - i
        return cpu, lane_of(comm), index + 1

    def _now(self, event):
        c = self._cpu[event.cpu]
        if c.hard:
            return event.cpu, "irq", len(c.hard) - 1
        if event.where == "hard":
            return event.cpu, "irq", 0
        frames = self._frames(event)
        if frames:
            return self._place_of(event.cpu, c.comm, frames, len(frames) - 1)
        if event.where == "soft" and not event.pid:
            # BH is disabled on top of the idle task, which never disables BH itself. So this is
            # handle_softirqs(), before or after it runs a vector.
            return event.cpu, "softirq", 0
        return event.cpu, lane_of(c.comm), 0

    # ---- boxes

    def _unpaired(self, event, place, what):
        self.unpaired += 1
        self.marks.append(Mark(event, place, "unpaired", what))

    def _slice(self, frames, index, ts, cpu, comm, no_end=False):
        """Draws a box for frames[index], which has ended or has lost the CPU."""
        frame = frames[index]
        if frame.since is None:
            return
        box = Box(frame.since, ts, *self._place_of(cpu, comm, frames, index), frame.kind,
                  frame.name, frame.number)
        box.no_end = no_end
        self.boxes.append(box)
        frame.since = None
        frame.slices += 1
        if frame.cpu != cpu:
            frame.cpu = None

    def _drop(self, frames, index, event):
        """Removes frames[index] and the frames above it, because their ends were not recorded."""
        while len(frames) > index:
            frame = frames.pop()
            if frame.kind == "softirq":
                self._unpaired(event, (event.cpu, "softirq" if frame.on_cpu else
                                       lane_of(self._cpu[event.cpu].comm), 0),
                               f"{frame.name}: end not recorded")
            else:
                self.unpaired += 1

    def _push(self, event, kind, key, name, on_cpu=False):
        frames = self._frames(event)
        for i, frame in enumerate(frames):
            # A frame never nests in a frame of its own kind, except that a BH work item may run on top of a worker's
            # work item.
            if frame.kind == kind and not (kind == "work" and any(f.kind == "softirq" for f in frames[i:])):
                self._drop(frames, i, event)
                break
        frames.append(Frame(kind, key, name, event, on_cpu))

    def _pop(self, event, kind, key):
        frames = self._frames(event)
        c = self._cpu[event.cpu]
        for i in range(len(frames) - 1, -1, -1):
            frame = frames[i]
            if frame.kind != kind or frame.key != key:
                continue
            self._drop(frames, i + 1, event)
            self._slice(frames, i, event.ts, event.cpu, c.comm)
            if frame.slices > 1 and frame.cpu is not None:
                span = Box(frame.begin, event.ts, *self._place_of(event.cpu, c.comm, frames, i),
                           kind, frame.name, frame.number)
                span.span = True
                self.boxes.append(span)
            frames.pop()
            self.completed.add(frame.number)
            return
        if kind == "softirq":
            self._unpaired(event, self._now(event), f"{event.name}: beginning not recorded")

    def _hard_entry(self, event, kind):
        self._cpu[event.cpu].hard.append(Frame(kind, event.key, event.name, event))

    def _hard_exit(self, event, kind):
        c = self._cpu[event.cpu]
        for i in range(len(c.hard) - 1, -1, -1):
            frame = c.hard[i]
            if frame.kind != kind or frame.key != event.key:
                continue
            self._hard_open(event, i + 1)
            self.boxes.append(Box(frame.begin, event.ts, event.cpu, "irq", i, kind, frame.name,
                                  frame.number))
            self.completed.add(frame.number)
            c.hard.pop()
            return
        self.filtered += c.outside
        self._unpaired(event, (event.cpu, "irq", 0),
                       f"{'IRQ ' if kind == 'irq' else ''}{event.key}: beginning not recorded")

    def _hard_open(self, event, index):
        """Removes hard[index] and the frames above it, because their ends were not recorded. Adds a mark for each."""
        c = self._cpu[event.cpu]
        while len(c.hard) > index:
            frame = c.hard.pop()
            self.unpaired += 1
            self.filtered += 1
            mark = Mark(event, (event.cpu, "irq", 0), "unpaired", f"{frame.name}: end not recorded")
            mark.at, mark.number = frame.begin, frame.number
            self.marks.append(mark)

    # ---- arrows

    def _asked(self, table, key, event):
        # A second request during a wait does not begin another wait.
        table.setdefault(key, (event, self._now(event)))

    def _came(self, table, key, event, kind, name, place):
        if key not in table:
            return None
        asked, source = table.pop(key)
        arrow = Arrow()
        arrow.begin, arrow.end, arrow.delay = asked.ts, event.ts, event.ts - asked.ts
        arrow.source, arrow.target = source, place
        arrow.kind, arrow.name, arrow.line, arrow.number = kind, name, "", event.number
        self.arrows.append(arrow)
        return arrow

    def _raise(self, event):
        """Records the raise of a vector. handle_softirqs() clears all pending bits at the beginning of a round. So a
        vector that waits for its turn in the round, and is raised again, runs twice."""
        c, vector = self._cpu[event.cpu], event.key
        serving = any(f.kind == "softirq" for f in self._frames(event))
        if vector in c.raised and serving and c.raised[vector][0].ts < c.round[0]:
            c.again.setdefault(vector, (event, self._now(event)))
        else:
            self._asked(c.raised, vector, event)

    def _softirq_entry(self, event):
        c, vector = self._cpu[event.cpu], event.key
        if vector <= c.round[1] or not c.round[0]:
            c.round = (event.ts, vector)
        else:
            c.round = (c.round[0], vector)
        self._push(event, "softirq", vector, event.name, not self._trace.realtime)
        self._came(c.raised, vector, event, "softirq", event.name, self._now(event))
        if vector in c.again:
            c.raised[vector] = c.again.pop(vector)

    # ---- tasks

    def _task_ends(self, c, event, ts, no_end=False):
        if c.pid and self._trace.switches:
            box = Box(c.since, ts, event.cpu, lane_of(c.comm), 0, "task", c.comm, event.number, c.pid)
            box.no_begin, box.no_end = not c.task_known, no_end
            self.boxes.append(box)
        frames = self._stack.get(c.pid or -1 - event.cpu, [])
        for i, frame in enumerate(frames):
            if frame.on_cpu:
                self._drop(frames, i, event)    # a softirq in softirq context is never preempted
                break
        for i in range(len(frames)):
            self._slice(frames, i, ts, event.cpu, c.comm, no_end)

    def _task_begins(self, c, event, pid, comm, known):
        c.pid, c.comm, c.since, c.task_known = pid, comm, event.ts, known
        c.round = (0, -1)
        for frame in self._stack.get(pid or -1 - event.cpu, []):
            frame.since = event.ts

    def _switch(self, event):
        c = self._cpu[event.cpu]
        # The lane must stay the same, because the boxes that are already drawn are in it.
        if not c.task_known and lane_of(event.prev_comm) == lane_of(c.comm):
            c.comm = event.prev_comm
        self._task_ends(c, event, event.ts)
        self._task_begins(c, event, event.next, event.name, True)
        lane = lane_of(event.name)
        self._came(self._wake, event.next, event, "wake", event.name, (event.cpu, lane, 0))

    # ---- events

    def _start_over(self, event):
        c = self._cpu[event.cpu]
        self.lost_places += 1
        self.lost += max(0, event.lost)
        if c.seen:
            frames = self._stack.get(c.pid or -1 - event.cpu, [])
            frames[:] = [f for f in frames if not f.on_cpu]
            self._task_ends(c, event, c.last, True)
        c.hard.clear()
        c.raised.clear()
        c.again.clear()
        c.pid, c.seen, c.outside = None, False, False
        # Also forget what is known about other CPUs. One of the lost events may have been the run for a raise on
        # another CPU, or may have moved a task to another CPU.
        self._stack.clear()
        for table in self._work, self._bh, self._wake:
            table.clear()
        many = f"{event.lost} events lost" if event.lost > 0 else "events lost"
        self.marks.append(Mark(event, (event.cpu, "task", 0), "lost", many))

    def _see(self, event):
        """Updates what is known about the event's CPU, for example which task runs on this CPU."""
        c = self._cpu[event.cpu]
        if event.lost:
            self._start_over(event)
        if not c.seen:
            whole = not event.lost and not self._trace.overwritten
            c.seen = True
            self._task_begins(c, event, event.pid, event.comm, False)
            if whole:
                c.since = self.begin
        elif event.pid != c.pid:
            # The task switch that gave the CPU to this task was not recorded.
            self._task_ends(c, event, c.last, True)
            self._task_begins(c, event, event.pid, event.comm, False)
        c.last = event.ts
        if event.kind in HARD:
            return
        if event.kind in NOT_HARD or event.where in ("task", "soft"):
            self._hard_open(event, 0)
            c.outside = True
        if event.where == "task" and event.kind != "softirq_exit":
            frames = self._frames(event)
            for i, frame in enumerate(frames):
                if frame.on_cpu and frame.begin < event.ts:
                    self._drop(frames, i, event)
                    break

    def _event(self, event):
        kind = event.kind
        self._see(event)
        if kind == "irq_handler_entry":
            self._hard_entry(event, "irq")
        elif kind == "irq_handler_exit":
            self._hard_exit(event, "irq")
        elif kind == "vector_entry":
            self._hard_entry(event, "vector")
        elif kind == "vector_exit":
            self._hard_exit(event, "vector")
        elif kind == "softirq_raise":
            self._raise(event)
        elif kind == "softirq_entry":
            self._softirq_entry(event)
        elif kind == "softirq_exit":
            self._pop(event, "softirq", event.key)
        elif kind == "tasklet_entry":
            self._push(event, "tasklet", event.key, event.name)
        elif kind == "tasklet_exit":
            self._pop(event, "tasklet", event.key)
        elif kind == "workqueue_queue_work":
            self._asked(self._work, event.key, event)
        elif kind == "workqueue_execute_start":
            self._push(event, "work", event.key, event.name)
            self._came(self._work, event.key, event, "work", event.name, self._now(event))
        elif kind == "workqueue_execute_end":
            self._pop(event, "work", event.key)
        elif kind == "sched_switch":
            self._switch(event)
        elif kind == "sched_waking":
            if lane_of(event.name) in WOKEN:
                self._asked(self._wake, event.key, event)
        elif kind == "bh_raise":
            self._asked(self._bh, (event.key, event.mechanism), event)
        elif kind == "bh_run":
            name = MECHANISMS.get(event.mechanism, event.mechanism)
            arrow = self._came(self._bh, (event.key, event.mechanism), event, "bh", name, self._now(event))
            if arrow:
                # The probe measured this delay itself, so the delay does not include the time that
                # tracing takes.
                arrow.delay, arrow.line = event.delay, event.name
            self.marks.append(Mark(event, self._now(event), "run", ""))
        elif kind == "napi_poll":
            self.marks.append(Mark(event, self._now(event), "say", f"{event.name} polled: {event.text}"))
        elif kind == "function":
            self.marks.append(Mark(event, self._now(event), "say", f"{event.name}()"))
        elif kind == "netif_receive_skb":
            self.marks.append(Mark(event, self._now(event), "say", f"packet of {event.name}"))

    def _finish(self):
        """Closes everything that still runs at the end of the trace."""
        filtered = self.filtered
        for cpu, c in enumerate(self._cpu):
            if c.seen:
                end = Event(self.end, cpu, 0, "", None, len(self._trace.events))
                self._hard_open(end, 0)
                self._task_ends(c, end, self.end, True)
        # Do not count the interrupts that still run at the end of the trace: they do not prove that a filter was used.
        self.filtered = filtered

    def _depths(self):
        """Computes the depth of each box: the number of drawn boxes in its lane that contain it. An outer box whose end
        is not recorded is not drawn, so it does not count."""
        self.boxes.sort(key=lambda b: (b.begin, b.depth, b.end))
        around, depth = {}, {}
        for box in self.boxes:
            if box.span:
                continue
            stack = around.setdefault((box.cpu, box.lane), [])
            while stack and stack[-1].end <= box.begin:
                stack.pop()
            box.depth = depth[box.number, box.lane] = len(stack)
            stack.append(box)
        for box in self.boxes:
            if box.span:
                box.depth = depth.get((box.number, box.lane), box.depth)
