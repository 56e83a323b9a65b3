# SPDX-License-Identifier: GPL-2.0
"""In which context did the code of a report run? Task, preempt_count, callback, the driver's frames."""
import re

import log
from knowledge import CALLBACKS
from report import Stack

_VERSION = re.compile(r'\b([2-9])\.(\d{1,3})(?:\.\d+)?([\w.+~-]*)')
_CPU = re.compile(r'\bCPU: ?(\d+) (?:UID: \d+ )?PID: ?(\d+)(?:,? Comm: (\S+))?')
_COMM = re.compile(r'\b[Pp][Ii][Dd]: ?(\d+), [Cc]omm: (\S+)')
_ATOMIC = re.compile(r'in_atomic\(\): ?\d, irqs_disabled\(\): ?(\d+).*?pid: ?(\d+), name: (.+)')
_COUNT = re.compile(r'^preempt_count: ?([0-9a-f]+), expected')
_NEST = re.compile(r'^RCU nest depth: ?(\d+), expected: ?(\d+)')
_WORKQUEUE = re.compile(r'^Workqueue: +(\S+) +([A-Za-z_][\w.]*|0x[0-9a-f]{8,16})(?:\+0x\S+)?(?: \[([\w-]+)\])?')
_DISABLED_AT = re.compile(r'^Preemption disabled at:?(.*)')
_HELD = re.compile(r'^\s*#\d+: +(?:[0-9a-f]+ )?\((.+?)\)\{[^}]*\}(?:-\{[^}]*\})?, at: (?:\[<[0-9a-f]+>\] )?'
                   r'([\w.]+)(?:\+0x\S+)?(?: \[([\w-]+)\])?')
_ADDRESS = re.compile(r'(?:address:?|\bat|Failing address:) (?:0x)?([0-9a-f]{8,16})\b')
# What the slab allocator and the lists of the kernel write into what is freed (include/linux/poison.h)
_POISON = re.compile(r'6b6b6b6b|5a5a5a5a5a5a|dead0000000001[02]|dead0000000002|\b00(?:100100|200200)\b')
_PANIC = re.compile(r'Kernel panic - not syncing: (.*)')
_HANDLER = re.compile(r'^\s*\[<[0-9a-fx]+>\] \(?(?P<func>[\w.]+)(?:\+0x[0-9a-f/x]+)?(?: \[(?P<mod>[\w-]+)\])?\)?'
                      r'(?: threaded \[<[0-9a-fx]+>\] (?P<func2>[\w.]+)(?:\+0x\S+)?(?: \[(?P<mod2>[\w-]+)\])?)?\s*$')
_IN_FLIGHT = re.compile(r'^\s*in-flight:(.*)')
_REALTIME = re.compile(r'PREEMPT[_ ]RT\b|-rt\d*\b')

# Functions that only notice or print: what they were called by is of interest.
_NOTICES = re.compile(
    r'(?:dump_|show_|unwind_|__?warn|warn_|report_|__report_|note_interrupt|bad_|die|oops_|panic|nmi_|'
    r'kasan_|__kasan|__asan|asan_|print_|__might_|___might_|__schedule_bug|debug_|__debug|lookup_object|'
    r'lock_acquire|__lock_acquire|mark_|valid_state|check_|validate_|register_lock|lockdep_|trace_hardirqs|'
    r'__bad_area|bad_area|page_fault|exc_|asm_exc_|do_page|do_user_addr|__do_page|do_trap|do_error|do_invalid|'
    r'handle_bug|fixup_bug|__list_add_valid|__list_del_entry_valid|rcu_note_context|handle_exception|do_mem_abort|'
    r'el1h?_(?:abort|64|sync|da)|do_translation|do_kernel_fault|__die|arm_notify)')
# The timer tick notices that a CPU is stuck. What it interrupted is behind the entry of the interrupt.
_TICK = re.compile(r'(?:watchdog_timer_fn|update_process_times|rcu_check_callbacks|rcu_sched_clock_irq|tick_)')
_ENTRY = re.compile(r'(?:asm_|sysvec_|__sysvec|__?irq_svc|el1h?_(?:irq|interrupt|64_irq)|.*apic_timer_interrupt|do_IRQ|'
                    r'common_interrupt|ret_from_intr|call_on_irq_stack|do_interrupt_handler|handle_IRQ|gic_handle_irq|'
                    r'handle_riscv_irq|do_irq|do_ext_irq|ext_int_handler|do_io_irq|timer_interrupt)')
