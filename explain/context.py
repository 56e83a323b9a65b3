# SPDX-License-Identifier: GPL-2.0
"""Finds the context of a report: task, preempt_count, innermost callback, the driver's frames."""
import re

import log
from knowledge import CALLBACKS, GROUPS, is_a
from report import Stack

TESTBENCH = 'bh_testbench'      # between the kernel and a driver, as the code of a bus is

_VERSION = re.compile(r'\b([2-9])\.(\d{1,3})(?:\.\d+)?([\w.+~-]*)')
_REALTIME = re.compile(r'PREEMPT[_ ]RT\b|-rt\d*\b')
_TAINT = re.compile(r'.*Tainted: [A-Z ]+ |.*Not tainted ')
_CPU = re.compile(r'\bCPU: ?(\d+) (?:UID: \d+ )?PID: ?(\d+)(?:,? Comm: (\S+))?')
_COMM = re.compile(r'\b[Pp][Ii][Dd]: ?(\d+), [Cc]omm: (\S+)')
_ATOMIC = re.compile(
    r'in_atomic\(\): ?\d+, irqs_disabled\(\): ?(\d+)(?:.*?pid: ?(\d+), name: (.+))?')
_COUNT = re.compile(r'preempt_count: ?([0-9a-f]+), expected')
_NEST = re.compile(r'RCU nest depth: ?(\d+), expected: ?(\d+)')
_WORKQUEUE = re.compile(r'Workqueue: +\S+ +([A-Za-z_][\w.]*|0x[0-9a-f]{8,16})'
                        r'(?:\+0x\S+)?(?: \[([\w-]+)\])?')
_DISABLED_AT = re.compile(r'Preemption disabled at:?(.*)')
_HELD = re.compile(r'#\d+: +(?:[0-9a-f]+ )?\((.+?)\)\{[^}]*\}(?:-\{[^}]*\})?, '
                   r'at: (?:\[<[0-9a-f]+>\] )?([\w.]+)(?:\+0x\S+)?(?: \[([\w-]+)\])?')
_PANIC = re.compile(r'Kernel panic - not syncing: (.*)')
# Lists of functions: "[<addr>] isr [mod] threaded [<addr>] thread [mod]" after the line
# "handlers:", and "in-flight: 214:work [mod], 219:work"
_HANDLER = re.compile(r'\[<[0-9a-fx]+>\] \(?([\w.]+)(?:\+0x[0-9a-f/x]+)?(?: \[([\w-]+)\])?\)?')
_IN_FLIGHT = re.compile(r'\d+(?:\(RESCUER\))?:([\w.]+)(?: \[([\w-]+)\])?')

_ADDRESS = re.compile(r'(?:address:?|\bat|Failing address:) (?:0x)?([0-9a-f]{8,16})\b')
# Values that the kernel writes to freed memory and unlinked list entries (include/linux/poison.h)
_POISON = re.compile(
    r'6b6b6b6b|5a5a5a5a5a5a|dead0000000001[02]|dead0000000002|\b00(?:100100|200200)\b')


# ---- preempt_count

# Each row describes a layout of preempt_count (include/linux/preempt.h, formerly hardirq.h). It
# gives the first kernel version that has the layout, and for each field its name, its shift and its
# number of bits. Before 3.13 each architecture chose its own layout; the first row is that of most
# machines. The flag PREEMPT_ACTIVE existed until 4.3. Since 7.3 the field irqs_off counts how many
# times interrupts were disabled.
_LAYOUTS = (
    ((0, 0), (('preempt', 0, 8), ('softirq', 8, 8), ('hardirq', 16, 10), ('nmi', 26, 1),
              ('active', 28, 1))),
    ((3, 13), (('preempt', 0, 8), ('softirq', 8, 8), ('hardirq', 16, 4), ('nmi', 20, 1),
               ('active', 21, 1))),
    ((4, 4), (('preempt', 0, 8), ('softirq', 8, 8), ('hardirq', 16, 4), ('nmi', 20, 4))),
    ((7, 3), (('preempt', 0, 8), ('softirq', 8, 8), ('irqs_off', 16, 8), ('hardirq', 24, 4),
              ('nmi', 28, 3))),
)
_UNDERFLOW = 0x7f000000


def _fields(count, version):
    layout = [layout for since, layout in _LAYOUTS if version >= since][-1]
    return {name: count >> shift & ((1 << bits) - 1) for name, shift, bits in layout}


def _times(number):
    return 'once' if number == 1 else f'{number} times'


