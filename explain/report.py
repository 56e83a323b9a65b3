# SPDX-License-Identifier: GPL-2.0
"""Cut a log into reports: where one begins, which lines belong to it, which stacks are in them."""
import re
import sys

import log
from knowledge import MESSAGES

MAX_BODY = 400      # lines of a report
MAX_STACKS = 40
MAX_FRAMES = 100    # of a stack
PATIENCE = 40       # lines without evidence until a report is over
AFTER = 25          # lines behind the end of a trace
BEGUN = 6           # a report of fewer lines has only just begun

# The starts that the kernel's messages have in common. What they mean is known, if at all, only
# when more has been read: the file and the function of a WARN(), the stack.
_WARNING = re.compile(
    r'WARNING: (?:CPU: (?P<cpu>\d+) PID: (?P<pid>\d+) )?at (?P<file>[\w./-]+):\d+ (?P<func>[\w.]+)\+0x'
    r'|WARNING: (?P<file2>[\w./-]+\.[ch]):\d+ at (?P<func2>[\w.]+)\+0x\S+,? ?(?:\[[\w-]+\],? ?)?'
    r'(?:CPU#(?P<cpu2>\d+): (?P<task2>.+)/(?P<pid2>\d+))?')
_BUG = re.compile(r'kernel BUG at (?P<file>[\w./-]+):\d+')
_GENERAL = re.compile(
    r'(?:rcu: |watchdog: |workqueue: )?(?:BUG: |INFO: (?!lockdep is|NMI )|WARNING: |kernel BUG at |Oops: |Oops \[|'
    r'Internal error: |general protection fault|Unable to handle kernel|UBSAN: |ODEBUG: )')
# General starts that go with another line: they are of the report that has just begun.
_CONTINUED = re.compile(r'kernel BUG at |Oops|Internal error: |WARNING: CPU|WARNING: at|WARNING: [\w./-]+\.[ch]:|'
                        r'INFO: (?:task|lockdep)')
GENERAL_HINTS = (b'BUG: ', b'INFO: ', b'WARNING: ', b'kernel BUG at ', b'Oops', b'Internal error: ',
                 b'general protection fault', b'Unable to handle kernel', b'UBSAN: ', b'ODEBUG: ', b'Linux version ')

_BANNER = re.compile(r'Linux version (\d+)\.(\d+)(\S*)(.*)')
_CPU = re.compile(r'\bCPU: ?(\d+) (?:UID: \d+ )?PID: ?(\d+)')
_CUT = re.compile(r'-{6,}\[ cut here \]')
_END = re.compile(r'---\[ end ')
# Lines that begin another stack, with what it is the stack of
_STACK = re.compile(
    r'(?P<trace>^\s*(?:Call [Tt]race|Backtrace|stack backtrace) ?:|unwind_backtrace)|'
    r'^(?P<freed>Freed) by|^(?P<allocated>Allocated) by|^(?P<queued>Last potentially related|Second to last)|'
    r'state (?P<registered>was registered) at:|'
    r'^\s*-> #(?P<chain>\d+)|^\s*\.\.\. which became (?P<became>[A-Z]+)|'
    r'^\s*the (?P<depends>dependencies|existing|shortest)|'
    r'^NMI backtrace for cpu (?P<nmi>\d+)|^(?:Stack dump where |RCU grace-period )(?P<gp>.*)|'
    r'^task:(?P<task>\S+)')


class Stack:
    """One call trace of a report. What it is of: '' for the report's own, else a name."""

    OWN = ('', 'nmi', 'gp', 'task')     # of a CPU or task; the others say what was before

    def __init__(self, of='', detail=''):
        self.of = of
        self.detail = detail
        self.frames = []
        self.pc = None


class Report:
    """What a log says of one incident."""

    def __init__(self, line, message=None, match=None):
        self.number = line.number
        self.first = line.text.strip()
        self.caller = line.caller
        self.message = message
        self.fields = {k: v for k, v in match.groupdict().items() if v is not None} if match else {}
        self.cpu = self.fields.get('cpu')
        self.place = None           # file and function of a WARN() or BUG()
        self.body = []
        self.stacks = [Stack()]
        self.traced = False
        self.over = False
        self.ended = False          # has "---[ end trace" come?
        self.quiet = 0              # lines since the last evidence
        self.shapes = {}
        self.banner = None
        self.add(line)

    def add(self, line):
        """A line of the report."""
        text = line.text
        self.body.append(text)
        if self.ended:
            # What comes is of interest only for a panic.
            self.quiet += 1
            self.over = self.quiet > AFTER or len(self.body) >= MAX_BODY
            return
        frames = log.frames_of(text)
        started = _STACK.search(text)
        pc = None
        if started:
            self._begin(started)
        elif frames:
            self._frames(frames)
        else:
            pc = log.pc_of(text)
            if pc and self.stacks[-1].frames:
                # Within a call trace it is the function that was interrupted.
                if pc.func:
                    self._frames([pc])
            elif pc and not self.stacks[-1].pc:
                self.stacks[-1].pc = pc
        if not self.place:
            self._set_place(text)
        cpu = _CPU.search(text)
        if cpu and not self.cpu:
            self.cpu = cpu.group(1)
        if frames or started or pc or cpu or ' at: ' in text:
            self.quiet = 0
        else:
            self.quiet += 1
        self.over = len(self.body) >= MAX_BODY or self.quiet > PATIENCE
        if _END.search(text):
            self.ended = True
            self.quiet = 0

    def _begin(self, started):
        of, detail = next((k, v) for k, v in started.groupdict().items() if v is not None)
        stack = self.stacks[-1]
        if of == 'trace':
            if not stack.frames and stack.of in Stack.OWN:
                return
            of = ''
        elif of == 'task' and not self.traced:
            return
        if len(self.stacks) < MAX_STACKS:
            self.stacks.append(Stack(of, detail))

    def _frames(self, frames):
        self.traced = True
        known = self.stacks[-1].frames
        if len(frames) == 2 and known and known[-1].func == frames[0].func:
            frames = frames[1:]
        if len(known) < MAX_FRAMES:
            known.extend(frames)

    def _set_place(self, text):
        self.place = _place_of(text)
        if self.place:
            for key, value in self.place[3].items():
                self.fields.setdefault(key, value)
            self.cpu = self.cpu or self.fields.get('cpu')


