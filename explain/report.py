# SPDX-License-Identifier: GPL-2.0
"""Cuts a log into reports: where a report begins, and which lines and stacks belong to it."""
import copy
import itertools
import re
import sys

import log
from knowledge import MESSAGES

MAX_BODY = 400      # lines in a report
MAX_STACKS = 40     # stacks in a report
MAX_FRAMES = 100    # frames in a stack
PATIENCE = 40       # a report ends after this many lines without a sign of it, see add()
AFTER = 25          # after "---[ end trace", a panic may follow within this many lines
BEGUN = 6           # a report with fewer lines than this has only just begun

# The first line of a WARN() or BUG(), in three wordings: without CPU and PID; with CPU and PID at
# the beginning; with CPU and PID at the end, as in the newest kernels. The file and the function
# identify the message.
_WARNING = re.compile(
    r'WARNING: (?:CPU: (?P<cpu>\d+) PID: (?P<pid>\d+) )?'
    r'at (?P<file>[\w./-]+):\d+ (?P<func>[\w.]+)\+0x'
    r'|WARNING: (?P<file2>[\w./-]+\.[ch]):\d+ at (?P<func2>[\w.]+)\+0x\S+,? ?(?:\[[\w-]+\],? ?)?'
    r'(?:CPU#(?P<cpu2>\d+): (?P<task2>.+)/(?P<pid2>\d+))?')
_BUG = re.compile(r'kernel BUG at (?P<file>[\w./-]+):\d+')
# Lines that begin a report even if no message file matches the line
_GENERAL = re.compile(
    r'(?:rcu: |watchdog: |workqueue: )?(?:BUG: |INFO: (?!lockdep is|NMI )|WARNING: |'
    r'kernel BUG at |Oops: |Oops \[|Internal error: |general protection fault|'
    r'Unable to handle kernel|UBSAN: |ODEBUG: )')
GENERAL_HINTS = (b'BUG: ', b'INFO: ', b'WARNING: ', b'kernel BUG at ', b'Oops',
                 b'Internal error: ', b'general protection fault', b'Unable to handle kernel',
                 b'UBSAN: ', b'ODEBUG: ', b'Linux version ')
# Some of these lines may also continue a report that has just begun
_CONTINUED = re.compile(r'kernel BUG at |Oops|Internal error: |WARNING: CPU|WARNING: at|'
                        r'WARNING: [\w./-]+\.[ch]:|INFO: (?:task|lockdep)')

_BANNER = re.compile(r'Linux version (\d+)\.(\d+)(\S*)(.*)')
_CPU = re.compile(r'\bCPU: ?(\d+) (?:UID: \d+ )?PID: ?(\d+)')
_CUT = re.compile(r'-{6,}\[ cut here \]')
_END = re.compile(r'---\[ end ')
# Lines that begin another stack, and name the owner of the stack
_STACK = re.compile(
    r'(?P<trace>^\s*(?:Call [Tt]race|Backtrace|stack backtrace) ?:|unwind_backtrace)|'
    r'^(?P<freed>Freed) by|^(?P<allocated>Allocated) by|'
    r'^(?P<queued>Last potentially related|Second to last)|'
    r'state (?P<registered>was registered) at:|'
    r'^\s*-> #(?P<chain>\d+)|^\s*\.\.\. which became (?P<became>[A-Z]+)|'
    r'^\s*the (?P<depends>dependencies|existing|shortest)|'
    r'^NMI backtrace for cpu (?P<nmi>\d+)|'
    r'^(?:Stack dump where |RCU grace-period )(?P<gp>.*)|^task:(?P<task>\S+)')


# The task that a report names, in its first line or in the line with CPU and PID; its work item
_TASK = re.compile(r'(?:Comm: |stuck for \d+s! \[|atomic: |, name: )([^\s/:]+)')
_WORK_OF = re.compile(r'\s*Workqueue: \S+ \S+(?: \[([\w-]+)\])?')
# The functions with which the call trace of a kernel thread ends
_LAST = {'ret_from_fork', 'ret_from_fork_asm', 'kernel_thread_helper'}
_THREAD = _LAST | {'kthread', 'worker_thread', 'process_one_work', 'process_scheduled_works'}


def place_of(text):
    """Returns the parts of the first line of a WARN() or BUG(): kind, file, function, and a dict
    with cpu, pid and task. Returns None for any other line."""
    text = text.lstrip()
    found = _WARNING.match(text) or _BUG.match(text)
    if not found:
        return None
    field = {k.rstrip('2'): v for k, v in found.groupdict().items() if v}
    return ('bug' if text.startswith('kernel BUG') else 'warning', field.pop('file'),
            re.sub(r'\..*', '', field.pop('func', '')), field)


def _named(match):
    return {k: v for k, v in match.groupdict().items() if v is not None}


