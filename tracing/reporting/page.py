# SPDX-License-Identifier: GPL-2.0
"""Writes the report as HTML."""
import os
import re
from html import escape

from charts import Scale, binned, dots, histogram, human, short
from run import MECHANISMS, QUESTIONS, Run

WHY = """<ul>
<li>A <b>hard IRQ handler</b> waits only where interrupts are disabled. It interrupts everything else.</li>
<li>A <b>softirq</b>, and so a <b>tasklet</b>, waits for the end of the hard interrupt that raised it, and for the
softirqs before it. It runs on the same CPU, on top of the interrupted task.</li>
<li>An <b>IRQ thread</b> waits for the scheduler. It is a real-time task, so it runs before ordinary tasks.</li>
<li>A <b>work item</b> waits until a worker is woken and gets the CPU, as any task does.</li>
</ul>"""
NOT_A_CYCLE = "An instruction is not a cycle: a switch to a task also costs cache and TLB misses, which are not counted."
CONTEXTS = ("bottom half", "ran in", "vector", "interrupts", "preemptible", "may sleep", "as task", "CPU of the raise")
STRATEGY = "One frame received, strategy {}: from the NIC's interrupt into the stack"


class Page:
    def __init__(self, folder):
        self.run = Run(folder)
        self.measured = [(m, self.run.delays(m[0], m[1])) for m in MECHANISMS]
        self.measured = [(m, d) for m, d in self.measured if d]
        ends = [ns for _, d in self.measured for ns in (d.rows[0][0], d.rows[-1][0])] or [1000, 1000000]
        self.scale = Scale(min(ends), max(ends))
        self.most = max((n for _, d in self.measured for n in binned(d).values()), default=1)
        self.out = []
        self.anchors = {}
        seen = {}
        for part in self.run.parts:
            if "_" not in part.title.split(" ")[0]:     # not the name of a module
                part.title = part.title[:1].upper() + part.title[1:]
            base = part.lesson if part.script == "demo.sh" else part.lesson + "-pair"
            seen[base] = seen.get(base, 0) + 1
            self.anchors[id(part)] = base + (f"-{seen[base]}" if seen[base] > 1 else "")

    def add(self, *lines):
        self.out += lines

    # ---- the first screen

    def caveat(self):
        if not self.run.emulated():
            return
        self.add('<p class="caveat">This VM was emulated (QEMU, TCG). Its times are those of the emulator and of the '
                 "load on its host: compare them with each other, not with hardware. The numbers of instructions do "
                 "not depend on the host.</p>")

    def comparison(self):
        if not self.measured:
            self.add('<p class="note">How long each half waited was not measured on this run.</p>')
            return
        release, records = self.run.figures()
        exact = {r["mechanism"]: r["latency"]["p50"] for r in records if r["unit"] == "instructions"}
        by = {m[1]: d for m, d in self.measured}
        title = "How long each half waits"
        if "tasklet" in by and "work" in by:
            ratio = by["work"].quantile(0.5) / by["tasklet"].quantile(0.5)
            title = f"How long each half waits: a work item {ratio:.1f} times as long as a tasklet"
        self.add(f'<figure class="compare"><h2 id="waits">{title}</h2><table><thead><tr><th>what waits</th>'
                 '<th class="n">median</th><th class="n">99 of 100</th>' +
                 ('<th class="n">instructions</th>' if exact else "") +
                 f'<th class="chart">{self.scale.axis()}</th></tr></thead><tbody>')
        for (_, mechanism, name, since), delays in self.measured:
            median, p99 = delays.quantile(0.5), delays.quantile(0.99)
            count = f'<td class="n">{exact[mechanism]:,}</td>' if mechanism in exact else '<td class="n">-</td>'
            self.add(f'<tr><th scope="row">{name}<small>{since}</small></th><td class="n">{human(median)}</td>'
                     f'<td class="n">{human(p99)}</td>{count if exact else ""}'
                     f'<td class="chart">{dots(self.scale, median, p99, name)}</td></tr>')
        self.add("</tbody></table>")
        self.all_mechanisms(records)
        key = '<span class="key median"></span> median, <span class="key p99"></span> 99 of 100 waited no longer; ' \
              f"{self.measured[0][1].times} interrupts each, one by one, on a logarithmic scale."
        if exact:
            key += " Instructions: the median on an idle CPU, exact and the same in every run (except ~), from the latency " \
                   f"benchmark on {escape(release)} (measure/figures/). {NOT_A_CYCLE}"
        self.add(f"<figcaption>{key}</figcaption></figure>")

    def all_mechanisms(self, records):
        """Adds a row for each mechanism of the latency benchmark. Some of them wait for the tick: their numbers are ns,
        which on this VM's clock are as long as instructions."""
        if not records:
            return
        scale = Scale(min(r["latency"]["p50"] for r in records), max(r["latency"]["p99"] for r in records), short)
        self.add("<h3>All mechanisms, in instructions; timer and RCU wait for the tick</h3>",
                 '<table><thead><tr><th>what waits</th><th class="n">median</th><th class="n">99 of 100</th>'
                 f'<th class="chart">{scale.axis()}</th></tr></thead><tbody>')
        names = {mechanism: name for _, mechanism, name, _ in MECHANISMS}
        for record in records:
            name = names.get(record["mechanism"], record["mechanism"].replace("_", " "))
            median, p99 = record["latency"]["p50"], record["latency"]["p99"]
            text, mark = (human, "") if record["unit"] == "ns" else ("{:,}".format, "" if record["exact"] else " ~")
            self.add(f'<tr><th scope="row">{name}</th><td class="n">{text(median)}{mark}</td>'
                     f'<td class="n">{text(p99)}</td><td class="chart">{dots(scale, median, p99, name)}</td></tr>')
        self.add("</tbody></table>")

    def failures(self):
        rows = [(part, text) for part in self.run.parts for kind, text in part.records if kind == "FAIL"]
        if not rows:
            return
        self.add('<section class="failures"><h2>Claims that did not hold</h2><ul>')
        for part, text in rows:
            self.add(f'<li><a href="#{self.anchors[id(part)]}">{escape(part.title)}</a>: {escape(text)}</li>')
        self.add("</ul></section>")

    def contents(self):
        self.add('<nav><h2>Contents</h2><ol><li><a href="#waits">How long each half waits</a></li>'
                 '<li><a href="#contexts">Which context, and why</a></li>')
        for part in self.ordered():
            held, failed = part.count("ok"), part.count("FAIL")
            count = f"{held} claims held" + (f', <b class="FAIL">{failed} did not</b>' if failed else "")
            self.add(f'<li><a href="#{self.anchors[id(part)]}">{escape(part.title)}</a> <small>{count}</small></li>')
        self.add('<li><a href="#machine">The machine</a></li></ol></nav>')

    def contexts(self):
        self.add('<section><h2 id="contexts">Which context, and why</h2>')
        if self.run.contexts:
            self.add('<table><caption>The context of each half, as its probe recorded it</caption><thead><tr>' +
                     "".join(f"<th>{name}</th>" for name in CONTEXTS) + "</tr></thead><tbody>")
            seen = set()
            for row in sorted(self.run.contexts, key=lambda r: r[0] != "hard IRQ"):
                if row[0] in seen:
                    continue
                seen.add(row[0])
                self.add(f'<tr><th scope="row">{escape(row[0])}</th>' +
                         "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>")
            self.add("</tbody></table>")
        self.add(WHY, "</section>")

    # ---- lessons

    def ordered(self):
        return [p for p in self.run.parts if p.script == "demo.sh"] + \
            [p for p in self.run.parts if p.script != "demo.sh"]

    def lesson(self, part):
        self.add(f'<section><h2 id="{self.anchors[id(part)]}">{escape(part.title)}</h2>')
        question = QUESTIONS.get(part.lesson)
        if part.script == "demo.sh" and question:
            self.add(f'<p class="note">Read {part.lesson}/README.md. Recorded by make trace-{question}.</p>')
            seen = self.run.seen(question)
            if seen:
                self.add(f'<pre class="seen">{escape(seen)}</pre>')
            self.timelines(question)
            self.histograms(question)
            self.deltas(question)
        self.told(part)
        self.add("</section>")

    def timelines(self, question):
        for name, svg in self.run.pictures(question):
            caption = STRATEGY.format(name) if question == "napi" else \
                "One interrupt of this run, from the signal to the end of its bottom half" if name == "one" else \
                "All interrupts of the recording, each from its raise on"
            # SVG files need the name space; HTML does not.
            svg = re.sub(r' xmlns="[^"]*"', "", svg)
            self.add(f'<figure class="wide"><div class="scroll">{svg}</div><figcaption>{escape(caption)}</figcaption></figure>')

    def histograms(self, question):
        for (file, mechanism, name, since), delays in self.measured:
            if file == question and mechanism != "hardirq":
                self.add(histogram(self.scale, delays, self.most,
                                   f"{name}: the wait {since} to its first line, {delays.times} interrupts"))

    def deltas(self, question):
        rows = self.run.deltas(question)
        if not rows:
            return
        times = max(r[3] for r in rows if r[0] == "/proc/interrupts") if rows[0][0] == "/proc/interrupts" else 0
        vector = {"softirq": "IRQ_POLL", "tasklet": "TASKLET"}.get(question)
        own = [r for r in rows if r[0] == "/proc/interrupts" or r[1] == vector]
        other = [r for r in rows if r not in own]
        self.add(f'<table class="small"><caption>What the kernel counted during {times} interrupts</caption>', HEAD,
                 *map(row_of, own), "</tbody></table>")
        if other:
            self.add('<details><summary>Other softirqs meanwhile</summary><table class="small">', HEAD,
                     *map(row_of, other), "</tbody></table></details>")

    def told(self, part):
        """Writes what a script showed: paragraphs, commands with their output, and claims. The claims that held are
        folded away."""
        held, pre = [], []

        def flush_claims():
            if held:
                many = f"{len(held)} claims held" if len(held) > 1 else "1 claim held"
                self.add(f'<details class="claims"><summary>{many}</summary><ul>',
                         *(f'<li class="ok"><b>ok</b> {escape(text)}</li>' for text in held), "</ul></details>")
                held.clear()

        def flush_pre():
            if pre:
                self.add("<pre>" + "\n".join(pre) + "</pre>")
                pre.clear()

        for kind, text in part.records:
            if kind in ("command", "output", "say") and held:
                flush_claims()
            if kind == "command":
                pre.append(f"<kbd>{escape(text)}</kbd>")
            elif kind in ("output", "say"):
                pre.append(f'<span class="say">{escape(text)}</span>' if kind == "say" else escape(text))
            elif kind == "ok":
                flush_pre()
                held.append(text)
            else:
                flush_pre()
                flush_claims()
                if kind == "step":
                    self.add(f"<h3>{escape(text)}</h3>")
                elif kind in ("FAIL", "skip"):
                    self.add(f'<p class="{kind}"><b>{kind}</b> {escape(text)}</p>')
                elif kind == "count":
                    self.add(f'<p class="count">{escape(text)}</p>')
        flush_pre()
        flush_claims()

    def machine(self):
        self.add('<section><h2 id="machine">The machine</h2><dl>')
        for name, value in self.run.machine.items():
            self.add(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>")
        self.add("</dl></section>")

    def html(self):
        passed, failed, skipped = self.run.tally()
        with open(os.path.join(os.path.dirname(os.path.realpath(__file__)), "page.css"), encoding="utf-8") as file:
            css = file.read()
        self.add("<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8"/>',
                 '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
                 '<meta name="color-scheme" content="light dark"/>',
                 f"<title>Bottom halves: a run on {escape(self.run.release)}</title>",
                 f"<style>\n{css}</style></head><body><main>", "<h1>Bottom halves, as seen on this run</h1>",
                 f'<p class="lead">{passed} claims held, ' +
                 (f'<b class="FAIL">{failed} did not</b>' if failed else "none failed") +
                 f", {skipped} could not be tried. Linux {escape(self.run.release)}, "
                 f"{escape(self.run.machine.get('date', 'no date'))}.</p>")
        self.caveat()
        self.failures()
        self.comparison()
        self.contents()
        self.contexts()
        for part in self.ordered():
            self.lesson(part)
        self.machine()
        self.add("</main></body></html>", "")
        return "\n".join(self.out)


HEAD = '<thead><tr><th>counter</th><th class="n">CPU</th><th class="n">more by</th></tr></thead><tbody>'


def row_of(row):
    file, name, cpu, more = row
    return f'<tr><td>{file} {escape(name)}</td><td class="n">{cpu}</td><td class="n">{more:,}</td></tr>'


def page(folder):
    return Page(folder).html()
