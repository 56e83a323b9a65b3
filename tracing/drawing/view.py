# SPDX-License-Identifier: GPL-2.0
"""Chooses the part of a recording that is drawn."""


class NothingThere(Exception):
    """Raised if nothing can be drawn. status: the exit status of timeline."""

    def __init__(self, text, status=2):
        super().__init__(text)
        self.status = status


class View:
    def __init__(self, model):
        self.begin, self.end = model.begin, model.end
        self.cpus = None            # all, or a set
        self.line = ""
        self.chains = []            # the interrupts of the line: (raise, end, number)

    def time(self, begin, end):
        return begin <= self.end and end >= self.begin

    def cpu(self, cpu):
        return self.cpus is None or cpu in self.cpus

    def box(self, box):
        return self.cpu(box.cpu) and self.time(box.begin, box.end)

    def mark(self, mark):
        return self.cpu(mark.place[0]) and self.time(mark.at, mark.at)

    def arrow(self, arrow):
        return self.cpu(arrow.source[0]) and self.cpu(arrow.target[0]) and self.time(arrow.begin, arrow.end)


def is_signal(event, line, bench):
    """Does the event show that the device signals its interrupt? If "bench" is set, this is an event of the testbench's
    tracepoint, otherwise of the kernel's."""
    if event.name != line:
        return False
    return event.kind == "bh_raise" and event.mechanism == "hardirq" if bench else \
        event.kind == "irq_handler_entry"


def packet_of(event, line):
    """Is the event a packet that the line's device has received? (The device of line "nd1-rx0" is "nd1".)"""
    return event.kind == "netif_receive_skb" and event.name and \
        (line == event.name or line.startswith(event.name + "-"))


def end_of_run(events, i):
    """Returns the index of the event that ends the code which runs at event i: the end of a work item, the exit of a
    softirq or hard IRQ handler, or the switch from a thread to another task."""
    event = events[i]
    if event.where == "soft":       # On PREEMPT_RT another task may preempt the softirq, which then continues later.
        for j in range(i + 1, len(events)):
            if (events[j].cpu, events[j].pid) == (event.cpu, event.pid):
                if events[j].kind == "softirq_exit":
                    return j
                if events[j].kind == "softirq_entry":
                    break           # The end of this softirq was not recorded, or event i is in no softirq.
    worker = event.comm.startswith("kworker/") and event.where != "soft"
    for j in range(i + 1, len(events)):
        other = events[j]
        if worker:
            if other.kind == "workqueue_execute_end" and other.pid == event.pid:
                return j
        elif other.cpu == event.cpu and (
                other.kind in ("softirq_exit", "sched_switch") or
                other.kind == "irq_handler_exit" and event.where == "hard"):
            return j
    return len(events) - 1


def end_of_thread(events, i, line, bench):
    """Returns the event at which the thread of event i goes to sleep for the last time before the next interrupt."""
    last = i
    for j in range(i + 1, len(events)):
        if events[j].kind == "sched_switch" and events[j].prev == events[i].pid:
            last = j
        elif is_signal(events[j], line, bench):
            break
    return last


def end_of_chain(events, i, line, bench):
    """Returns the last event that belongs to the interrupt whose signal is event i: usually the end of its bottom
    half"""
    run = None
    for j in range(i + 1, len(events)):
        event = events[j]
        if packet_of(event, line):
            return end_of_run(events, j)
        if run is None and event.kind == "bh_run" and event.mechanism != "hardirq" and event.name == line:
            run = j
        # This is the next interrupt: the bottom half has run, and no packet came.
        if run is not None and is_signal(event, line, bench):
            break
    if run is not None and events[run].comm.startswith("irq/"):
        return end_of_thread(events, run, line, bench)
    if run is not None:
        return end_of_run(events, run)
    # No event says that a bottom half ran, so take the end of the first softirq or work item after
    # event i.
    for j in range(i + 1, len(events)):
        if events[j].kind in ("softirq_exit", "workqueue_execute_end"):
            return j
    return len(events) - 1


def choose_line(view, trace, line, nth):
    """Chooses all interrupts of a line, or only the n-th, and adds a margin of time on both sides."""
    events, view.line = trace.events, line
    bench = any(is_signal(e, line, True) for e in events)
    signals = [i for i, e in enumerate(events) if is_signal(e, line, bench)]
    if not signals or nth and len(signals) < nth:
        names = sorted({e.name for e in events if e.kind == "irq_handler_entry"})
        raise NothingThere(f"{len(signals)} interrupts of a line '{line}' in this trace; it has interrupts of: " +
                           (", ".join(names) or "none"), 1)
    numbers = [nth] if nth else range(1, len(signals) + 1)
    for n in numbers:
        i = signals[n - 1]
        view.chains.append((events[i].ts, events[end_of_chain(events, i, line, bench)].ts, n))
    view.begin, view.end = view.chains[0][0], max(c[1] for c in view.chains)
    view.cpus = {e.cpu for e in events if view.begin <= e.ts <= view.end and
                 (packet_of(e, line) or e.name == line and e.kind in ("bh_raise", "bh_run", "irq_handler_entry"))}
    margin = (view.end - view.begin) // 25
    view.begin, view.end = max(view.begin - margin, 0), view.end + margin


def choose_events(view, trace, first, last):
    if first > len(trace.events):
        raise NothingThere(f"no event {first}; the trace has {len(trace.events)}")
    view.begin = trace.events[first - 1].ts
    view.end = trace.events[min(last, len(trace.events)) - 1].ts
