# SPDX-License-Identifier: GPL-2.0
"""The locks, places and contexts of a lockdep report."""
import re

import log
from knowledge import CALLBACKS, is_a

_LOCK = re.compile(r'\((.+?)\)\{[^}]*\}(?:-\{[^}]*\})?, '
                   r'at: (?:\[<[0-9a-f]+>\] )?([\w.]+)\S*(?: \[([\w-]+)\])?')
_USAGE = re.compile(r'inconsistent \{([\w-]+)\} -> \{([\w-]+)\} usage')
_LEVEL = re.compile(r'context-\{(\d):\d\}')
_TIMER = {'timer_delete_sync', '__timer_delete_sync', 'del_timer_sync', 'call_timer_fn'}


class Lockdep:
    """Holds the fields that the texts of a lockdep message use, and the words that select the
    sections of the message."""

    def __init__(self, report, context):
        self.fields = {'in': context.known.name if context.known else 'a task'}
        self._group, self._other_group = context.group, 'none'
        self.words = set()
        self._read_locks(report, context)
        stacks = {}
        for stack in report.stacks:
            stacks.setdefault((stack.of, stack.detail), stack)
        if 'new' in self.fields:
            self._read_usage(stacks.get(('registered', 'was registered')))
        elif ('chain', '1') in stacks:
            self._read_other(stacks['chain', '1'])

    def _read_locks(self, report, context):
        """Reads two locks: the lock that is being taken now, and another one that is held or was
        taken earlier."""
        names = []
        functions = set()
        for text in report.body:
            found = _USAGE.search(text)
            if found:
                self.fields['old'], self.fields['new'] = found.groups()
            found = _LEVEL.search(text)
            if found:
                self.fields['level'] = found.group(1)
            found = _LOCK.search(text)
            if found and len(names) < 2 and not text.lstrip().startswith('#'):
                place = log.Frame(found.group(2), found.group(3))
                functions.add(place.func)
                if not names and not place.module and context.path:
                    place = context.path[0]
                number = '2' if names else ''
                names.append(found.group(1))
                self.fields[f'lock{number}'], self.fields[f'place{number}'] = names[-1], str(place)
        # Some of these "locks" stand for a wait, for example until a work item has finished.
        for word in ('work_completion', 'wq_completion'):
            if any(word in name for name in names):
                self.words.add(word)
        if functions & _TIMER:
            self.words.add('timer_completion')
        if names[:1] == ['fs_reclaim']:
            self.words.add('fs_reclaim')

    def _read_usage(self, stack):
        """Reads a report of an inconsistent lock state. The report names two places, and only one
        of them takes the lock in an interrupt or softirq."""
        kind = 'hardirq' if 'HARDIRQ' in self.fields['new'] else 'softirq'
        self.words.add(f'usage_{kind}')
        if stack:
            self._read_other(stack)
        places = [self.fields.get('place', '?'), self.fields.get('other', 'another place')]
        if not self.fields['new'].startswith('IN-'):
            places.reverse()
        self.fields['irq_place'], self.fields['task_place'] = places
        # In which context were softirqs enabled? No softirq handler runs so, unless it has slept.
        new = self.fields['new'].startswith('IN-')
        if kind == 'softirq' and (self._other_group if new else self._group) == 'softirq':
            self.words.add('slept')

    def _read_other(self, stack):
        """Finds out, from an older stack, where the lock was taken earlier: in which function of
        the driver, and in which callback."""
        frames = [f for f in stack.frames if not f.guess]
        own = next((f for f in frames if f.module), None) or \
            next((f for f in frames if not is_a('lock', f.func)), None)
        if own:
            self.fields['other'] = str(own)
        known = next((CALLBACKS[f.func] for f in frames
                      if not f.module and f.func in CALLBACKS), None)
        self.fields['other_in'] = known.name if known else 'a task'
        self._other_group = known.group if known else 'none'
