# SPDX-License-Identifier: GPL-2.0
"""From the reports of a log to explanations, as plain data. README.md has the schema."""
import re

import log
from context import Context, decode_count, decode_mask
from knowledge import CALLBACKS, MESSAGES, PAIRS, expected, fits
from report import Finder

SCHEMA = 1
MAX_REPORTS = 100       # explained; those beyond are counted
NEAR = 250              # lines within which one report can be the consequence of another

# ---- lockdep

_LOCK = re.compile(r'\((.+?)\)\{[^}]*\}(?:-\{[^}]*\})?, at: (?:\[<[0-9a-f]+>\] )?([\w.]+)\S*(?: \[([\w-]+)\])?')
_LOCK_NAME = re.compile(r'\((.+?)\)\{[^}]*\}')
_USAGE = re.compile(r'inconsistent \{([\w-]+)\} -> \{([\w-]+)\} usage')
_WAIT = re.compile(r'context-\{(\d):\d\}')
_LOCK_CODE = re.compile(r'(?:_*raw_|_*lock_|__lock|mark_|_*spin_|_*mutex_|_*rt_|_*down_|_*read_|_*write_|check_|validate_)')


class Lockdep:
    """The locks, places and contexts of a lockdep report."""

    def __init__(self, report, context):
        self.fields = {}
        self.words = set()
        locks = []
        functions = set()
        for text in report.body:
            found = _USAGE.search(text)
            if found:
                self.fields['old'], self.fields['new'] = found.groups()
            found = _WAIT.search(text)
            if found:
                self.fields['level'] = found.group(1)
            found = _LOCK.search(text)
            if found and len(locks) < 2 and not text.lstrip().startswith('#'):
                place = log.Frame(found.group(2), found.group(3))
                if not locks and not place.module and context.path:
                    place = context.path[0]
                locks.append((found.group(1), str(place)))
                functions.add(found.group(2))
        # Where the first lock is taken now; and the second: held, or taken before.
        where = context.known.name if context.known else 'a task'
        for number, (name, place) in enumerate(locks):
            self.fields['lock2' if number else 'lock'] = name
            self.fields['place2' if number else 'place'] = place
        self.fields['in'] = where
        aside = {}
        for stack in report.stacks:
            aside.setdefault((stack.of, stack.detail), stack)
        if 'new' in self.fields:
            self._usage(aside.get(('registered', 'was registered')))
        elif ('chain', '1') in aside:
            self._other(aside['chain', '1'])
        names = f'{self.fields.get("lock", "")} {self.fields.get("lock2", "")}'
        for word in ('work_completion', 'wq_completion'):
            if word in names:
                self.words.add(word)
        if functions & {'__timer_delete_sync', 'timer_delete_sync', 'del_timer_sync', 'call_timer_fn'}:
            self.words.add('timer_completion')

    def _usage(self, stack):
        """inconsistent lock state: one place is in an interrupt or softirq, the other has it enabled."""
        kind = 'hardirq' if 'HARDIRQ' in self.fields['new'] else 'softirq'
        self.words.add(f'usage_{kind}')
        if stack:
            self._other(stack)
        here, other = self.fields.get('place', '?'), self.fields.get('other', 'another place')
        if self.fields['new'].startswith('IN-'):
            self.fields.update(irq_place=here, irq_in=self.fields['in'], task_place=other)
        else:
            self.fields.update(irq_place=other, irq_in=self.fields.get('other_in', '?'), task_place=here)

    def _other(self, stack):
        """The other place: the driver's function on an older stack, and what called it back."""
        frames = [f for f in stack.frames if not f.guess]
        own = next((f for f in frames if f.module), None) or \
            next((f for f in frames if not _LOCK_CODE.match(f.func)), None)
        if own:
            self.fields['other'] = str(own)
        known = next((CALLBACKS[f.func] for f in frames if not f.module and f.func in CALLBACKS), None)
        self.fields['other_in'] = known.name if known else 'a task'


# ---- one report