def _count_words(count, version):
    if count < 0 or count & _UNDERFLOW == _UNDERFLOW:
        return 'below zero, since something was enabled more often than disabled'
    field = _fields(count, version)
    words = []
    if field['nmi']:
        words.append('in an NMI')
    if field['hardirq']:
        words.append('in a hard interrupt')
    if field.get('irqs_off'):
        words.append(f'interrupts disabled {_times(field["irqs_off"])} by a lock that counts it')
    if field['softirq'] & 1:
        words.append('serving a softirq')
    if field['softirq'] >> 1:
        words.append(f'BH disabled {_times(field["softirq"] >> 1)}')
    if field['preempt']:
        words.append(f'preemption disabled {_times(field["preempt"])}')
    if field.get('active'):
        words.append('PREEMPT_ACTIVE, which the scheduler sets')
    return ', '.join(words) or 'nothing disabled'


def decode_count(count, version):
    """Describes a preempt_count in the layout of a kernel version or, if the version is unknown, in
    all layouts."""
    if version:
        return _count_words(count, version)
    usual = _count_words(count, (6, 12))
    others = [f'{name}: {_count_words(count, version)}'
              for name, version in (('before 3.13', (3, 0)), ('from 7.3 on', (7, 3)))
              if _count_words(count, version) != usual]
    return usual + (f' ({"; ".join(others)})' if others else '')


# ---- softirqs

VECTORS = ('HI', 'TIMER', 'NET_TX', 'NET_RX', 'BLOCK', 'IRQ_POLL', 'TASKLET', 'SCHED', 'HRTIMER',
           'RCU')


def decode_mask(mask):
    """Returns the names of the softirq vectors in a mask of pending softirqs."""
    names = [name for bit, name in enumerate(VECTORS) if mask >> bit & 1]
    return ', '.join(names) or 'none'


# ---- stacks

def _without_notices(frames):
    """Removes the functions at the top of a stack that only detected the error, but did not cause
    it."""
    known = _called_back(frames[0]) if frames else None
    if known and known.only_innermost:
        return frames
    tick = next((n for n, f in enumerate(frames[:12]) if is_a('tick', f.func)), None)
    if tick is not None:
        entry = next((n for n, f in enumerate(frames) if n > tick and is_a('entry', f.func)), None)
        if entry is not None and entry + 1 < len(frames):
            frames = frames[entry + 1:]
    while len(frames) > 1 and not frames[0].module and \
            (is_a('notice', frames[0].func) or is_a('entry', frames[0].func)):
        frames = frames[1:]
    return frames


def _called_back(frame):
    """Returns the line of callbacks.tsv for a kernel function that calls drivers, or None."""
    return None if frame.module else CALLBACKS.get(frame.func)


