# SPDX-License-Identifier: GPL-2.0
"""Turns the reports of a log into explanations, as plain data. README.md has the schema."""
import re

import log
from context import Context, decode_count, decode_mask
from knowledge import CALLBACKS, MESSAGES, PAIRS, expected, fits, is_a
from lockdep import Lockdep
from report import Finder

SCHEMA = 1
MAX_REPORTS = 100       # number of reports that are explained; further reports are only counted
NEAR = 250              # a consequence comes at most this many lines after its cause

_TEXTS = ('what', 'rule', 'fix', 'not', 'more', 'read', 'consequence')
# If the report of a cause has no stack, these fields are copied from the report of the consequence.
_OF_STACK = ('kernel', 'realtime', 'cpu', 'task', 'pid', 'kind', 'callback', 'path', 'broke',
             'preempt_count', 'held', 'context')
# Texts about the part of a preempt_count that the driver did not cause. The texts under True are
# for a count that schedule() printed, the texts under False for any other count. The size of the
# part is the index of its text.
_OWN = {True: ('', "; 1 of it is the scheduler's own",
               "; 2 of it are the scheduler's and the idle task's own"),
        False: ('', "; 1 of it is the idle task's own")}


# ---- one report

def _fill(text, values):
    """Fills the holes of a text: {name}, or {name|TEXT}, where TEXT is used if the value is
    unknown."""
    def value(hole):
        found = values.get(hole.group(1))
        return str(found) if found not in (None, '') else (hole.group(2) or '?')
    return re.sub(r'\{(\w+)(?:\|([^}]*))?\}', value, text)


def _short(value):
    """Returns a function without its offset. For example, "acme_poll+0x0/0x90 [acme]" becomes
    "acme_poll() [acme]"."""
    found = re.match(r'([A-Za-z_][\w.$]*)(?:\+0x\S+)?(?: \[([\w-]+)\])?$', value)
    return str(log.Frame(found.group(1), found.group(2))) if found else value


def _plain(frame):
    return {'function': frame.func, 'module': frame.module} if frame else None


def _find_message(report, context):
    """Returns the message file for a report, or None. If the report is a WARN() or BUG() without a
    known wording, its source file and its function select the message file."""
    if report.message or not report.place:
        return report.message
    kind, file, func, _ = report.place
    functions = {func} if kind == 'warning' else context.functions
    for message in MESSAGES.values():
        for place in message.warnings if kind == 'warning' else message.bugs:
            if place.fits(file, functions):
                return message
    return None