def _fill(text, values):
    """A text with its holes filled: {name}, or {name|what to say if it is not known}."""
    def value(hole):
        found = values.get(hole.group(1))
        return str(found) if found not in (None, '') else (hole.group(2) or '?')
    return re.sub(r'\{(\w+)(?:\|([^}]*))?\}', value, text)


def _short(value):
    """A function without its offset: "acme_poll+0x0/0x90 [acme]" is acme_poll() [acme]."""
    found = re.match(r'([A-Za-z_][\w.$]*)(?:\+0x\S+)?(?: \[([\w-]+)\])?$', value)
    return str(log.Frame(found.group(1), found.group(2))) if found else value


def _find_message(report, context):
    """The message of a report that began with a general line: by file and function."""
    if report.message or not report.place:
        return report.message
    kind, file, func, _ = report.place
    functions = {func} | context.inner if kind == 'warning' else context.inner | context.functions
    for message in MESSAGES.values():
        for place in message.warnings if kind == 'warning' else message.bugs:
            if place.fits(file, functions):
                report.fields.setdefault('func', f'{func}()' if func else '')
                return message
    return None


class Explanation:
    """What is told of a report."""

    def __init__(self, report):
        self.report = report
        self.context = Context(report)
        self.message = _find_message(report, self.context)
        self.words = self.context.words() | {w for w in (report.fields.get('op'), report.fields.get('type')) if w}
        if report.place:
            self.words.add(report.place[2])
        if re.sub(r'\+0x.*', '', report.fields.get('func', '')) in CALLBACKS:
            self.words.add('dispatcher')
        self.lockdep = None
        if self.message and 'lockdep' in self.message.head:
            self.lockdep = Lockdep(report, self.context)
            self.words |= self.lockdep.words

    @property
    def traced(self):
        """Is it a report at all, or only a line that begins like one?"""
        return self.report.traced or self.message is not None

    @property
    def ours(self):
        """Is it about deferred work?"""
        if self.message is None:
            return 'deferred' in self.words
        return fits(self.message.words_of('only'), self.words)

    def data(self):
        """The explanation as plain data."""
        report, context, message = self.report, self.context, self.message
        fields = dict(report.fields)
        for key in ('func', 'func2', 'hint'):
            if fields.get(key):
                fields[key] = _short(fields[key])
        fields['callback'] = context.callback
        fields['name'] = context.known.name if context.known else ''
        fields['Name'] = re.sub(r'^(an?|the) ', lambda m: m.group().capitalize(), fields['name'])
        fields['broke'] = context.broke
        fields['task'] = context.task
        fields['cpu'] = context.cpu
        fields['below'] = context.below
        fields['held'] = self._held()
        fields['handlers'] = ', '.join(str(f) for f in context.handlers[:4])
        if self.lockdep:
            fields.update(self.lockdep.fields)
        if 'mask' in fields:
            fields['vectors'] = decode_mask(int(fields['mask'], 16))
        for name in ('count', 'count2'):
            if name in report.fields:
                fields[f'{name}_words'] = decode_count(int(report.fields[name], 16) & 0x7fffffff, context.version)
        text = {section: _fill(message.text(section, self.words), fields)
                for section in ('what', 'rule', 'fix', 'not', 'more', 'read', 'consequence')}
        pairs = [pair for pair in message.text('pair', self.words).split() if pair in PAIRS]
        if 'testbench' in message.head:
            pairs = [p for p in [re.sub(r'_(?:broken|fixed)$', '', fields.get('module', ''))] if p in PAIRS]
        read = next((PAIRS[pair] for pair in pairs if PAIRS[pair]), '') or text['read'] or \
            (context.known.read if context.known else 'README.md')
        freed = next((f for s in report.stacks if s.of == 'freed' for f in s.frames if f.module), None)
        return {
            'id': message.id,
            'title': message.head['name'],
            'line': report.number,
            'message': report.first,
            'again': 0,
            'kernel': '.'.join(map(str, context.version)) if context.version else None,
            'realtime': context.realtime,
            'cpu': int(context.cpu) if context.cpu else None,
            'task': context.task,
            'pid': int(context.pid) if context.pid else None,
            'kind': context.kind,
            'callback': _frame(context.callback),
            'path': [_frame(f) for f in context.path],
            'listed': [_frame(f) for f in context.handlers[:4]],
            'broke': context.broke.func if context.broke and context.path else None,
            'preempt_count': context.count,
            'held': [{'lock': name, 'place': str(place)} for name, place in context.held[:8]],
            'freed_by': _frame(freed),
            'lockdep': self.lockdep.fields if self.lockdep else None,
            'panic': context.panic,
            'what': text['what'],
            'context': self._where(),
            'rule': text['rule'],
            'fix': text['fix'],
            'not': text['not'],
            'more': text['more'],
            'read': read,
            'pairs': pairs,
            'also': [],
            '_consequence': text['consequence'] or message.head['name'],
        }

    def _held(self):
        """The lock that matters of those held: the last that the driver took."""
        own = [(name, place) for name, place in self.context.held if place.module and 'completion)' not in name]
        return f'{own[-1][0]}, taken in {own[-1][1]}' if own else ''

    def _where(self):
        """Sentences on the context."""
        context = self.context
        said = []
        if context.handlers:
            return ''
        if context.known:
            known, callback, direct = context.known, context.callback, context.direct
            if known.group == 'task' or known.kind in ('kworker', 'softirq') or not (callback or direct):
                said.append(f'{callback or "The code"} ran in {known.name}.')
            elif callback and direct and direct is not callback and not direct.module:
                said.append(f'{callback} ran in {known.name}, called through {direct}.')
            else:
                said.append(f'{callback or direct} is {known.name}.')
            said.append(known.context)
        if context.count is not None and 'count2' not in self.report.fields:
            said.append(f'preempt_count 0x{context.count:x}: '
                        f'{decode_count(context.count - context.own, context.version)}{_OWN[context.scheduler][context.own]}.')
        elif 'irqs_off' in context.facts:
            said.append('Interrupts were off.')
        if context.disabled_at and (context.disabled_at.module or context.group in ('worker', 'task', 'none')):
            said.append(f'Preemption was disabled in {context.disabled_at}.')
        held = self._held()
        if held:
            said.append(f'A lock was held: {held}.')
        said.append(context.who())
        if context.below and context.group in ('softirq', 'hardirq') and context.callback:
            verb = 'enabled BH' if '__local_bh_enable_ip' in context.functions else 'was interrupted'
            said.append(f'{context.below} {verb}.')
        if context.panic:
            said.append(f'The machine stopped: "{context.panic}".')
        return ' '.join(s for s in said if s)