class Context:
    """The context and the task in which code ran, if a report shows them."""

    def __init__(self, report):
        self.version = None
        self.realtime = False
        self.task = report.fields.get('task')
        self.pid = report.fields.get('pid')
        self.cpu = report.cpu
        count = report.fields.get('scheduled', report.fields.get('count'))
        self.count = int(count, 16) & 0x7fffffff if count else None
        self.scheduler = 'scheduled' in report.fields   # the scheduler added 1 to the count
        self.work = None            # function of the work item, from the line "Workqueue:"
        self.disabled_at = None     # the frame in which preemption was disabled
        self.held = []              # locks: name, frame
        self.listed = []            # functions that the report lists
        self.panic = None
        self.facts = set()
        if report.banner:
            self._read_version(report.banner.group(0))
        before = ''
        for text in report.body:
            text = text.strip()
            self._read(text, before)
            before = text
        self._read_addresses(report)
        self._read_stack(report)
        self._read_count()

    # -- lines

    def _read_version(self, text):
        found = _VERSION.search(text)
        if found:
            self.version = (int(found.group(1)), int(found.group(2)))
            self.realtime = bool(_REALTIME.search(text))

    def _read(self, text, before):
        """Records what a line says; "before" is the previous line."""
        if 'ainted' in text:
            # In a line with a CPU, the kernel version comes after the taint letters. In a lockdep
            # report, the line has no CPU, and the version comes first.
            self._read_version(_TAINT.sub('', text) if 'CPU' in text else text)
        self._read_task(text)
        found = _COUNT.match(text)
        if found:
            self.count = int(found.group(1), 16) & 0x7fffffff
            self.scheduler = False
        found = _NEST.match(text)
        if found and int(found.group(1)) > int(found.group(2)):
            self.facts.add('rcu_reader')
        found = _DISABLED_AT.match(text) or _DISABLED_AT.match(before + text)
        if found:
            self.disabled_at = next(iter(log.frames_of(found.group(1).strip())), None)
        found = _HELD.match(text)
        if found:
            self.held.append((found.group(1), log.Frame(found.group(2), found.group(3))))
        found = _PANIC.search(text)
        if found:
            self.panic = found.group(1).strip()
            self.facts.add('panic')
        self._read_list(text, before)

    def _read_task(self, text):
        found = _ATOMIC.search(text)
        if found:
            if found.group(3):
                self.pid, self.task = found.group(2), found.group(3).strip()
            if found.group(1) != '0':
                self.facts.add('irqs_off')
        found = _CPU.search(text)
        if found:
            self.cpu = self.cpu or found.group(1)
            self.pid = self.pid or found.group(2)
            self.task = self.task or found.group(3)
        found = _COMM.search(text)
        if found:
            self.pid = self.pid or found.group(1)
            self.task = self.task or found.group(2)
        found = _WORKQUEUE.match(text)
        if found and found.group(1).startswith('0x'):
            # The kernel prints an address, not a name, because the module with the work function
            # was unloaded.
            self.facts.update(('gone', 'work'))
        elif found and not self.work:
            self.work = log.Frame(found.group(1), found.group(2))

    def _read_list(self, text, before):
        listing = before == 'handlers:' or (self.listed and _HANDLER.match(before))
        if listing and _HANDLER.match(text):
            self.listed += [log.Frame(*found) for found in _HANDLER.findall(text)]
        elif text.startswith('in-flight:'):
            self.listed += [log.Frame(*found) for found in _IN_FLIGHT.findall(text)]

    def _read_addresses(self, report):
        """Adds a fact about the address that caused the crash: NULL, code of an unloaded module, or
        freed memory."""
        head = '\n'.join(report.body[:8])
        found = _ADDRESS.search(head)
        if 'NULL pointer' in head or (found and int(found.group(1), 16) < 0x1000):
            self.facts.add('null')
        elif 'instruction fetch' in head:
            self.facts.add('gone')
        if _POISON.search('\n'.join(report.body)):
            self.facts.add('poison')

    # -- stack

    def _read_stack(self, report):
        """Chooses one stack of the report. The mark "?" means that the unwinder has only guessed
        this frame. The guessed frames are used only if none of the other frames is a kernel
        function that calls drivers."""
        stacks = report.own_stacks or [Stack()]
        # RCU prints the stacks of all CPUs. If several stacks contain functions of a driver, choose
        # the first stack in which the kernel has called a callback.
        drivers = [s for s in stacks if any(f.module for f in s.frames + [s.pc or log.Frame('')])]
        stack = next((s for s in drivers if any(_called_back(f) for f in s.frames)),
                     (drivers or stacks)[0])
        if stack.of == 'nmi':
            self.cpu, self.task, self.pid = stack.detail, None, None
            for text in report.body:
                found = _CPU.search(text)
                if found and found.group(1) == stack.detail:
                    self.pid, self.task = found.group(2), found.group(3)
        frames = [f for f in stack.frames if not f.guess]
        if not any(_called_back(f) for f in frames):
            frames = list(stack.frames)
        if stack.pc and not stack.pc.func:
            self.facts.add('null' if 'null' in self.facts else 'gone')
        elif stack.pc:
            self.facts.add('driver' if stack.pc.module else
                           'dispatcher' if _called_back(stack.pc) else 'core')
            if not frames or frames[0].func != stack.pc.func:
                frames.insert(0, stack.pc)
        frames = _without_notices(frames)
        self._read_callback(frames)
        self.functions = {f.func for f in frames}

    def _read_callback(self, frames):
        """Finds the innermost callback, and the driver's frames from there to the top."""
        self.known = None           # the line of callbacks.tsv
        self.outer = []             # the kinds of all callbacks on the stack
        place = None
        for number, frame in enumerate(frames):
            known = _called_back(frame)
            if not known or (known.only_direct and not (number and frames[number - 1].module)) or \
                    (known.only_innermost and number):
                continue
            if self.known is None:
                self.known, place = known, number
            elif known.around == self.known.kind:
                self.known = known
            self.outer.append(known.kind)
        inner = frames if place is None else frames[:place]
        below = [] if place is None else frames[place:]
        own = [f for f in inner if f.module and f.module != TESTBENCH] or \
            [f for f in inner if f.module]
        self.path = own[:6]         # the driver's functions, innermost first
        self.inner = {f.func for f in inner if not f.module}
        # _raw_spin_lock() and mutex_lock() may be missing on the stack, because the compiler may
        # turn a function's last call into a jump.
        for slow, lock in (('queued_spin_lock_slowpath', '_raw_spin_lock'),
                           ('rt_mutex_slowlock', 'mutex_lock')):
            called = ' '.join(self.inner)
            if slow in called and lock not in called:
                self.inner.add(lock)
        # The kernel's function that the driver called
        first = next((n for n, f in enumerate(inner) if f.module), 0)
        self.broke = inner[first - 1] if first else None
        # Another function of the driver, further down the same stack: it was interrupted, or it
        # enabled BH
        modules = {f.module for f in own} - {TESTBENCH}
        self.below = next((f for f in below if f.module in modules), None)
        self.callback = own[-1] if own and place is not None else None
        # The function that the kernel called directly. If the function belongs to the kernel and
        # not to a module, it is the callback.
        self.direct = inner[-1] if inner and place is not None else None
        if self.direct and not self.direct.module and \
                any(is_a(what, self.direct.func) for what in ('notice', 'entry', 'plain')):
            self.direct = None
        self._read_work()

    def _read_work(self):
        """Finds out about a work item, from the line "Workqueue:" and lockdep's list of locks."""
        work = CALLBACKS['process_one_work']
        group = self.known.group if self.known else 'none'
        if 'work' in self.facts and group in ('none', 'task', 'worker'):
            self.known = work
        elif self.work and (not self.known or self.known.kind == 'kthread'):
            self.known = work
        elif not self.known and any(place.func == 'process_one_work' for _, place in self.held):
            self.known = work
        if self.known == work and self.work and not self.callback:
            self.callback = self.direct = self.work

    def _read_count(self):
        # Find the part of the count that the driver has not caused. schedule() has added 1, and the
        # count of the idle task is always at least 1. Without PREEMPT_COUNT, the kernel adds
        # nothing.
        self.own = 0
        if self.count is None:
            return
        if self.scheduler or self.idle:
            self.own = min(int(self.scheduler) + int(self.idle), self.count & 0xff)
        if self.scheduler and not self.count:
            self.own = 1
        if self.count < self.own or self.count & _UNDERFLOW == _UNDERFLOW:
            self.facts.add('underflow')
            return
        field = _fields(self.count - self.own, self.version or (6, 12))
        for name, value in (('in_hardirq', field['hardirq']), ('in_softirq', field['softirq'] & 1),
                            ('bh_off', field['softirq'] >> 1), ('preempt_off', field['preempt'])):
            if value:
                self.facts.add(name)

    # -- answers

    @property
    def kind(self):
        """Returns the KIND that callbacks.tsv gives the callback, or "none"."""
        return self.known.kind if self.known else 'none'

    @property
    def group(self):
        """Returns the GROUP that callbacks.tsv gives the callback, or "none"."""
        return self.known.group if self.known else 'none'

    @property
    def idle(self):
        """Was the idle task the current task?"""
        return (self.task or '').startswith('swapper')

    @property
    def locks(self):
        """Returns the locks that the driver has taken and still holds."""
        return [(name, place) for name, place in self.held
                if place.module and 'completion)' not in name]

    def words(self):
        """Returns all words that select the sections of a message."""
        words = {self.kind, self.group} | self.facts | self.inner
        if any(GROUPS[kind] != 'task' for kind in self.outer + [self.kind] if kind in GROUPS):
            words.add('deferred')
        words |= {f'in_{kind}' for kind in self.outer}
        if self.path:
            words.add('module')
            if self.broke:
                words.add(f'calls_{self.broke.func}')
        if self.locks:
            words.add('locked')
        if self.realtime:
            words.add('rt')
        if self.idle:
            words.add('idle')
        if self.version:
            words.add(f'v{self.version[0]}')
        return words

    def who(self):
        """Returns a sentence that says whether the task ran the code or was only interrupted."""
        if not self.task or not self.known:
            return ''
        group = 'softirq' if self.group == 'bh' and 'softirq' in self.outer else self.group
        if group in ('worker', 'task', 'bh'):
            return f'The task {self.task} ran this code itself.'
        if self.task.startswith(('ksoftirqd', 'ktimers')) or 'run_ksoftirqd' in self.functions:
            return f'The task {self.task} serves softirqs, of any driver.'
        if '__local_bh_enable_ip' in self.functions and group == 'softirq':
            return (f'The task {self.task} only enabled BH while softirqs were pending, '
                    'and so had to serve them.')
        if self.idle:
            return 'Its CPU was idle.'
        return f'The task {self.task} was only interrupted; it is not at fault.'