# Functions that callers of callbacks call themselves: they are no callbacks.
_NO_CALLBACK = re.compile(r'(?:__)?(?:schedule|msleep|usleep|_raw_|raw_|mutex_|wait_|napi_thread_wait|preempt_|cond_|complete|list_|'
                          r'rcu_|local_|tasklet_kill|kfree|pwq_|trace_)')
TESTBENCH = 'bh_testbench'      # stands between the kernel and a driver, as a bus does


# ---- preempt_count

# From version; then name, shift, bits. Before 4.3 there was also PREEMPT_ACTIVE, at bit 28 on most
# machines. 7.3 counts how often interrupts were disabled. (include/linux/preempt.h, hardirq.h)
_LAYOUTS = (
    ((0, 0), (('preempt', 0, 8), ('softirq', 8, 8), ('hardirq', 16, 10), ('nmi', 26, 1), ('active', 28, 1))),
    ((4, 3), (('preempt', 0, 8), ('softirq', 8, 8), ('hardirq', 16, 4), ('nmi', 20, 4))),
    ((7, 3), (('preempt', 0, 8), ('softirq', 8, 8), ('irqs_off', 16, 8), ('hardirq', 24, 4), ('nmi', 28, 3))),
)


def _fields(count, layout):
    return {name: count >> shift & ((1 << bits) - 1) for name, shift, bits in layout}


def _layout(version):
    return [layout for since, layout in _LAYOUTS if version >= since][-1]


def _times(number):
    return 'once' if number == 1 else f'{number} times'


def _words(count, layout):
    if count < 0 or count & 0x7f000000 == 0x7f000000:
        return 'less than nothing, since something was enabled more often than disabled'
    field = _fields(count, layout)
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
    """A preempt_count in words, for that kernel's layout, or for all layouts that differ."""
    if version:
        return _words(count, _layout(version))
    usual = _words(count, _LAYOUTS[1][1])
    others = [f'{name}: {text}' for name, text in (('before 4.3', _words(count, _LAYOUTS[0][1])),
                                                   ('from 7.3 on', _words(count, _LAYOUTS[2][1])))
              if text != usual]
    return usual + (f' ({"; ".join(others)})' if others else '')


# ---- softirqs

VECTORS = ('HI', 'TIMER', 'NET_TX', 'NET_RX', 'BLOCK', 'IRQ_POLL', 'TASKLET', 'SCHED', 'HRTIMER', 'RCU')


def decode_mask(mask):
    """The names of the softirq vectors in a mask of pending ones."""
    names = [name for bit, name in enumerate(VECTORS) if mask >> bit & 1]
    return ', '.join(names) or 'none'


# ---- context

def _without_notices(frames):
    """A stack without the functions at its top that only noticed what happened below them."""
    tick = next((n for n, f in enumerate(frames[:12]) if _TICK.match(f.func)), None)
    if tick is not None:
        entry = next((n for n, f in enumerate(frames) if n > tick and _ENTRY.match(f.func)), None)
        if entry is not None and entry + 1 < len(frames):
            frames = frames[entry + 1:]
    while len(frames) > 1 and not frames[0].module and (_NOTICES.match(frames[0].func) or _ENTRY.match(frames[0].func)):
        frames = frames[1:]
    return frames


