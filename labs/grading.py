# SPDX-License-Identifier: GPL-2.0
"""The code that the scripts of the labs share: labs, builds, the VM that grades, verdicts, reports."""
import glob
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections import namedtuple
from xml.sax.saxutils import quoteattr

sys.dont_write_bytecode = True
# The folder of this file. Symbolic links are resolved, because the sandbox uses real paths.
LABS = os.path.realpath(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(LABS)
sys.path.insert(0, f'{TOP}/vm')

import module   # noqa: E402  the path is set above
import runner   # noqa: E402

Line = namedtuple('Line', 'check verdict points of expected seen read')


def usage_error(text):
    """Prints a message about wrong usage, and ends the script."""
    print(f'labs: {text}', file=sys.stderr)
    sys.exit(2)


def numbers():
    """Returns the numbers of the existing labs."""
    return sorted(os.path.basename(os.path.dirname(path)).partition('-')[0]
                  for path in glob.glob(f'{LABS}/*-*/rubric.tsv'))


class Lab:
    """A lab: its folder and its rubric."""

    def __init__(self, number):
        folders = [folder for folder in glob.glob(f'{LABS}/{glob.escape(number)}-*')
                   if os.path.exists(f'{folder}/rubric.tsv')]
        if not folders:
            usage_error(f"no lab '{number}'; there are: {' '.join(numbers())}")
        self.number, self.folder = number, folders[0]
        self.rubric = [line.split('\t') for line in runner.read(f'{self.folder}/rubric.tsv').splitlines()
                       if line.strip() and not line.startswith('#')]
        # If the submissions are answers, not modules, the lab has its own script to grade them.
        self.own_grade = f'{self.folder}/grade' if os.access(f'{self.folder}/grade', os.X_OK) else ''

    @property
    def lines(self):
        """Returns a tuple for each line of the rubric: check, points, expected, what to read. Adds the line "screened",
        because every lab has it."""
        found = []
        for row in self.rubric:
            found.append((row + [''] * 4)[:4])
            if row[0] == 'builds':
                found.append(['screened', '0', 'it calls nothing but what a driver calls',
                              'labs/refused'])
        return found


def may_replace(folder, mark):
    """Ends the script with a message if the folder must not be deleted. The folder may be deleted if it is below out/,
    if it is empty, or if it contains the file "mark", which an earlier run has left."""
    if folder.startswith(f'{TOP}/out/'):
        return
    if os.path.lexists(folder) and not os.path.isdir(folder):
        usage_error(f'{folder} is not a folder: name another one with --out')
    if os.path.isdir(folder) and os.listdir(folder) and not os.path.exists(f'{folder}/{mark}'):
        usage_error(f'{folder} is not empty, and no earlier run made it: name another folder with --out')


def headers():
    """Returns the files and folders that a submission may include; the name of a folder ends in "/"."""
    return [f'{TOP}/include/', f'{LABS}/device/'] + [
        path for path in (f'{TOP}/napi_dummy_netdev/napi_dummy.h', f'{TOP}/napi_dummy_netdev/nic/nic.h')
        if os.path.exists(path)]


def no_room(folder):
    """Returns '' if files can be written to this folder, otherwise the reason why not."""
    try:
        if shutil.disk_usage(folder).free >= 1 << 20:
            with open(f'{folder}/.room', 'wb') as file:
                file.write(bytes(1 << 16))
            os.unlink(f'{folder}/.room')
            return ''
    except OSError as err:
        return f'{folder}: {err.strerror}'
    return f'no room is left on the disk of {folder}'


def build(work, kernel, check=False, timeout=900, seconds=60):
    """Builds each WORK/NAME.c, as labs/inside describes. The output of the tools goes to stderr. Returns '' if the
    build has run. Otherwise returns the reason, which is not the submission's fault.

    The sandbox contains WORK and, read-only, those files of the repository that a submission may
    include.
    """
    symbols = f'{TOP}/out/build/{kernel}/Module.symvers'
    if os.path.exists(f'{work}/finished'):
        os.unlink(f'{work}/finished')
    seen = headers() + [f'{LABS}/inside'] + ([symbols] if os.path.exists(symbols) else [])
    status = runner.call(
        ['timeout', '--foreground', '-k', '5', str(timeout), f'{TOP}/vm/sandbox', '--kernel', kernel, '--sealed',
         '--bind', work] + [word for path in seen for word in ('--look', path)] + (['--kselftest'] if check else [])
        + ['--', 'sh', f'{LABS}/inside', TOP, work, os.path.dirname(symbols), str(seconds)]
        + (['check'] if check else []), stdout=2)
    why = no_room(work)
    if not why and not os.path.exists(f'{work}/finished'):
        why = f'the build did not end in {timeout} s' if status == 124 else f'the build could not be made, status {status}'
    return why


def screen(work, name):
    """Returns '' if a submission may be run, otherwise the reason why not."""
    if re.search(r'(^|[^a-zA-Z0-9_])(__asm__|__asm|asm)([^a-zA-Z0-9_/]|$)', runner.read(f'{work}/{name}.c'), re.M):
        return 'it has assembly in it, which no lab asks for'
    allowed = headers() + [f'{os.path.realpath(work)}/{name}.c', '/usr/']
    for file in runner.read(f'{work}/{name}.deps').splitlines():
        if not any(file.startswith(place) if place.endswith('/') else file == place for place in allowed):
            return f'it includes a file that it has not been handed: {os.path.basename(file)}'
    if os.path.exists(f'{work}/{name}.o'):
        with open(f'{work}/{name}.o', 'rb') as file:
            why = module.foreign(file.read())
        if why:
            return why
    imports = runner.read(f'{work}/{name}.imports').splitlines()
    for pattern in runner.read(f'{LABS}/refused').splitlines():
        for symbol in imports if not pattern.startswith('#') else []:
            if re.fullmatch(pattern, symbol):
                return f'it calls {symbol}(): no driver of a lab has any use for it'
    return ''


class Machine(runner.Job):
    """The VM that grades submissions. Each job is LAB:MODULE[:SECONDS], and the modules are in WORK/ko.

    Output counts only if its line begins with the nonce, a random word that a submission cannot guess. This class
    limits how much the VM can print, and labs/guest limits how long each check can take.
    """

    def __init__(self, name, work, kernel, timeout, jobs):
        self.nonce = secrets.token_hex(16)
        super().__init__(name, ['/lab/labs/guest', self.nonce, *jobs], kernel,
                         ['--memory', '1024', '--share-ro', f'{work}/ko'], timeout=timeout, output='.raw',
                         until=Machine.over, judge=lambda job: [], uncounted=True, limit=16 << 20,
                         prefix=['prlimit', f'--fsize={400000 * 512}'])
        self.modules = [job.split(':')[1] for job in jobs]
        self.size, self.since = -1, time.monotonic()

    def done(self):
        """Have all results arrived?"""
        return f'{self.nonce}\tend' in self.read()

    def over(self):
        """Returns '' if the VM must continue, otherwise the reason why it can be killed: it has been silent for too
        long, or all results are in. In the second case there is no need to wait until the VM has powered off."""
        size = os.path.getsize(self.output)
        if size != self.size:
            self.size, self.since = size, time.monotonic()
            return 'all results are in' if self.done() else ''
        return 'the machine said nothing for four minutes' if time.monotonic() - self.since > 240 else ''

    def ended(self):
        """Returns how the VM ended, or '' if all results have arrived."""
        if self.done():
            return ''
        if self.early:
            return self.early
        if self.status == 0:
            return 'the machine was powered off before the results were in'
        return self.last_words() or 'the machine was ended'

    def last_words(self):
        """Returns the last message of vm/run about the VM."""
        said = [line[4:] for line in runner.read(self.path('.err')).splitlines()
                if line.startswith('vm: ') and not line.startswith('vm: console log') and 'KVM' not in line]
        return said[-1] if said else ''

    def ungraded(self):
        """Returns '' if the VM has run, otherwise why not: it did not start, or it was killed. This is not a student's
        fault."""
        if self.done():
            return ''
        if self.status in (1, 2) or self.process.returncode < 0:
            return self.trouble or self.last_words() or 'vm/run failed'
        # Status 124 usually means a timeout. But if less than half of the timeout has passed, QEMU was killed, for
        # example because memory ran out.
        if self.status == 124 and not self.early and self.seconds < self.timeout / 2:
            return self.trouble or 'QEMU was killed'
        return self.trouble


NOTHING_THERE = re.compile(
    'not run: (there is no (module|strategy)|the module is not loaded|no driver is bound|the interrupt of .* was not)')


def first_error(words):
    """Returns the first message in which the compiler or modpost names an error that stops the build."""
    for pattern in (r'(^|: )(fatal )?error: ', r'^ERROR: modpost: ', 'undefined!', '[Ee]rror|out of memory'):
        found = [line for line in words.splitlines() if re.search(pattern, line)]
        if not found:
            continue
        missing = re.search(r'error: (.*?labs/.*|.*solution\.c): No such file', found[0])
        return f'{found[0]}: only what is handed out can be included' if missing else found[0]
    return ''


def judge(lab, name, work, nonce, raw, ended):
    """Returns the results of one submission, computed from the rubric and the output of the VM. If the output contains
    two results of one check, the submission must have forged one of them.
    """
    told = {}
    for line in raw.splitlines():
        fields = line.split('\t')
        if nonce and fields[0] == nonce and len(fields) > 3 and fields[1] == name:
            told.setdefault(fields[2], []).append((fields + [''])[3:5])
    built = os.path.exists(f'{work}/ko/{name}.ko')
    why = screen(work, name)
    error = first_error(runner.read(f'{work}/{name}.words'))

    def result(check):
        if check == 'builds':
            return ('ok', 'it does') if built else ('no', error or 'no module was built')
        if check == 'screened':
            return ('no', why) if why else ('ok', 'it does not')
        if not built:
            return 'no', 'not run: there is no module'
        if why:
            return 'no', 'not run: a person must look at it'
        if check not in told:
            return 'no', f'not run: {ended or "no result was reported"}'
        if len(told[check]) > 1:
            return 'no', 'reported twice: the submission writes to the results'
        return told[check][0] if told[check][0][0] in ('ok', 'no', 'skip') else ('no', 'no verdict')
    return lines_of(lab, result)


def lines_of(lab, result):
    """Returns the lines of the rubric, each with its verdict and what was seen. result(check) returns the verdict of
    a check, and what was seen."""
    lines, first = [], None
    for check, points, expected, read in lab.lines:
        verdict, seen = result(check)
        if verdict == 'no':
            # If the check could not run, also name the first line of the rubric that failed: it shows the cause.
            if first and NOTHING_THERE.match(seen):
                seen = f'{seen}: see "{first[0]}": {first[1]}'[:300]
            first = first or (check, seen)
        lines.append(Line(check, verdict, int(points) if verdict == 'ok' else 0,
                          0 if verdict == 'skip' else int(points), expected, seen, read))
    return lines


def judge_answers(lab, path):
    """Returns the results of one submission that consists of answers. The lab's own script grades it."""
    said = subprocess.run([lab.own_grade, path], stdout=subprocess.PIPE, text=True, check=False).stdout
    told = {check: (verdict, seen) for check, verdict, seen in (line.split('\t') for line in said.splitlines())}
    return lines_of(lab, lambda check: told.get(check, ('no', 'not run: no result was reported')))


# ---- reports

def points(lines):
    """Returns the points reached, and the possible points."""
    return sum(line.points for line in lines), sum(line.of for line in lines)


def lost(lines):
    """Returns the checks that failed."""
    return [line.check for line in lines if line.verdict == 'no']


def as_tsv(lines):
    """Returns the results as text for scripts."""
    return ''.join('\t'.join(str(field) for field in line) + '\n' for line in lines)


def from_tsv(text):
    """Returns the results from the text of as_tsv()."""
    rows = [(row.split('\t') + [''] * 7)[:7] for row in text.splitlines()]
    return [Line(row[0], row[1], int(row[2]), int(row[3]), *row[4:]) for row in rows]


def as_ktap(suite, lines):
    """Returns the results as KTAP, for people and for test farms."""
    text = ['KTAP version 1', f'1..{len(lines)}']
    for number, line in enumerate(lines, 1):
        skip = f' # SKIP {line.seen}' if line.verdict == 'skip' else ''
        text.append(f'{"not ok" if line.verdict == "no" else "ok"} {number} {suite}.{line.check}{skip}')
        if line.verdict == 'no':
            text += [f'#   expected: {line.expected}', f'#   seen:     {line.seen}', f'#   read:     {line.read}']
    counts = [sum(line.verdict == verdict for line in lines) for verdict in ('ok', 'no', 'skip')]
    text.append('# Totals: pass:{} fail:{} xfail:0 xpass:0 skip:{} error:0'.format(*counts))
    text.append('# points: {} of {}'.format(*points(lines)))
    return '\n'.join(text) + '\n'


def as_junit(suite, lines):
    """Returns the results as JUnit XML, for CI."""
    def xml(text):
        return quoteattr(''.join(char if char.isprintable() else ' ' for char in str(text)), {'"': '&quot;'})
    counts = [sum(line.verdict == verdict for line in lines) for verdict in ('no', 'skip')]
    text = ['<?xml version="1.0" encoding="UTF-8"?>',
            '<testsuites><testsuite name={} tests="{}" failures="{}" skipped="{}" errors="0">'.format(
                xml(suite), len(lines), *counts),
            '<properties><property name="points" value="{}"/><property name="of" value="{}"/></properties>'.format(
                *points(lines))]
    for line in lines:
        inside = ''
        if line.verdict == 'no':
            words = xml(f'expected: {line.expected}')[1:-1], xml(f'seen: {line.seen}')[1:-1], xml(f'read: {line.read}')[1:-1]
            inside = f'<failure message={xml(line.seen)}>' + '\n'.join(words) + '</failure>'
        elif line.verdict == 'skip':
            inside = f'<skipped message={xml(line.seen)}/>'
        text.append(f'<testcase classname={xml(suite)} name={xml(line.check)}><properties>'
                    f'<property name="points" value="{line.points}"/><property name="of" value="{line.of}"/>'
                    f'</properties>{inside}</testcase>')
    return '\n'.join(text + ['</testsuite></testsuites>']) + '\n'
