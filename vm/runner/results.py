# SPDX-License-Identifier: GPL-2.0
"""Reads results from the output of a job, counts them, and writes them as KTAP and JUnit."""
import re
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from . import ktap

PASSED, FAILED, SKIPPED = 'passed', 'failed', 'skipped'
COUNT = re.compile(r'^(\d+) passed, (\d+) failed, (\d+) skipped$', re.M)
REPEATED = re.compile(r'^(?:.*: )?(\d+ boots? (?:was|were) repeated: .*)$', re.M)


@dataclass
class Result:
    """One result. If "trouble" is set, the failure has a reason outside the tests, for example a VM that got no
    memory."""
    name: str
    verdict: str
    why: str = ''
    trouble: bool = False
    number: int = 1     # the number of results, if only this number is known

    @property
    def title(self):
        """Returns the name of the result without "ok N - " or "not ok N - " before it."""
        return re.sub(r'^(not )?ok \d+ (- )?', '', self.name)

    def __str__(self):
        return f'{self.name}: {self.why}' if self.why and self.verdict == FAILED else self.name


# ---- judges: functions that read the results of a job that has ended

def from_ktap(job):
    """Returns the innermost results of the job's KTAP. If the VM ended badly, adds one failure."""
    text = job.read()
    # Status 1 means that a test has failed; make then reports 2. The KTAP already contains this failed test.
    if job.kernel and job.status not in (0, 1, 2) and not job.early:
        said = f'not ok 0 selftests: the VM of {job.name} ended with status {job.status}'
        job.append(said)
        text += '\n' + said
    return ktap_results(text)


def ktap_results(text):
    """Returns the innermost results: only these count.

    If a planned test has no result, this counts as a failure: a test that did not run has not passed. If a program
    failed but none of its tests did, because it crashed or took too long, the program counts as a failure. A job
    without any result also counts as a failure. A test that is expected to fail (XFAIL, TODO) always counts as skipped,
    because its result says nothing about the code.
    """
    top, *broken_off = ktap.parse(text)
    results = [result for test in top.tests for result in _innermost(test)]
    for level in broken_off:
        results += [result for test in level.tests for result in _innermost(test)]
    if not top.tests or any(level.tests for level in broken_off):
        results.append(Result('the run ended within a test', FAILED))
    elif top.planned is not None and len(top.tests) < top.planned:
        results.append(Result(f'{len(top.tests)} of {top.planned} programs reported', FAILED))
    return results


def _innermost(test):
    kind, why = test.directive
    skipped = kind in ('SKIP', 'XFAIL', 'TODO')
    if not test.inner and not test.planned:
        if kind == 'SKIP' and not why:
            why = test.messages[-1] if test.messages else ''
        verdict = SKIPPED if skipped else PASSED if test.ok else FAILED
        return [Result(test.line, verdict, why if skipped else '')]
    results = [result for inner in test.inner for result in _innermost(inner)]
    missing = test.planned and test.planned > len(test.inner)
    if kind == 'SKIP':
        return results or [Result(test.line, SKIPPED, why)]
    if missing:
        results.append(Result(f'{test.line} ({len(test.inner)} of {test.planned} reported)', FAILED))
    elif not test.ok and not any(result.verdict == FAILED for result in results):
        results.append(Result(test.line, FAILED))
    return results


def from_status(job):
    """Returns one result, which passes if the command ended with status 0."""
    good = job.status == 0
    return [Result(job.name, PASSED if good else FAILED, '' if good else f'ended with status {job.status}')]


def from_lines(job):
    """Reads the lines "ok - NAME" and "not ok - NAME" that a script has printed. The lines after a "not ok" line
    explain that failure.
    """
    found, said = [], []
    for line in job.read().splitlines():
        match = re.match(r'(not )?ok (?:\d+ )?(?:- )?(.*)', line)
        if match:
            name, _, reason = match[2].partition(' # SKIP')
            skipped = len(name) < len(match[2])
            found.append(Result(name, SKIPPED if skipped else FAILED if match[1] else PASSED, reason.strip()))
        if not match or match[1]:
            said.append(line)
    if job.status and not total(found, FAILED) or not found:
        found.append(Result(job.name, FAILED, f'ended with status {job.status}'))
    job.excerpt = '\n'.join(said[:-1]) if total(found, FAILED) else ''
    return found