class Context:
    """Who ran what, where: read off a report."""

    def __init__(self, report):
        self.version = None
        self.realtime = False
        self.task = report.fields.get('task')
        self.pid = report.fields.get('pid')
        self.cpu = report.cpu
        count = report.fields.get('scheduled', report.fields.get('count'))
        self.count = int(count, 16) & 0x7fffffff if count else None
        self.scheduler = 'scheduled' in report.fields       # the count has the scheduler's own 1 in it
        self.work = None
        self.disabled_at = None
        self.held = []              # locks: name, frame
        self.handlers = []          # functions that the report lists: of an interrupt, of a worker pool
        self.listing = False        # are lines of handlers to come?
        self.panic = None
        self.facts = set()
        if report.banner:
            self._version(report.banner.group(0))
        after_disabled = False
        for text in report.body:
            if after_disabled and not self.disabled_at:
                self.disabled_at = next(iter(log.frames_of(text)), None)
            after_disabled = self._line(text)
        self._address(report)
        self._stack(report)
        self._count_facts()

    def _version(self, text):
        found = _VERSION.search(text)
        if found:
            self.version = (int(found.group(1)), int(found.group(2)))
            self.realtime = bool(_REALTIME.search(text))

    def _line(self, text):
        """Takes from a line what it says; True if the next one says where preemption was disabled."""
        if 'ainted' in text:
            # Behind the letters of the taint, or before them (lockdep)
            self._version(re.sub(r'.*Tainted: [A-Z ]+ |.*Not tainted ', '', text) if 'CPU' in text else text)
        found = _ATOMIC.search(text)
        if found:
            self.pid, self.task = found.group(2), found.group(3).strip()
            if found.group(1) != '0':
                self.facts.add('irqs_off')
            return False
        found = _COUNT.match(text)
        if found:
            self.count = int(found.group(1), 16) & 0x7fffffff
            self.scheduler = False
        found = _NEST.match(text)
        if found and int(found.group(1)) > int(found.group(2)):
            self.facts.add('rcu_reader')
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
        if found and not self.work:
            if found.group(2).startswith('0x'):
                # The function of the work item has no name: its module is gone.
                self.facts.update(('gone', 'work'))
            else:
                self.work = log.Frame(found.group(2), found.group(3))
        if self.listing:
            found = _HANDLER.match(text)
            self.listing = bool(found)
            if found:
                self.handlers += [log.Frame(found.group(f'func{n}'), found.group(f'mod{n}'))
                                  for n in ('', '2') if found.group(f'func{n}')]
        self.listing = self.listing or text.strip() == 'handlers:'
        found = _IN_FLIGHT.match(text)
        if found:
            self.handlers += [log.Frame(func, mod) for func, mod in
                              re.findall(r'\d+(?:\(RESCUER\))?:([\w.]+)(?: \[([\w-]+)\])?', found.group(1))]
        found = _HELD.match(text)
        if found:
            self.held.append((found.group(1), log.Frame(found.group(2), found.group(3))))
        found = _PANIC.search(text)
        if found:
            self.panic = found.group(1).strip()
            self.facts.add('panic')
        found = _DISABLED_AT.match(text)
        if found:
            self.disabled_at = next(iter(log.frames_of(found.group(1).strip())), None)
            return True
        return False

    def _address(self, report):
        """What kind of address was it that an oops complains of?"""
        head = '\n'.join(report.body[:8])
        found = _ADDRESS.search(head)
        if 'NULL pointer' in head or (found and int(found.group(1), 16) < 0x1000):
            self.facts.add('null')
        elif 'instruction fetch' in head:
            self.facts.add('gone')
        if _POISON.search('\n'.join(report.body)):
            self.facts.add('poison')

    def _stack(self, report):
        """The innermost callback, and the driver's frames on the way to it."""
        stacks = [s for s in report.stacks if s.of in Stack.OWN and (s.frames or s.pc)] or [Stack()]
        # Of several (RCU prints those of all CPUs) the first with a driver's function that was called back
        with_driver = [s for s in stacks if any(f.module for f in s.frames) or (s.pc and s.pc.module)]
        stack = next((s for s in with_driver if any(self._callback_of(f) for f in s.frames)),
                     (with_driver or stacks)[0])
        if stack.of == 'nmi':
            self.cpu, self.task, self.pid = stack.detail, None, None
            self._task_of_cpu(report, stack.detail)
        frames = [f for f in stack.frames if not f.guess]
        if not any(self._callback_of(f) for f in frames):
            frames = list(stack.frames)
        pc = stack.pc
        if pc is not None and not pc.func:
            self.facts.add('null' if 'null' in self.facts else 'gone')
        elif pc is not None:
            self.facts.add('driver' if pc.module else 'dispatcher' if self._callback_of(pc) else 'core')
            if not frames or frames[0].func != pc.func:
                frames.insert(0, pc)
        frames = _without_notices(frames)
        self._find_callback(frames)
        self.functions = {f.func for f in frames}

    def _task_of_cpu(self, report, cpu):
        for text in report.body:
            found = _CPU.search(text)
            if found and found.group(1) == cpu:
                self.pid, self.task = found.group(2), found.group(3)

    @staticmethod
    def _callback_of(frame):
        return None if frame.module else CALLBACKS.get(frame.func)

    def _find_callback(self, frames):
        self.known = None           # the line of callbacks.tsv
        self.callback = None        # the driver's function that was called back
        self.direct = None          # what the kernel's function called directly
        self.outer = []
        place = None
        for number, frame in enumerate(frames):
            known = self._callback_of(frame)
            if not known or (known.only_direct and not (number and frames[number - 1].module)):
                continue
            if self.known is None:
                self.known, place = known, number
            elif known.around == self.known.kind:
                self.known = known
            self.outer.append(known.kind)
        inner = frames[:place] if place is not None else frames
        if 'work' in self.facts and (not self.known or self.known.group in ('task', 'worker')):
            self.known = CALLBACKS['process_one_work']
        elif self.work and (not self.known or self.known.kind == 'kthread'):
            self.known = CALLBACKS['process_one_work']
        if not self.known and any(place.func == 'process_one_work' for _, place in self.held):
            self.known = CALLBACKS['process_one_work']      # lockdep saw its "locks", without a trace
        self.kind = self.known.kind if self.known else 'none'
        own = [f for f in inner if f.module and f.module != TESTBENCH] or [f for f in inner if f.module]
        if self.known:
            self.callback = own[-1] if own else None
            self.direct = inner[-1] if inner and place is not None else None
            if self.direct and not self.direct.module and \
                    (_NOTICES.match(self.direct.func) or _NO_CALLBACK.match(self.direct.func)):
                self.direct = None
            if self.kind == 'work' and self.work and not (self.callback and self.callback.module):
                self.callback = self.direct = self.work
        self.path = own[:6]
        self.broke = None           # the kernel's function that the driver called
        for number, frame in enumerate(inner):
            if frame.module:
                self.broke = inner[number - 1] if number else None
                break
        modules = {f.module for f in self.path} - {TESTBENCH}
        # What was interrupted, or enabled BH: further out on the same stack
        self.below = next((f for f in frames[place:] if f.module in modules), None) if place is not None else None
        self.inner = {f.func for f in inner if not f.module}

    def _count_facts(self):
        self.own = 0
        if self.count is None:
            return
        # schedule() has added 1 itself, and the idle task always has 1; but not on kernels without PREEMPT_COUNT,
        # which never print a 0.
        if self.scheduler or self.idle:
            self.own = min(int(self.scheduler) + int(self.idle), self.count & 0xff)
        if self.scheduler and not self.count:
            self.own = 1
        if self.count < self.own or self.count & 0x7f000000 == 0x7f000000:
            self.facts.add('underflow')
            return
        field = _fields(self.count - self.own, _layout(self.version or (4, 3)))
        for name, value in (('in_hardirq', field['hardirq']), ('in_softirq', field['softirq'] & 1),
                            ('bh_off', field['softirq'] >> 1), ('preempt_off', field['preempt'])):
            if value:
                self.facts.add(name)

    @property
    def idle(self):
        """Was the idle task current?"""
        return (self.task or '').startswith('swapper')

    @property
    def group(self):
        """hardirq, softirq, bh, worker, task or none."""
        return self.known.group if self.known else 'none'

    def words(self):
        """All that chooses among the sections of a message."""
        words = {self.kind, self.group} | self.facts | self.inner
        if self.group not in ('task', 'none'):
            words.add('deferred')
        if any(CALLBACKS_BY_KIND.get(kind) not in ('task', None) for kind in self.outer):
            words.add('deferred')
        words |= {f'in_{kind}' for kind in self.outer if kind in ('unload', 'remove', 'ndo_stop', 'ndo_open')}
        if self.realtime:
            words.add('rt')
        if self.idle:
            words.add('idle')
        if self.path:
            words.add('module')
        if self.path and self.broke:
            words.add(f'calls_{self.broke.func}')
        if self.version:
            words.add(f'v{self.version[0]}')
        return words

    def who(self):
        """A sentence on the task that the report names: did it run the code, or was it interrupted?"""
        if not self.task or not self.known:
            return ''
        group = self.group
        if group == 'bh' and 'softirq' in self.outer:
            group = 'softirq'
        if group in ('worker', 'task', 'bh'):
            return f'The task {self.task} ran this code itself.'
        if self.task.startswith(('ksoftirqd', 'ktimers')) or 'run_ksoftirqd' in self.functions:
            return f'The task {self.task} serves softirqs, of any driver.'
        if '__local_bh_enable_ip' in self.functions and group == 'softirq':
            return f'The task {self.task} only enabled BH while softirqs were pending, and so had to serve them.'
        if self.idle:
            return 'Its CPU was idle.'
        return f'The task {self.task} was only interrupted; it is not at fault.'


CALLBACKS_BY_KIND = {callback.kind: callback.group for callback in CALLBACKS.values()}