class Stack:
    """One call trace of a report. The attribute "of" says to what the trace belongs; '' means
    that it belongs to the report itself."""

    OWN = ('', 'nmi', 'gp', 'task')     # stacks of this moment; other stacks are older

    def __init__(self, of='', detail=''):
        self.of = of
        self.detail = detail
        self.frames = []
        self.pc = None


class Report:
    """Everything that a log says about one incident."""

    def __init__(self, line, message=None, match=None):
        self.number = line.number
        self.first = line.text.strip()
        self.caller = line.caller
        self.message = message
        self.fields = _named(match) if match else {}
        self.cpu = self.fields.get('cpu')
        self.place = None           # from a WARN() or BUG(), see place_of()
        self.body = []
        self.stacks = [Stack()]
        self.traced = False         # does the report have a stack frame?
        self.ended = False          # does the report have the line "---[ end trace"?
        self.over = False
        self.quiet = 0              # lines since the last sign of the report
        self.shapes = {}
        self.mixed = {self}         # this report, and those whose lines are mixed with its lines
        self.banner = None
        self.add(line)

    @property
    def begun(self):
        """Has the report only just begun?"""
        return not self.traced and not self.ended and len(self.body) < BEGUN

    def add(self, line):
        """Adds a line to the report."""
        text = line.text
        self.body.append(text)
        self.quiet += 1
        self.over = len(self.body) >= MAX_BODY or self.quiet > (AFTER if self.ended else PATIENCE)
        if self.ended:
            return
        frames = log.frames_of(text)
        started = _STACK.search(text)
        pc = None if frames or started else log.pc_of(text)
        cpu = _CPU.search(text)
        if started:
            self._begin(started)
        elif cpu and self.stacks[-1].frames and len(self.stacks) < MAX_STACKS:
            # In each dump, a line with CPU and PID comes before the call trace. So this line, after
            # a call trace, begins another dump.
            self.stacks.append(Stack())
        elif frames:
            self._frames(frames)
        elif pc and self.stacks[-1].frames:
            # A program counter in the middle of a call trace points to the interrupted function.
            if pc.func:
                self._frames([pc])
        elif pc and not self.stacks[-1].pc:
            self.stacks[-1].pc = pc
        if not self.place:
            self.place = place_of(text)
            if self.place:
                self.fields.update({k: v for k, v in self.place[3].items() if k not in self.fields})
        self.cpu = self.cpu or self.fields.get('cpu') or (cpu.group(1) if cpu else None)
        if frames or started or pc or cpu or ' at: ' in text or _END.search(text):
            self.quiet = 0
            self.ended = bool(_END.search(text))

    @property
    def own_stacks(self):
        """Returns the call traces of this moment that have a frame or a program counter."""
        return [s for s in self.stacks if s.of in Stack.OWN and (s.frames or s.pc)]

    @property
    def confused(self):
        """Are its lines mixed with those of another report, so that only the first line surely
        belongs to it? The reports are told apart if their lines fit together, and would not fit if
        they were swapped: only one is from a kworker, or a first line names a module of its
        report."""
        if len(self.mixed) == 1:
            # The lines before the call trace name one task.
            head = itertools.takewhile(lambda text: not log.frames_of(text), self.body)
            return len({found.group(1) for found in map(_TASK.search, head) if found}) > 1
        modules = [report.modules() for report in self.mixed]
        workers = [report.tasks() == {'kworker'} for report in self.mixed]
        told_apart = workers.count(True) == 1 or any(
            f'[{module}]' in report.first for report in self.mixed for module in report.modules())
        return len(self.mixed) > 2 or not told_apart or bool(set.intersection(*modules)) or \
            any(report.contradicts() for report in self.mixed)

    def first_line(self):
        """Returns a copy that has only the first line."""
        short = copy.copy(self)
        short.body, short.stacks, short.place = self.body[:1], [Stack()], place_of(self.body[0])
        if self.place and not short.place:
            short.fields = {k: v for k, v in self.fields.items() if k not in self.place[3]}
        short.cpu = short.fields.get('cpu')
        return short

    def modules(self):
        """Returns the modules in its call traces, and the module of its work item."""
        frames = {f.module for stack in self.own_stacks for f in stack.frames + [stack.pc] if f}
        works = {found.group(1) for found in map(_WORK_OF.match, self.body) if found}
        return (frames | works) - {'', None}

    def tasks(self):
        """Returns the names of the tasks in its lines, without numbers."""
        return {task for text in self.body for task in _TASK.findall(text)}

    def contradicts(self):
        """Does it name two tasks, or have no call trace, or one of a kernel thread although its
        task is no kworker, or one that goes on after its last function?"""
        tasks = self.tasks()
        if len(tasks) > 1 or not self.traced:
            return True
        functions = [[f.func for f in stack.frames if not f.guess] for stack in self.own_stacks]
        if any(names and names[-1] not in _LAST and not _LAST.isdisjoint(names)
               for names in functions):
            return True
        return tasks != {'kworker'} and (any(map(_WORK_OF.match, self.body)) or
                                         not _THREAD.isdisjoint(sum(functions, [])))

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