class Explanation:
    """The explanation of one report."""

    def __init__(self, report):
        self.confused = report.confused
        self.mixed = self.confused or len(report.mixed) > 1
        if self.confused:
            group = report.mixed
            report = report.first_line()
        self.report = report
        self.context = Context(report)
        self.message = _find_message(report, self.context)
        fields = report.fields
        self.words = self.context.words() | {fields[k] for k in ('op', 'type') if k in fields}
        if report.place:
            self.words.add(report.place[2])
        func = re.sub(r'\+0x.*', '', fields.get('func', ''))
        if func in CALLBACKS:
            self.words.add('dispatcher')
        if func:
            self.words.add('core_func' if is_a('core', func) and '[' not in func else 'driver_func')
        self.lockdep = None
        if self.message and 'lockdep' in self.message.head:
            self.lockdep = Lockdep(report, self.context)
            self.words |= self.lockdep.words
        # To judge whether the report concerns deferred work, use all lines of all mixed reports.
        self.all_words = self.words.union(*(Context(r).words() for r in group)) \
            if self.confused else self.words

    @property
    def ours(self):
        """Does the report concern deferred work?"""
        if self.message is None:
            return 'deferred' in self.all_words
        return fits(self.message.words_of('only'), self.all_words)

    def _fields(self):
        """Returns the fields that the texts of a message can use."""
        context = self.context
        fields = dict(self.report.fields)
        for key in ('func', 'func2', 'hint'):
            if key in fields:
                fields[key] = _short(fields[key])
        name = context.known.name if context.known else ''
        fields.update(callback=context.callback, broke=context.broke, below=context.below,
                      task=context.task, cpu=context.cpu, held=self._held(), name=name,
                      Name=re.sub(r'^(an?|the) ', lambda m: m.group().capitalize(), name),
                      listed=', '.join(str(f) for f in context.listed[:4]))
        if self.confused:
            fields['callback'] = 'code that the mixed lines do not show'
        if self.lockdep:
            fields.update(self.lockdep.fields)
        if 'mask' in fields:
            fields['vectors'] = decode_mask(int(fields['mask'], 16))
        for key in ('count', 'count2'):
            if key in fields:
                count = int(fields[key], 16) & 0x7fffffff
                fields[f'{key}_words'] = decode_count(count, context.version)
        return fields

    def data(self):
        """Returns the explanation as plain data."""
        report, context, message = self.report, self.context, self.message
        fields = self._fields()
        text = {section: _fill(message.text(section, self.words), fields) for section in _TEXTS}
        pairs = message.text('pair', self.words).split()
        if 'testbench' in message.head:
            pairs = [re.sub(r'_(?:broken|fixed)$', '', fields.get('module', ''))]
        pairs = [pair for pair in pairs if pair in PAIRS]
        freed = next((f for s in report.stacks if s.of == 'freed' for f in s.frames if f.module),
                     None)
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
            'callback': _plain(context.callback),
            'path': [_plain(f) for f in context.path],
            'broke': context.broke.func if context.broke and context.path else None,
            'listed': [_plain(f) for f in context.listed[:4]],
            'preempt_count': context.count,
            'held': [{'lock': name, 'place': str(place)} for name, place in context.held[:8]],
            'freed_by': _plain(freed),
            'lockdep': self.lockdep.fields if self.lockdep else None,
            'panic': context.panic,
            'mixed': self.mixed,
            'what': text['what'],
            'context': self.where(),
            'rule': text['rule'],
            'fix': text['fix'],
            'not': text['not'],
            'more': text['more'],
            'read': next((PAIRS[pair] for pair in pairs if PAIRS[pair]), '') or text['read'] or
                    (context.known.read if context.known else 'README.md'),
            'pairs': pairs,
            'also': [],
            '_consequence': text['consequence'] or message.head['name'],
            '_notes': {},
        }

    def unknown(self):
        """Returns the few known facts about a report that no message file matches."""
        context = self.context
        return {'line': self.report.number, 'message': self.report.first, 'kind': context.kind,
                'callback': _plain(context.callback), 'context': self.where(),
                'read': context.known.read if context.known else 'README.md'}

    def _held(self):
        """Returns the lock that the driver took last and still holds, or ''."""
        own = self.context.locks
        return f'{own[-1][0]}, taken in {own[-1][1]}' if own else ''

    def where(self):
        """Returns sentences about the context."""
        context = self.context
        if context.listed:
            return ''
        said = []
        if context.known:
            said.append(self._callback())
            said.append(context.known.context)
        if context.count is not None and 'count2' not in self.report.fields:
            words = decode_count(context.count - context.own, context.version)
            said.append(f'preempt_count 0x{context.count:x}: {words}'
                        f'{_OWN[context.scheduler][context.own]}.')
        elif 'irqs_off' in context.facts:
            said.append('Interrupts were off.')
        if context.disabled_at and (context.disabled_at.module or
                                    context.group in ('worker', 'task', 'none')):
            said.append(f'Preemption was disabled in {context.disabled_at}.')
        held = self._held()
        if held:
            said.append(f'A lock was held: {held}.')
        said.append(context.who())
        if self.mixed:
            said.append('Lines of two reports are mixed here' +
                        (', and cannot be told apart' if self.confused else '') +
                        ': CONFIG_PRINTK_CALLER=y would mark each line.')
        if context.below and context.callback and context.group in ('softirq', 'hardirq'):
            enabled = '__local_bh_enable_ip' in context.functions
            said.append(f'{context.below} {"enabled BH" if enabled else "was interrupted"}.')
        if context.panic:
            said.append(f'The machine stopped: "{context.panic}".')
        return ' '.join(s for s in said if s)

    def _callback(self):
        """Returns a sentence that names the callback, and says what kind of callback it is."""
        known, callback, direct = self.context.known, self.context.callback, self.context.direct
        if known.group == 'task' or known.kind in ('kworker', 'softirq') or \
                not (callback or direct):
            return f'{callback or "The code"} ran in {known.name}.'
        if callback and direct and direct is not callback and not direct.module:
            return f'{callback} ran in {known.name}, called through {direct}.'
        return f'{callback or direct} is {known.name}.'


# ---- a log

def _is_account(data):
    return 'testbench' in MESSAGES[data['id']].head


def _drivers(data):
    """Returns the drivers that a report names: the modules in its stack, or in a testbench
    message."""
    found = {frame['module'] for frame in data['path'] + data['listed'] + [data['callback']]
             if frame}
    found.update(re.findall(r'\b\w+_(?:broken|fixed)\b', data['message']))
    return found - {''}


def _may_belong(cause, data):
    """Can two reports that follow each other belong to one incident? They cannot if both of them
    name a driver, or if their lines are mixed."""
    if cause['mixed'] or data['mixed'] or _drivers(cause) and _drivers(data):
        return False
    return None in (cause['cpu'], data['cpu']) or cause['cpu'] == data['cpu'] or \
        (cause['pid'] is not None and cause['pid'] == data['pid'])


def _note(data):
    return {'line': data['line'], 'message': data['message'], 'id': data['id'],
            'note': data['_consequence']}


