# SPDX-License-Identifier: GPL-2.0
"""The figures of the latency benchmark: reads them, and refuses figures that cannot be right."""
import json

SCHEMA = 'bottom-halves measure 3'
QUANTILES = ('min', 'p50', 'p90', 'p99', 'max')


class Refused(Exception):
    """Raised for figures that cannot be right, or for a file that does not contain figures."""

    def __init__(self, name, reasons):
        super().__init__('\n'.join('%s: refused: %s' % (name, reason) for reason in reasons))
        self.reasons = reasons


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value


def name_of(record):
    """Returns the name of a record in a table or a message."""
    if 'mechanism' in record:
        return '%s, %s' % (record['mechanism'], record['setting'])
    if 'stream' in record:
        return 'TCP through %s' % record['stream']
    if 'device' in record:
        load = '%s per second' % record['per_second'] if record['per_second'] else 'flood'
        queues = '' if record['queues'] == 1 else ', %s queues' % record['queues']
        return '%s, %s bytes, %s%s' % (record['device'], record['size'], load, queues)
    return '%s, %s frames under way' % (record['strategy'], record['under_way'])


# ---- figures that cannot be right

def wrong_quantiles(record, which):
    values = [record.get(which, {}).get(name) for name in QUANTILES]
    if not all(number(value) for value in values):
        return ['%s: %s has no %s' % (name_of(record), which, ', '.join(
            name for name, value in zip(QUANTILES, values) if not number(value)))]
    if values[0] <= 0:
        return ['%s: the shortest %s is %s, but it must be more than 0' %
                (name_of(record), which, values[0])]
    if values != sorted(values):
        return ['%s: %s falls from one quantile to the next: %s' % (name_of(record), which, values)]
    return []


def wrong_mechanism(record):
    reasons = wrong_quantiles(record, 'latency') + wrong_quantiles(record, 'round_trip')
    # In the setting "flood", the interrupted code resumes without waiting for the bottom half.
    if not reasons and record['setting'].split(',')[0] in ('idle', 'user') and \
            record['round_trip']['p50'] <= record['latency']['p50']:
        reasons.append('%s: the whole round trip, %s, is not longer than its part, %s' % (
            name_of(record), record['round_trip']['p50'], record['latency']['p50']))
    for which in ('latency', 'round_trip'):
        if not reasons and record[which]['p50'] != record['runs'][which][0]:
            reasons.append('%s: the median of %s is %s, but that of the first run is %s' % (
                name_of(record), which, record[which]['p50'], record['runs'][which][0]))
    return reasons


def wrong_frame(record):
    name = name_of(record)
    reasons = []
    if record['missed'] and record['instructions'] is not None:
        reasons.append('%s: %s frames did not arrive, and a frame that is missed costs less' %
                       (name, record['missed']))
    # Each event of the NIC and each transfer of its DMA controller raises at most one interrupt.
    if not number(record['interrupts']) or not 0 <= record['interrupts'] <= 4:
        reasons.append('%s: %s interrupts per frame, but there must be 0 to 4' %
                       (name, record['interrupts']))
    if record['instructions'] is None:
        return reasons    # There is no cost, because pktgen spins or frames were lost: see collect.py.
    return reasons + wrong_slope(record, 'frame')


def wrong_slope(record, per):
    name = name_of(record)
    values = [record['spread'][0], record['instructions'], record['spread'][1]]
    if not all(number(value) for value in values) or values[0] <= 0:
        return ['%s: %s instructions per %s (middle half %s to %s), but it must be more than 0' % (
            name, values[1], per, values[0], values[2])]
    if values != sorted(values):
        return ['%s: %s instructions per %s lies outside of its own middle half, %s to %s' % (
            name, values[1], per, values[0], values[2])]
    return []


def wrong_stream(record):
    reasons = wrong_slope(record, 'KiB')
    if record['sent_again']:
        reasons.append('%s: %s segments were lost and sent again' % (name_of(record), record['sent_again']))
    return reasons


CHEAPER = 0.85


def cheaper_when_larger(frames):
    """Finds larger frames that cost less than smaller frames. This cannot be right, because a larger frame takes longer
    to copy and clear. But CHEAPER allows a small difference for two reasons. First, each figure has a spread. Second,
    __netdev_alloc_skb() takes the head of a small packet from kmalloc(), and the head of a larger packet from a page
    fragment. On 6.1 a frame through dummy took 11 % fewer instructions with a page fragment.
    """
    reasons = []
    before = {}
    for record in sorted((record for record in frames if number(record['instructions'])),
                         key=lambda record: record['size']):
        key = record['device'], record['per_second'], record['queues']
        smaller = before.get(key)
        if smaller and record['spread'][1] < CHEAPER * smaller['spread'][0]:
            reasons.append('%s: %s instructions per frame are less than the %s of %s bytes' % (
                name_of(record), record['instructions'], smaller['instructions'],
                smaller['size']))
        before[key] = record
    return reasons