def _shape(text):
    """Returns the kind of a line. The kinds help to separate the lines of two mixed reports."""
    return 'frame' if log.frames_of(text) else text.strip().split(' ', 1)[0][:12]


def _owner(reports, line):
    """Returns the report to which a line belongs. "reports" has all reports that have not ended,
    the newest last."""
    newest = reports[-1]
    if len(reports) == 1:
        return newest
    if line.caller:
        return next((report for report in reports if report.caller == line.caller), newest)
    found = _CPU.search(line.text)
    if found:
        for cpu in (found.group(1), None):
            for report in reports:
                if report.cpu == cpu:
                    if report is not newest:
                        report.mixed |= newest.mixed
                        newest.mixed |= report.mixed
                    return report
        return newest
    known = [report for report in reports if report.cpu is not None]
    if newest.cpu is None or len(known) == 1:
        return newest
    # Two mixed reports have about as many lines of each kind. So choose the report that has fewer
    # lines of this kind so far.
    for report in known:
        report.mixed.update(known)
    shape = _shape(line.text)
    owner = min(known, key=lambda r: r.shapes.get(shape, 0))
    owner.shapes[shape] = owner.shapes.get(shape, 0) + 1
    return owner


class Finder:
    """Reads a log. Calls a function with each complete report, in the order in which the reports
    begin."""

    def __init__(self, use):
        self.use = use
        self.open = []
        self.complete = []
        self.cut = False            # was the last line "cut here"?
        self.banner = None
        self.wordings = [(t.hint, t, m) for m in MESSAGES.values() for t in m.templates]
        self.hints = sorted({hint.encode() for hint, _, _ in self.wordings} | set(GENERAL_HINTS))

    def read(self, stream):
        """Reads a whole log."""
        for line in log.lines(stream, self.hints, lambda: self.open):
            self._line(line)
        for report in list(self.open):
            self._close(report)

    def _line(self, line):
        text = line.text.lstrip()
        self.banner = _BANNER.search(text) or self.banner
        if self.cut:
            self._make_room(line.caller, None, keep=self._goes_on(text))
        self.cut = bool(self.open and _CUT.search(text))
        if self.cut:
            return
        message, match = self._recognise(text)
        newest = self.open[-1] if self.open else None
        if newest and (newest.traced or newest.ended or len(newest.body) >= 2 * BEGUN):
            newest = None
        if message and not (newest and self._same(newest, message, match)):
            self._start(Report(line, message, match))
        elif not message and _GENERAL.match(text) and not (newest and _CONTINUED.match(text)):
            self._start(Report(line))
        elif self.open:
            owner = _owner(self.open, line)
            owner.add(line)
            if owner.over:
                self._close(owner)

    def _recognise(self, text):
        """Finds the message whose wording matches a line."""
        for hint, template, message in self.wordings:
            if hint in text:
                match = template.search(text)
                if match:
                    return message, match
        return None, None

    def _goes_on(self, text):
        """Does the newest report continue after a line "cut here"? BUG() and WARN_ON() print this
        line too. So the report continues if the kernel printed what was wrong, and then called
        one of them."""
        message = self.open[-1].message if self.open else None
        place = place_of(text)
        return bool(place and (place[0] == 'bug' or (message and any(
            p.fits(place[1], {place[2]}) for p in message.warnings))))

    @staticmethod
    def _same(newest, message, match):
        """Does this message belong to the report that has just begun?"""
        if newest.message:
            return newest.message.id in message.words_of('part-of')
        if newest.place and newest.place[0] == 'warning' and newest.begun:
            # On older kernels the line "WARNING: ... at FILE" comes first, and the text of the
            # warning follows. This is the line with the text.
            newest.message = message
            newest.fields.update(_named(match))
            return True
        return False

    def _start(self, report):
        if report.message and 'one-line' in report.message.head:
            self._close(report)
            return
        self._make_room(report.caller, report.cpu)
        if len(self.open) > 3:
            self._close(self.open[0])
        self.open.append(report)

    def _make_room(self, caller, cpu, keep=False):
        """Closes the reports that cannot continue when a new report begins. If printk marks lines
        with their context ("caller"), an older report from another context can continue. Without
        these marks, an older report can continue if it has only just begun, unless it comes from
        the same CPU or neither report names its CPU yet. If "keep" is set, every report that has
        no call trace yet can continue."""
        for older in list(self.open):
            if caller:
                at_once = older.caller not in (None, caller)
            else:
                at_once = older.cpu != cpu and older.begun
            if not at_once and not (keep and not older.traced):
                self._close(older)

    def _close(self, report):
        if report in self.open:
            self.open.remove(report)
        report.banner = self.banner
        self.complete.append(report)
        # Reports whose lines are mixed are judged together. So wait until all of them are complete.
        first = min((r.number for o in self.open for r in o.mixed), default=sys.maxsize)
        for done in sorted((r for r in self.complete if r.number < first), key=lambda r: r.number):
            self.complete.remove(done)
            self.use(done)
