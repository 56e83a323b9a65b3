#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Usage: measure/tables.py FOLDER - results of the running kernel as FOLDER/results.json and as tables

The results of the latency benchmark: from lines of tabs to JSON, to tables, to figures that can
be compared. Other scripts import this one.
"""
import json
import os
import sys
from decimal import Decimal

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
QUANTILES = ['min', 'p50', 'p90', 'p99', 'max']
# The names of a record are its key; the rest are its figures.
KEYS = {'mechanisms': ['setting', 'mechanism'], 'cross': ['setting', 'mechanism'],
        'frames': ['device', 'size', 'load', 'queues'], 'effect': ['strategy', 'under_way']}
FIGURES = {'frames': ['instructions', 'interrupts', 'missed'], 'effect': ['interrupts']}
HEADS = {'idle': 'CPU idle', 'user': 'CPU busy in user space', 'flood': 'CPU busy in softirq (network flood)'}
CROSS_IS = "two CPUs in real time, cycles of the host's counter; not exact"


def rows(path):
    """The lines of a file as lists of fields; none if there is no file."""
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as file:
        return [line.rstrip('\n').split('\t') for line in file]


def number(text):
    """A figure: "-" is none, and "1.000" stays that."""
    return None if text == '-' else Decimal(text)


def collect(about, latency, cross=(), frames=(), exact=True, unit='instructions'):
    """The results as one object. A figure that cannot be right is refused."""
    result = {'schema': 'bottom-halves measure 2', **dict(about), 'exact': exact, 'unit': unit, 'mechanisms': []}

    def add(kind, fields):
        five = [number(field) for field in fields[2:13]]
        if None in five or min(five) <= 0:
            raise ValueError(f'no figures of a mechanism: {" ".join(fields)}')
        result[kind].append({'setting': fields[0], 'mechanism': fields[1], 'events': five[0],
                             'latency': dict(zip(QUANTILES, five[1:6])),
                             'round_trip': dict(zip(QUANTILES, five[6:11]))})
    for fields in latency:
        add('mechanisms', fields)
    # Without icount, the cycle counter of the VM with two CPUs is the host's.
    if cross:
        result.update(cross_is=CROSS_IS, cross=[])
    for setting, mechanism, *rest in cross:
        add('cross', ['cross', mechanism if setting == 'cross' else f'{setting}: {mechanism}', *rest])
    for kind in ('frames', 'effect') if frames else ():
        result[kind] = [
            {name: field if name in ('device', 'load', 'strategy') else number(field)
             for name, field in zip(KEYS[kind] + FIGURES[kind], fields[1:])} for fields in frames if fields[0] == kind]
    return result


def _text(value):
    if isinstance(value, dict):
        return '{' + ','.join(f'"{name}":{_text(inner)}' for name, inner in value.items()) + '}'
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def dump(result, path):
    """Writes it as JSON, each record on a line of its own: so a diff of two runs can be read."""
    parts = []
    for name, value in result.items():
        text = '[\n' + ',\n'.join('  ' + _text(record) for record in value) + '\n ]' \
            if isinstance(value, list) else _text(value)
        parts.append(f' "{name}": {text}')
    with open(path, 'w', encoding='utf-8') as file:
        file.write('{\n' + ',\n'.join(parts) + '\n}\n')


def load(path):
    """Reads it."""
    with open(path, encoding='utf-8') as file:
        return json.load(file, parse_float=Decimal, parse_int=Decimal)


def recorded(kernel):
    """The figures in measure/figures of a kernel; None if there are none."""
    path = f'{TOP}/measure/figures/{kernel}.json'
    return load(path) if os.path.exists(path) else None


def flat(result):
    """Each exact figure by its key, "mechanisms SETTING MECHANISM latency.p50" and the like."""
    found = {}
    for kind in ('mechanisms', 'frames', 'effect'):
        for record in result.get(kind, []):
            key = ' '.join([kind] + [str(record[name]) for name in KEYS[kind]])
            for name, value in record.items():
                if isinstance(value, dict):
                    found.update({f'{key} {name}.{inner}': figure for inner, figure in value.items()})
                elif name not in KEYS[kind] and value is not None:
                    found[f'{key} {name}'] = value
    return found


def show(result):
    """Prints the tables of one run."""
    setting = None
    for record in result['mechanisms'] + result.get('cross', []):
        if record['setting'] != setting:
            setting = record['setting']
            head = f'{HEADS.get(setting, "CPU " + setting)}: {result["unit"]}'
            if setting == 'cross':
                head = "Two CPUs in real time: cycles of the host's counter, NOT exact"
            print(f'\n{head}\n\n  {"raise to bottom half":<26}', *(f'{name:>10}' for name in QUANTILES),
                  f'| {"round trip":>12}')
        print(f'  {record["mechanism"]:<26}', *(f'{record["latency"][name]:>10}' for name in QUANTILES),
              f'| {record["round_trip"]["p50"]:>12}')
    form = '  {:<20} {:>6} {:>8} {:>7} {:>13} {:>11} {:>7}'
    if result.get('frames'):
        print('\nNetwork driver: instructions and interrupts per frame\n')
        print(form.format('device', 'bytes', 'load', 'queues', *FIGURES['frames']))
    for record in result.get('frames', []):
        print(form.format(*('-' if value is None else value for value in record.values())))
    if result.get('effect'):
        print('\nInterrupts per frame, by number of frames under way\n')
    for strategy in dict.fromkeys(record['strategy'] for record in result.get('effect', [])):
        print(f'  {strategy:<12}', *(f'{record["under_way"]:>3}: {record["interrupts"]} '
                                     for record in result['effect'] if record['strategy'] == strategy))
    print()


def side_by_side(name, result, other_name, other):
    """Prints the medians from raise to bottom half of two kernels, if there are figures of both."""
    if not result or not other:
        return
    was, now = flat(result), flat(other)
    print('\nSide by side, medians from raise to bottom half (hardirq: from the event)\n')
    print(f'  {"":<20} {" CPU idle":<30} {" CPU busy in user space":<30}  CPU busy in softirq')
    print(f'  {"":<20}' + f' {name:>11} {other_name:>11} {"":>5} ' * 3)
    for mechanism in dict.fromkeys(record['mechanism'] for record in other['mechanisms']
                                   if record['setting'] in ('idle', 'user', 'flood')):
        cells = ''
        for setting in ('idle', 'user', 'flood'):
            key = f'mechanisms {setting} {mechanism} latency.p50'
            one, two = was.get(key), now.get(key)
            times = f'x{two / one:.1f}' if one and two else ''
            cells += f' {one or "":>11} {two or "":>11} {times:>5} '
        print(f'  {mechanism:<20}{cells}')


def main():
    """Of measure/run-host."""
    folder = sys.argv[1]
    result = collect(rows(f'{folder}/about.tsv'), rows(f'{folder}/latency.tsv'), exact=False, unit='cycles')
    dump(result, f'{folder}/results.json')
    show(result)


if __name__ == '__main__':
    main()