def wrong_idle(checks):
    """Returns what is wrong with the count of busy time. When bh_busy.ko was loaded, it made three checks of this
    count. A loop must count as busy. A sleep must count as idle. An interrupt during a sleep must count as busy.
    """
    if not checks:
        return ['there are frames, but the count of busy time was not checked']
    reasons = []
    for what, length, busy in ((c['what'], c['length_ns'], c['busy_ns']) for c in checks):
        least, most = {
            'loop': (0.995 * length, 1.005 * length),
            'sleep': (1, 0.02 * length),
            'interrupt': (9.95e6, 10.05e6 + 0.02 * length),
        }[what]
        if not least <= busy <= most:
            reasons.append('of a %s that took %s ns, %s ns counted as busy, but it must be '
                           '%.0f to %.0f' % (what, length, busy, least, most))
    return reasons


def refusals(figures):
    """Returns the reasons why these figures cannot be right; the list is empty if there are no such reasons."""
    if figures.get('schema') != SCHEMA:
        return ['it says schema "%s", and this tool reads "%s": measure anew' %
                (figures.get('schema'), SCHEMA)]
    reasons = []
    for record in figures['mechanisms'] + figures.get('cross', []):
        reasons += wrong_mechanism(record)
    for record in figures.get('frames', []):
        reasons += wrong_frame(record)
    if not reasons:
        reasons += cheaper_when_larger(figures.get('frames', []))
    for record in figures.get('streams', []):
        reasons += wrong_stream(record)
    if figures.get('frames'):
        reasons += wrong_idle(figures.get('busy_time_checks'))
    for record in figures.get('effect', []):
        if not number(record['interrupts']) or not 0 < record['interrupts'] <= 4:
            reasons.append('%s: %s interrupts per frame' % (name_of(record), record['interrupts']))
        elif record['interrupts'] != record['runs'][0]:
            reasons.append('%s: %s interrupts per frame, but %s in the first run' %
                           (name_of(record), record['interrupts'], record['runs'][0]))
    if not figures['mechanisms']:
        reasons.append('there is no mechanism')
    return reasons


# ---- files

def load(path):
    """Reads the figures in the file @path. Raises Refused if the figures cannot be right."""
    with open(path, encoding='utf-8') as file:
        try:
            figures = json.load(file)
        except ValueError as error:
            raise Refused(path, ['it is no JSON: %s' % error]) from None
    if not isinstance(figures, dict):
        raise Refused(path, ['it holds no figures'])
    try:
        reasons = refusals(figures)
    except (KeyError, TypeError, IndexError) as error:
        reasons = ['a field is missing or of the wrong kind: %r' % error]
    if reasons:
        raise Refused(path, reasons)
    return figures


def lines(value):
    return json.dumps(value, separators=(',', ':'))


def dump(figures, path):
    """Writes @figures with one record per line, so that "git diff" shows which records changed."""
    parts = []
    for key, value in figures.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            text = '[\n%s\n ]' % ',\n'.join('  ' + lines(record) for record in value)
        elif isinstance(value, dict):
            text = '{\n%s\n }' % ',\n'.join(
                '  %s: %s' % (json.dumps(name), lines(item)) for name, item in value.items())
        else:
            text = lines(value)
        parts.append(' %s: %s' % (json.dumps(key), text))
    with open(path, 'w', encoding='utf-8') as file:
        file.write('{\n%s\n}\n' % ',\n'.join(parts))


# ---- looking things up

def mechanism(figures, setting, name):
    """Returns the record of a mechanism in a setting, or None if there is no such record."""
    for record in figures['mechanisms']:
        if (record['setting'], record['mechanism']) == (setting, name):
            return record
    return None


def median(figures, setting, name, which='latency'):
    record = mechanism(figures, setting, name)
    return record[which]['p50'] if record else None


def frame(figures, device, size, per_second=None, queues=1):
    """Returns the record of a device, or None if there is no such record."""
    for record in figures.get('frames', []):
        if (record['device'], record['size'], record['per_second'], record['queues']) == \
                (device, size, per_second, queues):
            return record
    return None


def stream(figures, name):
    """Returns the record of a TCP connection, or None if there is no such record."""
    for record in figures.get('streams', []):
        if record['stream'] == name:
            return record
    return None
