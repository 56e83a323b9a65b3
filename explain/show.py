# SPDX-License-Identifier: GPL-2.0
"""Prints explanations for people: at most 25 lines each, bold only on a terminal."""
import itertools
import re
import textwrap

WIDTH = 96
LABEL = 10
LINES = 25
MAX_UNKNOWN = 5


def _labelled(label, text):
    if not text:
        return []
    rows = textwrap.wrap(text, WIDTH - LABEL, break_long_words=True)
    return [f'{label:<{LABEL}}{rows[0]}'] + [' ' * LABEL + row for row in rows[1:]]


def _name(frame):
    return f'{frame["function"]}()' + (f' [{frame["module"]}]' if frame['module'] else '')


def _path(report):
    """Returns a text with the driver's functions, beginning with the outermost, and at the end the
    kernel function that the driver called."""
    names = []
    module = None
    for frame in reversed(report['path']):
        names.append(_name(frame) if frame['module'] != module else f'{frame["function"]}()')
        module = frame['module']
    if names and report['broke']:
        names.append(f'{report["broke"]}()')
    return ' -> '.join(names) or ', '.join(_name(frame) for frame in report['listed'])


def _columns(lock):
    """Returns the two places of a lockdep report, side by side."""
    if not lock or 'place' not in lock:
        return []
    one, two = lock['lock'], lock.get('lock2', '?')
    if 'new' in lock:
        left = [one, f'now in {lock["place"]}', lock['in'], lock['new']]
        right = ['the same lock', f'before in {lock.get("other", "?")}',
                 lock.get('other_in', '?'), lock['old']]
    elif 'other' in lock:
        left = [f'{two}, then {one}', f'now in {lock["place"]}', lock['in']]
        right = [f'{one}, then {two}', f'before in {lock["other"]}', lock['other_in']]
    elif 'place2' in lock:
        left = [one, f'now in {lock["place"]}', lock['in']]
        right = [two, f'held since {lock["place2"]}']
    else:
        return []
    # Leave out the names of modules, so that two columns fit. Other lines of the explanation show
    # these names.
    half = (WIDTH - LABEL) // 2
    rows = []
    for pair in itertools.zip_longest(left, right, fillvalue=''):
        cells = [textwrap.wrap(re.sub(r' \[[\w-]+\]$', '', text), half - 2) or ['']
                 for text in pair]
        rows += [f'{"":<{LABEL}}{a:<{half}}{b}'.rstrip()
                 for a, b in itertools.zip_longest(*cells, fillvalue='')]
    return rows


def _report(report):
    facts = [f'line {report["line"]}']
    if report['cpu'] is not None:
        facts.append(f'CPU {report["cpu"]}')
    if report['kernel']:
        facts.append(f'kernel {report["kernel"]}' + (' PREEMPT_RT' if report['realtime'] else ''))
    if report['again']:
        facts.append(f'{report["again"]} more like it')
    head = textwrap.wrap(f'== {report["title"]} ({", ".join(facts)})', WIDTH)
    rows = _labelled('What', report['what'])
    rows += _columns(report['lockdep'])
    rows += _labelled('Context', report['context'])
    rows += _labelled('Your code', _path(report))
    if report['freed_by']:
        rows += _labelled('Freed by', _name(report['freed_by']))
    rows += _labelled('Rule', report['rule'])
    rows += _labelled('Fix', report['fix'])
    rows += _labelled('Do not', report['not'])
    more = _labelled('See more', report['more'])
    for note in report['also'][:3]:
        more += _labelled('Also', f'line {note["line"]}: {note["note"]}.')
    last = _labelled('Read', report['read'])
    if report['pairs']:
        last += _labelled('Try', ' or '.join(f'make pair PAIR={pair}' for pair in report['pairs']))
    # If there is not enough room, leave out the consequences, and the advice on how to get a better
    # report.
    room = LINES - len(head) - len(rows) - len(last)
    rows += more[:max(room, 0)] + last
    return head + rows[:LINES - len(head)]


def _unknown(other):
    head = f'== a report that I do not know: {other["message"][:200]} (line {other["line"]})'
    return textwrap.wrap(head, WIDTH) + _labelled('Context', other['context']) + \
        _labelled('Read', other['read'])


def text(result, out):
    """Prints the whole result."""
    bold = out.isatty()

    def put(rows):
        for row in rows:
            if bold and row.startswith('=='):
                row = f'\033[1m{row}\033[0m'
            elif bold and row[:1] != ' ':
                row = f'\033[1m{row[:LABEL]}\033[0m{row[LABEL:]}'
            print(row, file=out)
        print(file=out)

    for report in result['reports']:
        put(_report(report))
    for other in result['unknown'][:MAX_UNKNOWN]:
        put(_unknown(other))
    more = len(result['unknown']) - MAX_UNKNOWN
    if more > 0:
        print(f'Further reports that I do not know: {more}.', file=out)
    if result['dropped']:
        print(f'Further reports: {result["dropped"]}. The first ones matter most.', file=out)
    if not result['reports'] and not result['unknown']:
        print('No report about deferred work in this log.', file=out)
    if result['others']:
        plural = 's' if result['others'] > 1 else ''
        print(f'{result["others"]} other report{plural} in this log: not about deferred work, '
              'as far as this tool can tell.', file=out)