# Of a preempt_count that schedule() has printed, or another: how much is there in any case?
_OWN = {True: ('', "; 1 of it is the scheduler's own", "; 2 of it are the scheduler's and the idle task's own"),
        False: ('', "; 1 of it is the idle task's own")}
_OF_STACK = ('kernel', 'realtime', 'cpu', 'task', 'pid', 'kind', 'callback', 'path', 'broke', 'preempt_count', 'held',
             'context')


def _frame(frame):
    return {'function': frame.func, 'module': frame.module} if frame else None


# ---- a log

class Log:
    """The explanations of a log."""

    def __init__(self):
        self.reports = []
        self.unknown = []
        self.others = 0
        self.dropped = 0
        self._seen = {}

    def use(self, report):
        """A complete report."""
        explanation = Explanation(report)
        if not explanation.traced:
            return
        if not explanation.ours:
            self.others += 1
        elif explanation.message is None:
            self._use_unknown(explanation)
        else:
            self._use_known(explanation)

    def _use_unknown(self, explanation):
        context, report = explanation.context, explanation.report
        if len(self.unknown) >= MAX_REPORTS:
            self.dropped += 1
            return
        self.unknown.append({'line': report.number, 'message': report.first, 'kind': context.kind,
                             'callback': _frame(context.callback), 'context': explanation._where(),
                             'read': context.known.read if context.known else 'README.md'})

    def _use_known(self, explanation):
        data = explanation.data()
        key = repr((data['id'], data['path'], data['callback'], data['broke'], data['kind'], data['lockdep'],
                    None if data['path'] else re.sub(r'\d+', '', data['message'])))
        if key in self._seen:
            self._seen[key]['again'] += 1
            return
        cause = self._cause(explanation, data)
        if cause is not None:
            self._seen[key] = cause['_notes'].setdefault(data['id'], {'again': 0})
            if not cause['kind'] or cause['kind'] == 'none':
                # The first was one line. Its stack came with this one.
                cause.update((key, data[key]) for key in _OF_STACK if not cause[key] or key == 'kind')
            note = {'line': data['line'], 'message': data['message'], 'id': data['id'],
                    'note': data['_consequence']}
            if all(n['note'] != note['note'] for n in cause['also']):
                cause['also'].append(note)
            return
        if len(self.reports) >= MAX_REPORTS:
            self.dropped += 1
            return
        data['_notes'] = {}
        self._seen[key] = data
        self.reports.append(data)

    def _cause(self, explanation, data):
        """The report of which this one is a consequence, if any."""
        causes = explanation.message.words_of('follows')
        account = 'testbench' in explanation.message.head
        for number, cause in enumerate(reversed(self.reports)):
            if data['line'] - cause['line'] > NEAR:
                break
            if account:
                if _is_account(cause) or not _drivers(cause) & _drivers(data):
                    continue
                return cause
            if cause['id'] in causes and (_drivers(cause) & _drivers(data) or
                                          (number == 0 and _may_belong(cause, data))):
                return cause
        return None

    def result(self):
        """Plain data."""
        self.reports.sort(key=lambda data: data['line'])
        self._join_accounts()
        for data in self.reports:
            data['also'].sort(key=lambda note: note['line'])
            del data['_notes'], data['_consequence']
        return {'schema': SCHEMA, 'reports': self.reports, 'unknown': self.unknown, 'others': self.others,
                'dropped': self.dropped}

    def _join_accounts(self):
        """The testbench's account directly before a report of the kernel is a note of that one."""
        for data, following in zip(list(self.reports), list(self.reports)[1:]):
            distance = following['line'] - data['line']
            if _is_account(data) and not _is_account(following) and \
                    (distance <= 3 and not _drivers(following) or
                     distance <= NEAR and _drivers(following) & _drivers(data)):
                following['also'].append({'line': data['line'], 'message': data['message'], 'id': data['id'],
                                          'note': data['_consequence']})
                self.reports.remove(data)


