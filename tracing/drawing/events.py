# SPDX-License-Identifier: GPL-2.0
"""Turns the text of a trace into events. The text comes from "trace-cmd report -t -N" or from
/sys/kernel/tracing/trace. If the trace is a trace.dat, trace-cmd turns it into text first."""
import re
import shutil
import subprocess

MAX_EVENTS = 1000000
MAX_CPUS = 512
MAX_LINE = 4000
PLAIN = str.maketrans({i: "?" for i in list(range(32)) + list(range(127, 161))})

VECTORS = ("local_timer", "reschedule", "call_function", "call_function_single", "irq_work",
           "x86_platform_ipi", "error_apic", "spurious_apic", "threshold_apic",
           "deferred_error_apic", "thermal_apic")


class BadTrace(Exception):
    """Raised if the file cannot be read. The text of the exception says why, and what the user can do."""


class Event:
    """One line of the trace.

    "where" is the context according to the kernel's own flags: "hard", "soft" (a softirq runs, or BH is disabled),
    "task"; None if the line has no flags. "lost" is the number of events that were lost on this CPU before this event;
    -1 if the number is unknown. Which other fields an event has depends on its "kind", see PATTERNS.
    """

    __slots__ = ("ts", "cpu", "pid", "comm", "where", "kind", "number", "lost", "name", "key",
                 "prev", "prev_comm", "next", "mechanism", "delay", "text")

    def __init__(self, ts, cpu, pid, comm, where, number):
        self.ts, self.cpu, self.pid, self.comm = ts, cpu, pid, comm
        self.where, self.number = where, number
        self.kind, self.name, self.key, self.lost, self.text = "other", "", None, 0, ""


class Trace:
    def __init__(self):
        self.events = []
        self.cpus = 0
        self.overwritten = 0        # events that were overwritten before the buffer was read
        self.switches = False       # sched_switch was recorded
        self.realtime = None        # do softirqs run in tasks (PREEMPT_RT)? None if no softirq was recorded


LINE = re.compile(r"^ *(.+)-(\d+) +(?:\([ \d-]+\) +)?\[(\d+)\] +(?:([^\s:]{4,6}) +)?(\d+)\.(\d+): +(.*)$")
LOST = re.compile(r"^CPU:(\d+) \[(?:LOST )?(\d*) ?EVENTS(?: DROPPED)?\]")
WRITTEN = re.compile(r"^# entries-in-buffer/entries-written: (\d+)/(\d+)")
CPUS = re.compile(r"^(?:cpus=|#.*#P:)(\d+)")

PATTERNS = {name: re.compile(pattern) for name, pattern in {
    "irq_handler_entry": r"irq=(?P<key>-?\d+) name=(?P<name>.*)",
    "irq_handler_exit": r"irq=(?P<key>-?\d+)",
    "softirq_raise": r"vec=(?P<key>\d+) \[action=(?P<name>\w+)",
    "softirq_entry": r"vec=(?P<key>\d+) \[action=(?P<name>\w+)",
    "softirq_exit": r"vec=(?P<key>\d+) \[action=(?P<name>\w+)",
    "tasklet_entry": r"tasklet=(?P<key>\S+) function=(?P<name>\S+)",
    "tasklet_exit": r"tasklet=(?P<key>\S+) function=(?P<name>\S+)",
    "workqueue_queue_work": r"work struct=(?P<key>\S+) function=(?P<name>\S+)",
    "workqueue_execute_start": r"work struct (?P<key>[^\s:]+): function (?P<name>\S+)",
    "workqueue_execute_end": r"work struct (?P<key>[^\s:]+)(?:: function (?P<name>\S+))?",
    "sched_switch": r"(?:prev_comm=)?(?P<prev_comm>.*)(?: prev_pid=|:)(?P<prev>\d+) .*==> "
                    r"(?:next_comm=)?(?P<name>.*)(?: next_pid=|:)(?P<next>\d+) ",
    "sched_waking": r"comm=(?P<name>.*) pid=(?P<key>\d+) ",
    "bh_raise": r"line=(?P<name>\S+) irq=(?P<key>\d+) mechanism=(?P<mechanism>\w+)",
    "bh_run": r"line=(?P<name>\S+) irq=(?P<key>\d+) mechanism=(?P<mechanism>\w+) .*delay_ns=(?P<delay>\d+)",
    "napi_poll": r".* for device (?P<name>\S+) (?P<text>work \d+ budget \d+)",
    "netif_receive_skb": r"dev=(?P<name>\S+) ",
    "function": r"(?P<name>\w+)",
    "ipi_entry": r"\((?P<name>.*)\)",
    "ipi_exit": r"\((?P<name>.*)\)",
}.items()}
NUMBERS = {"irq_handler_entry", "irq_handler_exit", "softirq_raise", "softirq_entry",
           "softirq_exit", "sched_waking"}