def from_count(job):
    """Reads the last line with counts that a script has printed.

    If a script ended before it printed counts, this counts as a failure. If a script ended with an error status but
    counted no failure, this counts as a failure too. A job that is marked "uncounted" may end without counts, for
    example a job that only builds.
    """
    text = job.read()
    counts = COUNT.findall(text)
    passed, failed, skipped = (int(number) for number in counts[-1]) if counts else (0, 0, 0)
    if not failed and (job.status != 0 or not counts and not job.uncounted):
        failed = 1
    job.repeated += [f'{job.name}: {said}' for said in REPEATED.findall(text)]
    job.excerpt = why(text) if failed else ''
    return [Result(job.name, verdict, number=number) for verdict, number in
            ((PASSED, passed), (FAILED, failed), (SKIPPED, skipped)) if number]


def why(text):
    """Returns the failures in a text. Before each failure come the lines that follow the previous result, but at most
    the last 14 of these lines."""
    lines, told, found = [], set(), []
    for line in text.splitlines():
        if not re.match(r'(# )*(ok|not ok) |failed: ', line):
            lines.append(line)
            continue
        name = re.sub(r'^(# )*(failed: )?', '', line)
        if name.startswith('not ok ') and ' selftests: bottom_halves' not in name and name not in told:
            told.add(name)
            found += lines[-14:] + [line]
        lines = []
    # If a job ended without a result, its last lines explain why.
    return '\n'.join('  ' + line for line in found or text.splitlines()[-15:])


# ---- counting

def total(results, verdict):
    """Returns how many results have that verdict."""
    return sum(result.number for result in results if result.verdict == verdict)


def say_count(results, repeated):
    """Prints the failures, and then the counts, which are the last line of every run. Returns the exit status."""
    if not results or not sum(result.number for result in results):
        results = results + [Result('there are no results', FAILED)]
    for result in results:
        if result.verdict == FAILED and result.number == 1 and result.name:
            # If a failure does not belong to a test, say so.
            print('failed: no test, but' if result.trouble else 'failed:', result)
    say_repeated(repeated)
    passed, failed, skipped = (total(results, verdict) for verdict in (PASSED, FAILED, SKIPPED))
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    return 1 if failed else 0


def say_repeated(repeated):
    """Prints how many boots were repeated, and why. Prints nothing if no boot was repeated."""
    reasons = {}
    for reason in repeated:
        # The script of a job has counted its repeated boots itself. The reason is then the line that the script has
        # printed, after the name of the job. Print it unchanged.
        if REPEATED.match(reason):
            print(reason)
        else:
            reasons[reason] = reasons.get(reason, 0) + 1
    if reasons:
        number = sum(reasons.values())
        print(f'{number} boot{" was" if number == 1 else "s were"} repeated:',
              ', '.join(f'{reason} ({times})' for reason, times in reasons.items()))


# ---- results as JUnit and KTAP

def junit(suites):
    """Returns JUnit XML for [(name, seconds, results)]."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>']
    for name, seconds, results in suites:
        cases = [result for result in results for _ in range(result.number)]
        failed = [result for result in cases if result.verdict == FAILED]
        errors = sum(result.trouble for result in failed)
        lines.append(f'<testsuite name={_xml(name)} tests="{len(cases)}" failures="{len(failed) - errors}" '
                     f'errors="{errors}" skipped="{total(results, SKIPPED)}" time="{seconds:.1f}">')
        for result in cases:
            inside = {PASSED: '', SKIPPED: f'<skipped message={_xml(result.why)}/>',
                      FAILED: f'<failure message={_xml(result.why or "failed")}/>'}[result.verdict]
            if result.trouble:
                inside = inside.replace('<failure', '<error')
            lines.append(f'<testcase classname={_xml(name)} name={_xml(result.title)}>{inside}</testcase>')
        lines.append('</testsuite>')
    return '\n'.join(lines + ['</testsuites>', ''])


def as_ktap(suites):
    """Returns the suites in KTAP, with the results of each suite nested in it."""
    lines = ['KTAP version 1', f'1..{len(suites)}']
    for number, (name, _, results) in enumerate(suites, 1):
        cases = [result for result in results for _ in range(result.number)]
        lines.append(f'# 1..{len(cases)}')
        for inner, result in enumerate(cases, 1):
            text = re.sub(r'^(not )?ok \d+ ', '', str(result))
            skip = ' # SKIP' if result.verdict == SKIPPED and ' # ' not in text else ''
            lines.append(f'# {"not ok" if result.verdict == FAILED else "ok"} {inner} {text}{skip}')
        bad = total(results, FAILED) or not cases
        lines.append(f'{"not ok" if bad else "ok"} {number} {name}')
    return '\n'.join(lines + [''])


def _xml(text):
    printable = ''.join(char if char.isprintable() else ' ' for char in text)
    return quoteattr(printable)
