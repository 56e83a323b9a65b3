#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints figures as tables.

Usage: tables.py FILE           all figures of one file
       tables.py FILE OTHER     the medians from raise to bottom half of two kernels, side by side

FILE is a results.json of make measure, or one of measure/figures/.
"""
import sys

sys.dont_write_bytecode = True

import figures  # noqa: E402

SETTINGS = {
    'idle': 'CPU idle',
    'user': 'CPU busy in user space',
    'flood': 'CPU busy in softirq (network flood)',
    'cross': 'the bottom half on another CPU',
}


def latency(records, title, unit):
    print('\n%s, in %s\n' % (title, unit))
    print('  %-20s %11s %11s %11s %11s %11s | %12s' % (
        'raise to bottom half', *figures.QUANTILES, 'round trip'))
    for record in records:
        mark = ' ns' if record['unit'] != unit else '' if record['exact'] else ' ~'
        print('  %-20s %s | %12d%s' % (
            record['mechanism'],
            ' '.join('%11d' % record['latency'][name] for name in figures.QUANTILES),
            record['round_trip']['p50'], mark))


COUNTERS = 'cycles', 'instructions', 'cache_misses', 'tlb_misses', 'task_switches'


def counted(records, title):
    """Prints, for each mechanism, what the CPU counted per event while it ran in kernel mode."""
    print('\n%s, what the CPU counted in the kernel per event' % title)
    print('(the whole path of an event, with the calls of the program that measures)\n')
    print('  %-20s' % '' + ' '.join('%13s' % name.replace('_', ' ') for name in COUNTERS))
    for record in records:
        print('  %-20s' % record['mechanism'] + ' '.join(
            '%13s' % ('-' if record[name] is None else '%.1f' % record[name])
            for name in COUNTERS))
    if all(record[name] is None for record in records for name in COUNTERS[:4]):
        print('  -: this CPU has no performance counters, or the hypervisor hides them')


def by_setting(records):
    settings = {}
    for record in records:
        settings.setdefault(record['setting'], []).append(record)
    return settings


def titled(setting):
    word, _, more = setting.partition(', ')
    return SETTINGS.get(word, word) + (', with ' + more if more else '')


def all_of(path):
    data = figures.load(path)
    unit = 'instructions' if 'qemu' in data['machine'] else data['mechanisms'][0]['unit']
    for setting, records in by_setting(data['mechanisms']).items():
        latency(records, titled(setting), unit)
    if unit == 'instructions':
        print('\n  ns: nanoseconds of the clock, because the mechanism waits for the tick.' +
              ('  ~: two runs gave two medians.' if data['runs'] > 1 else
               '  One run only: no median is known to be exact.'))
    for setting, records in by_setting(data.get('counters', [])).items():
        counted(records, titled(setting))
    for setting, records in by_setting(data.get('cross', [])).items():
        latency(records, 'Two CPUs in real time, NOT exact: %s' % titled(setting), 'cycles')
    if data.get('frames'):
        print('\nNetwork driver: instructions and interrupts per frame\n')
        print('  %-20s %6s %8s %7s %13s %17s %11s' % (
            'device', 'bytes', 'load', 'queues', 'instructions', 'middle half', 'interrupts'))
    for record in data.get('frames', []):
        spread = '%d to %d' % tuple(record['spread']) if record['spread'] else '-'
        print('  %-20s %6d %8s %7d %13s %17s %11.3f' % (
            record['device'], record['size'], record['per_second'] or 'flood', record['queues'],
            record['instructions'] or '-', spread, record['interrupts']))
    if data.get('streams'):
        print('\nOne TCP connection: instructions per KiB\n')
    for record in data.get('streams', []):
        print('  %-20s %13s %17s' % (record['stream'], record['instructions'], '%d to %d' % tuple(record['spread'])))
    strategies = {}
    for record in data.get('effect', []):
        strategies.setdefault(record['strategy'], []).append(record)
    if strategies:
        print('\nInterrupts per frame, by number of frames under way\n')
    for strategy, records in strategies.items():
        print('  %-12s%s' % (strategy, ' '.join(
            '%4d: %.3f' % (record['under_way'], record['interrupts']) for record in records)))


def side_by_side(path, other):
    one, two = figures.load(path), figures.load(other)
    settings = ['idle', 'user', 'flood']
    names = list(dict.fromkeys(record['mechanism'] for record in two['mechanisms']
                               if record['setting'] in settings))
    print('\nSide by side, medians from raise to bottom half (hardirq: from the event)\n')
    print('  %-20s %s' % ('', ' '.join('%-29s' % (' ' + title) for title in (
        'CPU idle', 'CPU busy in user space', 'CPU busy in softirq'))))
    print('  %-20s%s' % ('', ' %11s %11s      ' % (one['kernel'], two['kernel']) * 3))
    for name in names:
        line = '  %-20s' % name
        for setting in settings:
            a, b = (figures.median(each, setting, name) for each in (one, two))
            line += ' %11s %11s %5s' % (a if a else '-', b if b else '-',
                                        'x%.1f' % (b / a) if a and b else '')
        print(line)


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    try:
        if len(sys.argv) == 2:
            all_of(sys.argv[1])
        else:
            side_by_side(*sys.argv[1:])
    except figures.Refused as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit('measure: cannot read figures: %s' % error)


if __name__ == '__main__':
    main()
