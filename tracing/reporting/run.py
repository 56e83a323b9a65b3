# SPDX-License-Identifier: GPL-2.0
"""Reads what a run of "make demo" left in its folder."""
import glob
import json
import os

# The measured mechanisms, starting with the quickest. Each row has four fields: the name of the file in
# tracing/questions/, the name here and in measure/figures/, the name for people, and the moment at which the wait
# begins.
MECHANISMS = (
    ("tasklet", "hardirq", "hard IRQ handler", "from the device's signal"),
    ("softirq", "irq_poll", "softirq (IRQ_POLL)", "from its raise in the top half"),
    ("tasklet", "tasklet", "tasklet", "from its raise in the top half"),
    ("threaded-irq", "irq_thread", "IRQ thread", "from its raise in the top half"),
    ("workqueue", "work", "work item", "from its raise in the top half"),
)
QUESTIONS = {"demo_softirq": "softirq", "demo_tasklet": "tasklet", "demo_workqueue": "workqueue",
             "demo_threaded_irq": "threaded-irq", "napi_dummy_netdev": "napi"}


class Part:
    """What one script showed, as records (kind, text)."""

    def __init__(self, script):
        self.lesson, _, self.script = script.partition("/")
        self.title, self.records = "", []

    def count(self, kind):
        return sum(k == kind for k, _ in self.records)


class Delays:
    """How long a top or bottom half waited: sorted pairs (time in ns, number of waits that took this time)."""

    def __init__(self, rows):
        self.rows = sorted(rows)
        self.times = sum(n for _, n in self.rows)

    def quantile(self, share):
        left = share * self.times
        for ns, n in self.rows:
            left -= n
            if left <= 1e-9:
                return ns
        return self.rows[-1][0]


class Run:
    def __init__(self, folder):
        self.folder = folder
        self.machine = dict(line.split(" ", 1) for line in self.lines("machine") if " " in line)
        self.release = (self.lines("uname") or ["an unknown kernel"])[0]
        self.parts = self.read_parts()
        self.contexts = [line.split("\t") for line in self.lines("context")]

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def text(self, *names):
        try:
            with open(self.path(*names), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def lines(self, *names):
        return self.text(*names).splitlines()

    def read_parts(self):
        parts = []
        for line in self.lines("records"):
            kind, _, text = line.partition("\t")
            if kind == "script":
                parts.append(Part(text))
            elif not parts:
                continue
            elif kind == "title":
                parts[-1].title = text
            else:
                parts[-1].records.append((kind, text))
        return parts

    def tally(self):
        """Returns three numbers: how many claims held, how many failed, and how many could not be checked. The claims
        are those of the guided runs and of the table of contexts."""
        rows = [[int(n) for n in line.split()] for line in self.lines("tally")]
        return [sum(column) for column in zip(*rows)] if rows else [0, 0, 0]

    def delays(self, question, mechanism):
        rows = [line.split() for line in self.lines(question + ".delays")]
        rows = [(int(ns), int(n)) for name, ns, n in rows if name == mechanism]
        return Delays(rows) if rows else None

    def deltas(self, question):
        """Returns (file, counter, CPU, increase) for counters that have changed, interrupts first."""
        rows = []
        for line in self.lines(question + ".deltas"):
            name, cpu, more = line.split()
            kind, _, name = name.partition("_")
            rows.append(("/proc/softirqs" if kind == "softirq" else "/proc/interrupts", name, int(cpu), int(more)))
        return sorted(rows, key=lambda r: (r[0] != "/proc/interrupts", -r[3]))

    def seen(self, question):
        text = self.text("trace-" + question, "seen.txt")
        begin, end = text.find("What was seen:"), text.find("\nThe trace")
        return text[begin + 15:end].strip("\n") if begin >= 0 else ""

    def pictures(self, question):
        """Yields (name, SVG) for each picture, in the order of the list."""
        for line in self.lines("trace-" + question, "pictures"):
            name = line.split("\t")[1]
            svg = self.text("trace-" + question, name + ".svg")
            if svg:
                yield name, svg

    def emulated(self):
        return "TCG" in self.machine.get("processors", "")

    def figures(self):
        """Returns the release of a kernel, and a list of records of the latency benchmark, one per mechanism, on an idle
        CPU. The list begins with the smallest median. The records come from the figures that were measured on this kernel
        or, if there are none, on a similar one."""
        figures = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "measure", "figures")
        best = None
        for name in sorted(glob.glob(os.path.join(figures, "*.json"))):
            try:
                with open(name, encoding="utf-8") as file:
                    data = json.load(file)
                release = data["machine"]["release"]
                # Only the setting "flood" measures the hard interrupt itself, see measure/README.md.
                of = sorted((m for m in data["mechanisms"]
                             if m["setting"] == ("flood" if m["mechanism"] == "hardirq" else "idle")),
                            key=lambda m: m["latency"]["p50"])
            except (OSError, ValueError, KeyError, TypeError):
                continue
            same = release == self.release
            near = release.split(".")[:2] == self.release.split(".")[:2] and \
                ("-rt" in release) == ("-rt" in self.release)
            if same or near and not best:
                best = release, of
        return best or ("", [])