def _each_its_own(cause, data):
    """Do two CPUs hang in different code of drivers? Then the user needs both reports."""
    if {cause['id'], data['id']} - {'rcu-stall', 'soft-lockup', 'hard-lockup'}:
        return False
    return None not in (cause['cpu'], data['cpu']) and cause['cpu'] != data['cpu'] and \
        bool(cause['path'] and data['path']) and cause['path'] != data['path']


class Log:
    """The explanations of a log."""

    def __init__(self):
        self.reports = []
        self.unknown = []
        self.others = 0
        self.dropped = 0
        self._seen = {}

    def use(self, report):
        """Explains a report that is complete."""
        explanation = Explanation(report)
        if not explanation.ours:
            # A report without a stack may be a line that only looks like a report. So do not count
            # it if no message matches it either.
            self.others += int(report.traced or explanation.message is not None)
        elif explanation.message:
            self._use(explanation)
        elif len(self.unknown) < MAX_REPORTS:
            self.unknown.append(explanation.unknown())
        else:
            self.dropped += 1

    def _use(self, explanation):
        data = explanation.data()
        key = repr([data[k] for k in ('id', 'path', 'callback', 'broke', 'kind', 'lockdep')] +
                   ([] if data['path'] else [re.sub(r'\d+', '', data['message'])]))
        if key in self._seen:
            self._seen[key]['again'] += 1
            return
        cause = self._cause(explanation, data)
        if cause:
            # Note each consequence once, even if it is reported several times.
            self._seen[key] = cause['_notes'].setdefault(data['id'], {'again': 0})
            if cause['kind'] == 'none':
                # The report of the cause has no stack, so take the stack of the consequence.
                cause.update((k, data[k]) for k in _OF_STACK if not cause[k] or k == 'kind')
            if all(note['note'] != data['_consequence'] for note in cause['also']):
                cause['also'].append(_note(data))
        elif len(self.reports) < MAX_REPORTS:
            self._seen[key] = data
            self.reports.append(data)
        else:
            self.dropped += 1

    def _cause(self, explanation, data):
        """Returns the earlier report that is the cause of this report, or None."""
        causes = explanation.message.words_of('follows')
        for number, cause in enumerate(reversed(self.reports)):
            if data['line'] - cause['line'] > NEAR:
                break
            same = bool(_drivers(cause) & _drivers(data))
            if _is_account(data):
                if same and not _is_account(cause):
                    return cause
            elif cause['id'] in causes and not _each_its_own(cause, data) and \
                    (same or (not number and _may_belong(cause, data))):
                return cause
        return None

    def _join_accounts(self):
        """Turns a testbench message into a note of the kernel report that follows soon after it,
        unless this report names another driver."""
        for data, following in zip(list(self.reports), list(self.reports)[1:]):
            distance = following['line'] - data['line']
            if _is_account(data) and not _is_account(following) and \
                    (distance <= 3 and not _drivers(following) or
                     distance <= NEAR and _drivers(following) & _drivers(data)):
                following['also'].append(_note(data))
                self.reports.remove(data)

    def result(self):
        """Returns the result for the log, as plain data."""
        self._join_accounts()
        for data in self.reports:
            data['also'].sort(key=lambda note: note['line'])
            del data['_notes'], data['_consequence']
        return {'schema': SCHEMA, 'reports': self.reports, 'unknown': self.unknown,
                'others': self.others, 'dropped': self.dropped}


def explain(stream):
    """Returns the explanations of a log. The argument is an open binary file."""
    found = Log()
    Finder(found.use).read(stream)
    return found.result()


def names_pair(result, pair, kernel, loaded=()):
    """Returns (True, reason) if a report names the pair, or if this kernel prints no message for
    the pair, and if no report names only other pairs. Otherwise returns (False, reason). If several
    broken modules were loaded, "loaded" has their pairs."""
    named = any(pair in report['pairs'] for report in result['reports'])
    for report in result['reports']:
        if named and report['id'] == 'workqueue-lockup':
            continue    # a CPU that is stuck for any reason also stalls its worker pools
        if report['pairs'] and not {pair, *loaded} & set(report['pairs']):
            return False, f'line {report["line"]}, {report["title"]}, names {report["pairs"][0]}'
    for report in result['reports']:
        if pair in report['pairs']:
            return True, f'named in line {report["line"]}, {report["title"]}'
        for note in report['also']:
            if _is_account(note) and note['message'].startswith(f'{pair}_broken:'):
                return True, f'named by the testbench in line {note["line"]}'
    symptom = expected(pair, kernel)
    if symptom and ' > ' in symptom:
        return True, f'the kernel has no message for it ({symptom})'
    seen = ', '.join(f'{r["title"]} ({" ".join(r["pairs"]) or "no pair"})'
                     for r in result['reports'])
    return False, f'not named; explained: {seen or "nothing"}'
