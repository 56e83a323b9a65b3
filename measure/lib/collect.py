#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Makes results.json from the files that latency.sh and frames.sh wrote, in VMs or on this computer.

Usage: collect.py --kernel NAME --unit UNIT [--config FILE] [--qemu FILE] [--revision TEXT]
                  [--cross FOLDER] OUTPUT RUN...

Each RUN is a folder with about.tsv, latency.tsv and usually frames.tsv (see latency.c and
frames.sh). The quantiles come from the first run. A median is marked "exact" if there are at least two runs, and all
runs give the same number. What a frame costs is computed from the points of all runs (see fit.py).

If the figures cannot be right, collect.py writes them to OUTPUT.refused and not to OUTPUT, and ends with status 1.
"""
import argparse
import os
import re
import sys

sys.dont_write_bytecode = True

import figures  # noqa: E402
import fit      # noqa: E402

# These mechanisms wait for the tick. If the CPU is idle, the VM's clock jumps to the next tick. If the
# CPU is busy, other code runs until the next tick. So for these mechanisms the result is how long they
# waited, and not how many instructions ran.
WAIT_FOR_TICK = ('timer', 'rcu')

# If frames are less than 100 us apart, pktgen spins until it sends the next frame. Then the CPU is never idle, so the
# number of instructions says how much time has passed, and not what a frame costs.
SLEEPS_FROM_NS = 100000
# Drivers of the kernel, measured for comparison
COMPARED = 'dummy', 'veth', 'netdevsim'


def rows(folder, name):
    """Returns the lines of FOLDER/NAME as lists of fields; no lines if the file does not exist."""
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as file:
        return [line.rstrip('\n').split('\t') for line in file if line.strip()]


def five(fields):
    return dict(zip(figures.QUANTILES, (int(field) for field in fields)))


def mechanisms(runs, unit, from_cross=False):
    """Returns the records of latency.tsv, with the medians of every run."""
    found = {}
    for folder in runs:
        for row in rows(folder, 'latency.tsv'):
            setting, mechanism, events = row[:3]
            record = found.setdefault((setting, mechanism), {
                'setting': setting, 'mechanism': mechanism, 'events': int(events),
                'unit': 'ns' if mechanism in WAIT_FOR_TICK and unit == 'instructions' else unit,
                'exact': False, 'latency': five(row[3:8]), 'round_trip': five(row[8:13]),
                'runs': {'latency': [], 'round_trip': []},
            })
            record['runs']['latency'].append(int(row[4]))
            record['runs']['round_trip'].append(int(row[9]))
    # The quantile p1 is only in quantiles.tsv of the first run, not in latency.tsv.
    for row in rows(runs[0], 'quantiles.tsv'):
        record = found.get((row[0], row[1]))
        if record:
            record['latency']['p1'] = int(row[3])
    for record in found.values():
        # If a mechanism waits for the tick, its time is never marked as exact, even if two runs give the same time.
        # Such a time depends on the tick, and not on our code.
        record['exact'] = not from_cross and record['unit'] == 'instructions' and all(
            len(medians) > 1 and len(set(medians)) == 1 for medians in record['runs'].values())
    return list(found.values())


def frames(runs):
    """Reads the lines of frames.tsv that begin with "frames". Returns one record for each combination of device, size,
    load and number of queues. The cost in a record is the slope of the line through the points of all runs."""
    points = {}
    for folder in runs:
        for row in rows(folder, 'frames.tsv'):
            if row[0] == 'frames':
                key = row[1], int(row[2]), None if row[3] == 'flood' else int(row[3]), int(row[4])
                points.setdefault(key, {}).setdefault(folder, []).append(
                    tuple(int(field) for field in row[5:9]))
    records = []
    for (device, size, per_second, queues), by_run in points.items():
        every = [point for part in by_run.values() for point in part]
        middle, low, high, interrupts, missed = fit.frame(every)
        record = {
            'device': device, 'size': size, 'per_second': per_second, 'queues': queues,
            'instructions': round(middle), 'spread': [round(low), round(high)],
            'runs': [round(fit.frame(part)[0]) for part in by_run.values()],
            'samples': len(every), 'exact': False,
            'interrupts': round(interrupts, 3), 'missed': missed,
            'points': [point[:2] for point in every],
        }
        # A lost frame costs less than a received frame, so there is no figure if frames were lost. Our own driver must
        # not lose any frame.
        lossy = missed and device in COMPARED
        if lossy or (per_second and 1e9 / per_second <= SLEEPS_FROM_NS):
            record.update(instructions=None, spread=None, runs=None)
        else:
            record['exact'] = len(record['runs']) > 1 and len(set(record['runs'])) == 1
        records.append(record)
    return records


def streams(runs):
    """Reads the lines of frames.tsv that begin with "stream". Returns one record for each kind of TCP connection. The
    cost in a record is per KiB: it is the slope of the line through the points of all runs."""
    points = {}
    for folder in runs:
        for row in rows(folder, 'frames.tsv'):
            if row[0] == 'stream':
                points.setdefault(row[1], {}).setdefault(folder, []).append(
                    (1024 * int(row[2]), int(row[3]), int(row[4])))
    records = []
    for name, by_run in points.items():
        every = [point for part in by_run.values() for point in part]
        slopes = [[round(value) for value in fit.slope([point[:2] for point in part])] for part in (every, *by_run.values())]
        records.append({
            'stream': name, 'instructions': slopes[0][0], 'spread': slopes[0][1:], 'runs': [slope[0] for slope in slopes[1:]],
            'samples': len(every), 'exact': len(slopes) > 2 and len(set(slope[0] for slope in slopes[1:])) == 1,
            'sent_again': sum(point[2] for point in every), 'points': [point[:2] for point in every]})
    return records


def effect(runs):
    found = {}
    for folder in runs:
        for row in rows(folder, 'frames.tsv'):
            if row[0] == 'effect':
                record = found.setdefault((row[1], row[2]), {
                    'strategy': row[1], 'under_way': int(row[2]), 'interrupts': float(row[3]),
                    'exact': False, 'runs': []})
                record['runs'].append(float(row[3]))
                record['exact'] = len(record['runs']) > 1 and len(set(record['runs'])) == 1
    return list(found.values())


def counters(runs):
    """Returns what the CPU counted per event, from the file counters.tsv that measure/run-host makes."""
    names = 'cycles', 'instructions', 'cache_misses', 'tlb_misses', 'task_switches'
    return [dict({'setting': row[0], 'mechanism': row[1], 'events': int(row[2])},
                 **{name: None if field == '-' else float(field)
                    for name, field in zip(names, row[3:])})
            for folder in runs for row in rows(folder, 'counters.tsv')]


def busy_time_checks(runs):
    return [{'what': row[1], 'length_ns': int(row[2]), 'busy_ns': int(row[3])}
            for folder in runs for row in rows(folder, 'frames.tsv') if row[0] == 'idle']


def machine(folder, config, qemu):
    """Returns what the figures depend on: the kernel, the processor, the emulator."""
    about = {}
    mitigations = {}
    for row in rows(folder, 'about.tsv'):
        if row[0] == 'mitigation':
            mitigations[row[1]] = row[2]
        else:
            about[row[0]] = row[1]
    result = {
        'release': about.get('release'), 'version': about.get('version'),
        'command_line': about.get('command_line'), 'cpus': int(about.get('cpus', 0)),
    }
    for name in ('clock', 'governor', 'idle_states', 'cpu'):    # only measure/run-host records these
        if name in about:
            result[name] = about[name]
    if config:
        with open(config, encoding='utf-8') as file:
            text = file.read()
        result['hz'] = int(re.search(r'^CONFIG_HZ=(\d+)$', text, re.M).group(1))
        result['config_sha256'] = hash_of(text)
    result['mitigations'] = mitigations
    result['cpu_flags'] = about.get('cpu_flags', '').split()
    if qemu:
        result['qemu'] = emulator(qemu)
    return result


def hash_of(text):
    # The first 16 of the digits that "sha256sum" prints
    import hashlib
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def emulator(path):
    """Reads the file that "vm/run --qemu" wrote. Returns QEMU's version, and the options that influence a count."""
    with open(path, encoding='utf-8') as file:
        words = file.read().split('\n')
    version = re.search(r'version (.*)', words[0])
    result = {'version': version.group(1) if version else words[0]}
    for option in ('-accel', '-icount', '-cpu', '-machine', '-smp', '-m'):
        if option in words:
            value = words[words.index(option) + 1]
            result[option[1:]] = int(value) if option in ('-smp', '-m') else value
    return result


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split('\n\n')[1].replace('Usage: ', ''))
    parser.add_argument('--kernel', required=True)
    parser.add_argument('--unit', required=True, choices=('instructions', 'cycles'))
    parser.add_argument('--config')
    parser.add_argument('--qemu')
    parser.add_argument('--revision', default='unknown')
    parser.add_argument('--cross')
    parser.add_argument('output')
    parser.add_argument('run', nargs='+')
    args = parser.parse_args()

    result = {
        'schema': figures.SCHEMA,
        'kernel': args.kernel,
        'revision': args.revision,
        'machine': machine(args.run[0], args.config, args.qemu),
        'runs': len(args.run),
        'units': {
            'instructions': 'instructions of the VM, one per nanosecond of its clock',
            'ns': 'nanoseconds of the clock: the mechanism waits for the tick',
            'cycles': "cycles of the CPU's counter: not exact",
        },
        'mechanisms': mechanisms(args.run, args.unit),
    }
    if any(rows(folder, 'counters.tsv') for folder in args.run):
        result['counters'] = counters(args.run)
    if args.cross and rows(args.cross, 'latency.tsv'):
        result['cross_is'] = "two CPUs in real time, in cycles of the host's counter: not exact"
        result['cross'] = mechanisms([args.cross], 'cycles', True)
    if any(rows(folder, 'frames.tsv') for folder in args.run):
        result['busy_time_checks'] = busy_time_checks(args.run)
        result['frames'] = frames(args.run)
        result['streams'] = streams(args.run)
        result['effect'] = effect(args.run)

    if os.path.exists(args.output):
        os.unlink(args.output)
    reasons = figures.refusals(result)
    figures.dump(result, args.output + '.refused' if reasons else args.output)
    if reasons:
        more = ['... and %d more' % (len(reasons) - 10)] if len(reasons) > 10 else []
        sys.exit('\n'.join(['measure: refused: ' + reason for reason in reasons[:10]] + more +
                           ['These figures cannot be right. They are in %s.refused' % args.output]))


if __name__ == '__main__':
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit('measure: cannot make figures of the results: %s' % error)
