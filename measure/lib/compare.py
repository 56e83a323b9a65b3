# SPDX-License-Identifier: GPL-2.0
"""Compares newly measured figures with the committed figures.

There is one test for each median of a mechanism, two for each kind of frame (its cost and its interrupts), one for the
cost of each TCP connection, and one for the interrupts of each strategy and number of frames under way. A test fails if
the new figure is too far above or below the committed figure. It also fails if there is no new figure.

A figure is too far from the committed one if it differs by more than:
  mechanism, in instructions     2 % from the nearest committed run
  mechanism that waits for ticks 5 % from the nearest committed run
  frame                          3 % between the middle halves of the slopes (see fit.py). With the
                                 strategies workqueue and threaded 10 %, because receiver and sender
                                 are two tasks, and the tick decides when they take turns
  TCP connection                10 % between the middle halves of the slopes
  interrupts per frame           5 % and 0.02, with two tasks 10 % and 0.02
  the same, with a given number
  of frames under way           10 % and 0.05 from the nearest committed run
"""
import figures

# The strategies with which two tasks, the sender and the receiver, take turns on the CPU
TWO_TASKS = ('workqueue', 'threaded')


class Test:
    """A comparison of two ranges, @was and @new. The distance between them may be at most @allowed."""

    def __init__(self, name, was, new, allowed, medians):
        self.name, self.was, self.new = name, was, new
        self.allowed, self.medians = allowed, medians

    def off(self):
        """Returns the distance between the two ranges, relative to the old range; negative if the new range is below
        the old range."""
        if self.new[0] > self.was[1]:
            return self.new[0] / self.was[1] - 1
        if self.new[1] < self.was[0]:
            return self.new[1] / self.was[0] - 1
        return 0.0

    def failed(self):
        return abs(self.off()) > self.allowed


def interrupts(name, was, new):
    """Returns the test of the interrupts per frame. Few interrupts per frame would differ by many percent, so part of
    what is allowed does not depend on their number: it is added to the old range."""
    if 'strategy' in was:
        runs, allowed, more = was['runs'], 0.10, 0.05
    else:
        runs, allowed, more = [was['interrupts']], 0.10 if was['device'] in TWO_TASKS else 0.05, 0.02
    return Test(name, (min(runs) - more, max(runs) + more), (new['interrupts'], new['interrupts']), allowed,
                (was['interrupts'], new['interrupts']))


def tests_of(was, new):
    """Yields the tests that compare the record @new with the record @was; @new is None if nothing was measured for
    it."""
    if 'mechanism' in was:
        for which, title in (('latency', 'raise to bottom half'), ('round_trip', 'round trip')):
            name = '%s: %s' % (figures.name_of(was), title)
            if new is None:
                yield name, None
                continue
            runs = was['runs'][which]
            p50 = new[which]['p50']
            allowed = 0.05 if was['unit'] == 'ns' else 0.02
            yield name, Test(name, (min(runs), max(runs)), (p50, p50), allowed, (was[which]['p50'], p50))
        return
    if 'interrupts' in was:
        name = '%s: interrupts per frame' % figures.name_of(was)
        yield name, new and interrupts(name, was, new)
    if was.get('instructions') is not None:
        name = '%s: instructions per %s' % (figures.name_of(was), 'frame' if 'device' in was else 'KiB')
        if new is None or new['instructions'] is None:
            yield name, None
            return
        allowed = 0.10 if was.get('device') in TWO_TASKS or 'stream' in was else 0.03
        yield name, Test(name, was['spread'], new['spread'], allowed,
                         (was['instructions'], new['instructions']))


def key_of(record):
    return tuple(record.get(name) for name in
                 ('setting', 'mechanism', 'device', 'size', 'per_second', 'queues', 'stream', 'strategy', 'under_way'))


def records(data):
    return data['mechanisms'] + [record for part in ('frames', 'streams', 'effect') for record in data.get(part, [])]


def compare(committed, measured, some=False, say=print):
    """Prints the tests that failed, and the figures that have changed. Returns four counts: passed, failed, skipped,
    equal. With some=True, a figure that was not measured does not count as a failure."""
    passed = failed = skipped = same = 0
    new = {key_of(record): record for record in records(measured)}
    for was in records(committed):
        for name, test in tests_of(was, new.pop(key_of(was), None)):
            if test is None and some:
                skipped += 1
            elif test is None:
                say('not ok - %s: not measured now' % name)
                failed += 1
            elif test.failed():
                say('not ok - %s: was %s, is %s: %.1f %% too %s' % (
                    name, *('{:,}'.format(n) for n in test.medians), 100 * abs(test.off()),
                    'much' if test.off() > 0 else 'little'))
                failed += 1
            else:
                passed += 1
                same += test.medians[0] == test.medians[1]
                if test.medians[0] != test.medians[1]:
                    say('# %s: was %s, is %s' % (name, *('{:,}'.format(n) for n in test.medians)))
    for record in new.values():
        say('# %s: new' % figures.name_of(record))
        skipped += 1
    if not passed and not failed:
        say('not ok - there is no figure to compare')
        failed = 1
    say('# the same to the instruction: %d of %d' % (same, passed + failed))
    return passed, failed, skipped, same


def files(committed, measured, some=False, say=print):
    """Compares two files; returns passed, failed, skipped. Figures that cannot be right count as failures."""
    try:
        was, new = figures.load(committed), figures.load(measured)
    except figures.Refused as error:
        say('not ok - %s' % str(error).replace('\n', '\nnot ok - '))
        return 0, len(error.reasons), 0
    releases = was['machine']['release'], new['machine']['release']
    if releases[0] != releases[1]:
        say('# the committed figures are of %s, the new ones of %s: another release may have '
            'other costs' % releases)
    return compare(was, new, some, say)[:3]