def _place_of(text):
    """Of the line of a WARN() or BUG(): which of them, file, function, and cpu, pid, task if named."""
    found = _WARNING.match(text) or _BUG.match(text)
    if not found:
        return None
    field = {k.rstrip('2'): v for k, v in found.groupdict().items() if v}
    return ('bug' if text.startswith('kernel BUG') else 'warning', field.pop('file'),
            re.sub(r'\..*', '', field.pop('func', '')), field)


def _shape(text):
    """What kind of line it is, for lines of two reports that came by turns."""
    if log.frames_of(text):
        return 'frame'
    return text.strip().split(' ', 1)[0][:12]


def _owner(reports, line):
    """The open report to which a line belongs. The last one is the newest."""
    newest = reports[-1]
    if len(reports) == 1:
        return newest
    if line.caller:
        return next((report for report in reports if report.caller == line.caller), newest)
    found = _CPU.search(line.text)
    if found:
        return next((report for report in reports if report.cpu == found.group(1)), newest)
    if newest.cpu is None:
        return newest
    # By turns: the one that has had fewest lines of this kind
    shape = _shape(line.text)
    owner = min(reports, key=lambda r: r.shapes.get(shape, 0))
    owner.shapes[shape] = owner.shapes.get(shape, 0) + 1
    return owner


class Finder:
    """Reads a log and gives the reports to a function, complete and in the order in which they begin."""

    def __init__(self, use):
        self.use = use
        self.open = []
        self.complete = []
        self.cut = False            # was the last line "cut here"?
        self.banner = None
        self.messages = [(t.hint, t, m) for m in MESSAGES.values() for t in m.templates]
        self.hints = sorted({hint.encode() for hint, _, _ in self.messages} | set(GENERAL_HINTS))

    def read(self, stream):
        """All of a log."""
        for line in log.lines(stream, self.hints, lambda: self.open):
            self._line(line)
        for report in list(self.open):
            self._close(report)

    def _close(self, report):
        if report in self.open:
            self.open.remove(report)
        report.banner = self.banner
        self.complete.append(report)
        first = min((r.number for r in self.open), default=sys.maxsize)
        for done in sorted((r for r in self.complete if r.number < first), key=lambda r: r.number):
            self.complete.remove(done)
            self.use(done)

    def _line(self, line):
        text = line.text
        if 'Linux version ' in text:
            found = _BANNER.search(text)
            if found:
                self.banner = found
        if self.cut:
            self._make_room(line.caller, None, keep=self._goes_on(text))
        self.cut = bool(self.open and _CUT.search(text))
        if self.cut:
            return
        message = match = None
        for hint, template, candidate in self.messages:
            if hint in text:
                match = template.search(text)
                if match:
                    message = candidate
                    break
        fresh = self.open[-1] if self.open and not self.open[-1].traced and not self.open[-1].ended and \
            len(self.open[-1].body) < 2 * BEGUN else None
        if message and not (fresh and self._same(fresh, message, match)):
            self._start(Report(line, message, match))
        elif not message and _GENERAL.match(text) and not (fresh and _CONTINUED.match(text)):
            self._start(Report(line))
        elif self.open:
            owner = _owner(self.open, line)
            owner.add(line)
            if owner.over:
                self._close(owner)

    def _goes_on(self, text):
        """BUG() prints "cut here" too, after the message of what it found wrong. So does a bare WARN_ON()."""
        message = self.open[-1].message if self.open else None
        place = _place_of(text)
        return bool(place and (place[0] == 'bug' or (message and any(
            p.fits(place[1], {place[2]}) for p in message.warnings))))

    def _same(self, fresh, message, match):
        """Is this message a further line of the report that has just begun?"""
        if fresh.message is None:
            # "WARNING: CPU: ... at FILE" came first, its message now.
            if fresh.place and fresh.place[0] == 'warning' and len(fresh.body) < BEGUN:
                fresh.message = message
                fresh.fields.update({k: v for k, v in match.groupdict().items() if v is not None})
                return True
            return False
        return fresh.message.id in message.words_of('part-of')

    def _start(self, report):
        if report.message and 'one-line' in report.message.head:
            self._close(report)
            return
        self._make_room(report.caller, report.cpu)
        if len(self.open) > 3:
            self._close(self.open[0])
        self.open.append(report)

    def _make_room(self, caller, cpu, keep=False):
        """Before a new report begins: close those that cannot go on beside it, or (keep) have had their trace."""
        for older in list(self.open):
            if caller:
                at_once = older.caller not in (None, caller)
            else:
                at_once = older.cpu not in (None, cpu) and not older.traced and not older.ended and \
                    len(older.body) < BEGUN
            if not at_once and not (keep and not older.traced):
                self._close(older)