def _is_account(data):
    return 'testbench' in MESSAGES[data['id']].head


def _drivers(data):
    """The drivers that a report names: the modules of its stack, and of the testbench's messages."""
    found = {frame['module'] for frame in data['path'] + data['listed']}
    if data['callback']:
        found.add(data['callback']['module'])
    found.update(re.findall(r'\b\w+_(?:broken|fixed)\b', data['message']))
    return found - {''}


def _may_belong(cause, data):
    """Can two reports, one directly after the other, be of one incident? One of them names no driver."""
    if _drivers(cause) and _drivers(data):
        return False
    return None in (cause['cpu'], data['cpu']) or cause['cpu'] == data['cpu'] or \
        (cause['pid'] is not None and cause['pid'] == data['pid'])


def explain(stream):
    """The explanations of a log, an open binary file."""
    found = Log()
    Finder(found.use).read(stream)
    return found.result()


def names_pair(result, pair, kernel):
    """Does an explanation name the pair, or has that kernel no message for it? With the reason in words."""
    for report in result['reports']:
        if pair in report['pairs']:
            return True, f'named in line {report["line"]}, {report["title"]}'
        for note in report['also']:
            if _is_account(note) and note['message'].startswith(f'{pair}_broken:'):
                return True, f'named by the testbench in line {note["line"]}'
    symptom = expected(pair, kernel)
    if symptom and ' > ' in symptom:
        return True, f'the kernel has no message for it ({symptom})'
    seen = ', '.join(f'{r["title"]} ({" ".join(r["pairs"]) or "no pair"})' for r in result['reports'])
    return False, f'not named; explained: {seen or "nothing"}'