def decode(event, name, fields):
    """Fills in the fields of an event that has this name."""
    stem, _, tail = name.rpartition("_")
    if stem in VECTORS and tail in ("entry", "exit"):
        event.kind, event.name, event.key = "vector_" + tail, stem, stem
        return
    if name not in PATTERNS:
        return
    found = PATTERNS[name].match(fields)
    if not found:
        return
    for field, value in found.groupdict().items():
        setattr(event, field, (value or "")[:48])
    if name.startswith("ipi_"):
        event.kind, event.key = "vector_" + tail, event.name
        return
    event.kind = name
    if name in NUMBERS:
        event.key = int(event.key)
    elif name == "sched_switch":
        event.prev, event.next = int(event.prev), int(event.next)
        event.prev_comm, event.name = event.prev_comm[:16], event.name[:16]
    elif name == "bh_run":
        event.delay = int(event.delay)


def parse(lines, name):
    """Returns the Trace that these lines of text contain. "name" is the name of the file, for error messages."""
    trace, lost, last = Trace(), {}, 0
    for line in lines:
        line = line[:MAX_LINE].rstrip("\r\n").translate(PLAIN)
        found = LINE.match(line)
        if not found:
            header = LOST.match(line)
            if header:
                lost[int(header[1])] = int(header[2] or -1)
            header = WRITTEN.match(line)
            if header:
                trace.overwritten = max(0, int(header[2]) - int(header[1]))
            header = CPUS.match(line)
            if header:
                trace.cpus = min(int(header[1]), MAX_CPUS)
            continue
        comm, pid, cpu, flags, seconds, fraction, rest = found.groups()
        ts = int(seconds) * 1000000000 + int((fraction + "000000000")[:9])
        where = None
        if flags:
            where = {"h": "hard", "H": "hard", "Z": "hard", "s": "soft", ".": "task"}.get(flags[2])
        number = len(trace.events) + 1
        event = Event(ts, int(cpu), int(pid), comm.strip()[:16], where, number)
        if event.cpu >= MAX_CPUS:
            raise BadTrace(f"{name}: event {number} is of CPU {event.cpu}; at most {MAX_CPUS} are drawn")
        if ts < last:
            raise BadTrace(f"{name}: damaged: the time goes back at event {number}; record again")
        last = ts
        word, colon, fields = rest.partition(":")
        if colon:
            decode(event, word, fields.strip())
        elif " <-" in rest:         # the function tracer's format in tracefs
            decode(event, "function", rest)
        if event.kind == "softirq_entry":
            # On PREEMPT_RT, migration is always disabled for a task that serves softirqs. On other kernels a softirq
            # may interrupt such a task too, but not every time.
            pinned = len(flags or "") > 4 and flags[4] != "."
            trace.realtime = pinned and trace.realtime is not False
        event.lost = lost.pop(event.cpu, 0)
        trace.switches |= event.kind == "sched_switch"
        trace.cpus = max(trace.cpus, event.cpu + 1)
        trace.events.append(event)
        if number > MAX_EVENTS:
            raise BadTrace(f"{name}: more than {MAX_EVENTS} events; record fewer "
                           "('trace-cmd record -e irq ...') or cut it ('trace-cmd split')")
    if not trace.events:
        raise BadTrace(f"{name}: no event in it; was anything enabled "
                       "('-e irq -e workqueue -e sched:sched_switch'), and did it happen?")
    return trace


def from_dat(name, patience):
    if not shutil.which("trace-cmd"):
        raise BadTrace(f"{name}: reading a trace.dat needs trace-cmd, which is not installed; "
                       "the text of 'trace-cmd report -t -N' can be drawn without it")
    # trace-cmd does not check its input. A damaged file may crash trace-cmd, or keep it busy forever.
    try:
        done = subprocess.run(["trace-cmd", "report", "-t", "-N", "-i", name],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        raise BadTrace(f"{name}: damaged: trace-cmd did not finish reading it in {patience} s; "
                       "record again") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().translate(PLAIN)
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"status {done.returncode}"
        raise BadTrace(f"{name}: damaged or cut short: trace-cmd ended with {how} {said[-200:]}".rstrip() +
                       "; record again")
    return parse(done.stdout.decode(errors="replace").split("\n"), name)


def read(name, patience=60):
    """Returns the Trace in a trace.dat, or in the text of a trace."""
    try:
        with open(name, "rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise BadTrace(f"{name}: {error.strerror}; accepted are a trace.dat or the text of a trace") from None
    if not head:
        raise BadTrace(f"{name}: empty; did 'trace-cmd record' end well?")
    if head.startswith(b"\x17\x08\x44tracing"):
        return from_dat(name, patience)
    if b"\0" in head:
        raise BadTrace(f"{name}: not a trace; accepted are the trace.dat of 'trace-cmd record', the text of "
                       "'trace-cmd report -t -N' and of /sys/kernel/tracing/trace")
    with open(name, encoding="utf-8", errors="replace", newline="\n") as file:
        return parse(limited(file), name)


def limited(file):
    """Yields the lines of a file. Cuts long lines, because a file may consist of one endless line."""
    while True:
        line = file.readline(MAX_LINE)
        if not line:
            return
        yield line
        while not line.endswith("\n"):
            line = file.readline(1 << 20)
            if not line:
                return
